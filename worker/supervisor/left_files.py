"""Files that a trainer left, opened without following it anywhere: links and odd things are as if they were not there.

The supervisor is not sandboxed. A path of the trainer's is walked folder by folder from one of ours, so that nothing
can be swapped under it meanwhile.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

LONGEST_NAME = 500
FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class NotPlain(Exception):
    """A name that leads elsewhere, or a thing that is no regular file."""


def plain_parts(name: str) -> list[str]:
    """The parts of a relative path without tricks; raises NotPlain."""
    parts = name.split("/")
    if len(name) > LONGEST_NAME or not name.isprintable() or "\\" in name or any(p in ("", ".", "..") for p in parts):
        raise NotPlain(f"{name[:200]!r} is no plain name")
    return parts


def list_plain(root: Path, pattern: str = "*") -> list[str]:
    """The regular files beneath a folder that have plain names, sorted; links are not followed."""
    found = []
    for file in root.rglob(pattern) if not root.is_symlink() else ():
        name = file.relative_to(root).as_posix()
        with suppress(NotPlain, OSError):
            if stat.S_ISREG(_stat_plain(root, name).st_mode):
                found.append(name)
    return sorted(found)


@contextmanager
def open_plain(root: Path, name: str) -> Iterator[BinaryIO]:
    """Open the regular file of that name beneath a folder of ours; raises NotPlain, FileNotFoundError."""
    with _folder_of(root, name) as (folder, last):
        try:
            descriptor = os.open(last, FILE, dir_fd=folder)
        except FileNotFoundError:
            raise
        except OSError as error:
            raise NotPlain(f"{name!r} cannot be opened: {error.strerror}") from error
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise NotPlain(f"{name!r} is no regular file")
        yield file


def link_plain(root: Path, name: str, at: Path) -> None:
    """Link such a file away; raises NotPlain, FileNotFoundError, FileExistsError."""
    with _folder_of(root, name) as (folder, last):
        os.link(last, at, src_dir_fd=folder, follow_symlinks=False)
    if not stat.S_ISREG(at.lstat().st_mode):
        at.unlink()
        raise NotPlain(f"{name!r} is no regular file")


def _stat_plain(root: Path, name: str) -> os.stat_result:
    with _folder_of(root, name) as (folder, last):
        return os.stat(last, dir_fd=folder, follow_symlinks=False)


@contextmanager
def _folder_of(root: Path, name: str) -> Iterator[tuple[int, str]]:
    """The folder that holds the named thing, open, and the thing's own name in it."""
    *folders, last = plain_parts(name)
    descriptor = os.open(root, FOLDER)
    try:
        for part in folders:
            above, descriptor = descriptor, _enter(part, descriptor)
            os.close(above)
        yield descriptor, last
    finally:
        os.close(descriptor)


def _enter(part: str, above: int) -> int:
    try:
        return os.open(part, FOLDER, dir_fd=above)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise NotPlain(f"{part!r} is no folder") from error
