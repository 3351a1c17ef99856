"""Zip archives: their list of members is judged before any of them is opened."""

import stat
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from models_lib.data.faults import DataFault, data_fault

MAX_MEMBERS = 500_000
MAX_BYTES = 16 << 30
MAX_DEPTH = 16
MAX_NAME = 1024
# Deflate cannot pack more than about a thousand to one: what says more lies, and what reaches it holds nothing.
MAX_RATIO = 900
RATIO_FROM = 1 << 20
TAKEN = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
JUNK = frozenset({".ds_store", "thumbs.db", "desktop.ini"})
LOCAL_HEADER = 30
END, END_64 = b"PK\x05\x06", b"PK\x06\x06"
TAIL = 66_000


@contextmanager
def open_zip(path: Path) -> Iterator[tuple[zipfile.ZipFile, list[zipfile.ZipInfo]]]:
    """The archive and its files in the order of their names, junk of desktops left out; raises DataFault."""
    _refuse_too_many(_declared_members(path))
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            _check_members(members, path.stat().st_size)
            files = [member for member in members if not member.is_dir() and not _is_junk(member.filename)]
            yield archive, sorted(files, key=lambda member: member.filename)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError, OSError) as error:
        raise refused(f"The archive cannot be read, as NPZ or as a zip of images: {error}") from error


def read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, most: int) -> bytes:
    """A member's bytes, at most `most`; raises DataFault."""
    if member.file_size > most:
        message = f"{member.filename!r} would take {member.file_size:,} bytes; at most {most:,} are taken."
        raise refused(message, member.filename)
    try:
        return archive.read(member)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError, OSError, zlib.error) as error:
        raise refused(f"{member.filename!r} is damaged: {error}", member.filename) from error


def refused(message: str, found: Any = None) -> DataFault:
    return DataFault(data_fault("/file", message, found=found))


def _declared_members(path: Path) -> int:
    """What the end of the archive says, read before the list itself, which may be long."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - TAIL))
        tail = file.read()
    at, at_64 = tail.rfind(END), tail.rfind(END_64)
    if at_64 >= 0 and len(tail) >= at_64 + 40:
        return int(struct.unpack_from("<Q", tail, at_64 + 32)[0])
    return int(struct.unpack_from("<H", tail, at + 10)[0]) if at >= 0 and len(tail) >= at + 12 else 0


def _refuse_too_many(count: int) -> None:
    if count > MAX_MEMBERS:
        raise refused(f"The archive has {count:,} members; at most {MAX_MEMBERS:,} are taken.", count)


def _check_members(members: list[zipfile.ZipInfo], size: int) -> None:
    _refuse_too_many(len(members))
    for member in members:
        reason = _why_refused(member)
        if reason:
            raise refused(f"Member {member.filename[:120]!r} {reason}.", member.filename[:120])
    (doubled, count), *_ = Counter(member.filename.rstrip("/") for member in members).most_common(1) or [("", 0)]
    if count > 1:
        raise refused(f"{count} members of the archive are called {doubled!r}.", doubled)
    declared = sum(member.file_size for member in members)
    if declared > MAX_BYTES:
        raise refused(f"The members would take {declared:,} bytes; at most {MAX_BYTES:,} are taken.", declared)
    _refuse_overlaps(members, size)


def _why_refused(member: zipfile.ZipInfo) -> str | None:
    name, mode = member.orig_filename, member.external_attr >> 16
    parts = PurePosixPath(name).parts
    if name.startswith(("/", "\\")) or ".." in parts or "\\" in name or "\0" in name or ":" in name[:2]:
        return "has a name that leads out of the archive: names are relative, with / between folders"
    if len(name) > MAX_NAME or len(parts) > MAX_DEPTH:
        return f"has a name of more than {MAX_NAME} characters, or lies more than {MAX_DEPTH} folders deep"
    if mode and not (stat.S_ISREG(mode) or stat.S_ISDIR(mode) or not stat.S_IFMT(mode)):
        return "is a link or a device: only files are taken"
    if member.flag_bits & 0x1:
        return "is encrypted"
    if member.compress_type not in TAKEN:
        return "is packed in a way that is not taken: store or deflate it"
    if member.file_size > max(RATIO_FROM, member.compress_size * MAX_RATIO):
        return f"says that {member.compress_size:,} bytes unpack to {member.file_size:,}"
    return None


def _refuse_overlaps(members: list[zipfile.ZipInfo], size: int) -> None:
    """Members that share bytes: a small archive of them can unpack to anything."""
    end = 0
    for member in sorted(members, key=lambda member: member.header_offset):
        if member.header_offset < end or member.header_offset > size:
            raise refused(f"Member {member.filename[:120]!r} overlaps another one.", member.filename[:120])
        end = member.header_offset + LOCAL_HEADER + len(member.orig_filename) + member.compress_size


def _is_junk(name: str) -> bool:
    path = PurePosixPath(name)
    return "__MACOSX" in path.parts or path.name.startswith("._") or path.name.lower() in JUNK
