"""The form of a backup: a folder or a tar of files, and last a manifest with the hash of each."""

import hashlib
import io
import json
import os
import re
import shutil
import tarfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Protocol, cast

from store.errors import BackupRefused

MANIFEST = "manifest.json"
BLOCK = 4 * 2**20
_UNFIT = re.compile(r"[\x00\\]|(^|/)(\.{0,2})(/|$)")


@dataclass(frozen=True)
class Manifest:
    """What a backup holds: each file's SHA-256, and what was missing or damaged before it was made."""

    revision: str | None
    made_at: str
    bytes: int
    files: Mapping[str, str]
    missing: Sequence[str] = ()
    damaged: Sequence[str] = ()


class Sink(Protocol):
    """Takes one file after the other."""

    def add(self, name: str, size: int, content: IO[bytes]) -> None: ...


class FolderSink:
    """Files beneath a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def add(self, name: str, size: int, content: IO[bytes]) -> None:
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            shutil.copyfileobj(content, file, BLOCK)
            file.flush()
            os.fsync(file.fileno())
        path.chmod(0o600)


class TarSink:
    """Members of an archive."""

    def __init__(self, archive: tarfile.TarFile) -> None:
        self._archive = archive

    def add(self, name: str, size: int, content: IO[bytes]) -> None:
        about = tarfile.TarInfo(name)
        about.size, about.mode = size, 0o600
        self._archive.addfile(about, content)


class Hashing:
    """Reads on, and knows the hash of what was read."""

    def __init__(self, content: IO[bytes]) -> None:
        self._content = content
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        block = self._content.read(size)
        self.digest.update(block)
        return block


def write_archive(
    staging: Path, target: Path, *, promised: Mapping[str, str | None], missing: Sequence[str], revision: str | None
) -> Manifest:
    """Every file of `staging`, under a draft's name until all of it is written; readable for its owner alone."""
    files: dict[str, str] = {}
    total = 0
    with _draft(target) as sink:
        for path in sorted(path for path in staging.rglob("*") if path.is_file()):
            name = path.relative_to(staging).as_posix()
            with path.open("rb") as file:
                content = Hashing(file)
                sink.add(name, path.stat().st_size, cast(IO[bytes], content))
            files[name] = content.digest.hexdigest()
            total += path.stat().st_size
        damaged = [name for name, found in files.items() if promised.get(name, found) != found]
        made_at = datetime.now(UTC).isoformat(timespec="seconds")
        manifest = Manifest(revision, made_at, total, files, list(missing), damaged)
        written = json.dumps(asdict(manifest), indent=1).encode()
        sink.add(MANIFEST, len(written), io.BytesIO(written))
    return manifest


def read_archive(source: Path, into: Path) -> Manifest:
    """Put every file of the backup there, compared with its hash; raises BackupRefused."""
    try:
        found = dict(_unpack(source, FolderSink(into)))
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise BackupRefused(f"{source} is no backup, or was cut off: {error}. Nothing was restored.") from error
    if MANIFEST not in found:
        raise BackupRefused(f"{source} is no whole backup: its {MANIFEST}, which is written last, is missing.")
    manifest = Manifest(**json.loads((into / MANIFEST).read_text()))
    (into / MANIFEST).unlink()
    del found[MANIFEST]
    wrong = sorted(name for name in {*found, *manifest.files} if found.get(name) != manifest.files.get(name))
    if wrong:
        raise BackupRefused(f"{source} is damaged: {', '.join(wrong[:5])} (of {len(wrong)}). Nothing was restored.")
    return manifest


@contextmanager
def _draft(target: Path) -> Iterator[Sink]:
    draft = target.with_name(f".{target.name}.new")
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        if not is_tar(target):
            draft.mkdir(mode=0o700)
            yield FolderSink(draft)
        else:
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                with tarfile.open(fileobj=file, mode="w:gz" if target.suffix != ".tar" else "w") as archive:
                    yield TarSink(archive)
                file.flush()
                os.fsync(file.fileno())
        draft.rename(target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
        draft.unlink(missing_ok=True)


def _unpack(source: Path, sink: Sink) -> Iterator[tuple[str, str]]:
    for name, size, file in _entries(source):
        if _UNFIT.search(name):
            raise BackupRefused(f"{source} holds a file {name!r}, which no backup of ours has.")
        content = Hashing(file)
        sink.add(name, size, cast(IO[bytes], content))
        yield name, content.digest.hexdigest()


def _entries(source: Path) -> Iterator[tuple[str, int, IO[bytes]]]:
    if source.is_dir():
        for path in sorted(path for path in source.rglob("*") if path.is_file() and not path.is_symlink()):
            with path.open("rb") as file:
                yield path.relative_to(source).as_posix(), path.stat().st_size, file
        return
    with tarfile.open(source) as archive:
        for member in archive:
            content = archive.extractfile(member) if member.isreg() else None
            if content is not None:
                yield member.name, member.size, content


def is_tar(path: Path) -> bool:
    """Whether the name asks for one file."""
    return path.name.endswith((".tar", ".tar.gz", ".tgz"))
