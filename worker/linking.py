"""Data that stays where it is: read only from places that the operator allows, and refused where it has changed.

A link is kept as `{location, files: [[name, bytes, stamp, sha256], …]}`; a single file's name is empty. A folder is
handed on as a zip of its files, always the same bytes for the same files.
"""

import hashlib
import os
import stat
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, Any, Protocol

from store.blobs import connect_s3
from store.datasets import blob_key
from store.settings import Settings
from worker.staging import DamagedFile, FileCache

S3 = "s3://"
PIECE = 2**20
MOST_FILES = 20_000
AGAIN = "Link the data set again (horngate datasets link), and train with the new version."


class LinkRefused(DamagedFile):
    """The place is not allowed, or nothing that can be read lies there."""

    advice = AGAIN


class LinkChanged(LinkRefused):
    """What lies there is not what was linked."""


@dataclass(frozen=True)
class Opened:
    """A file at its place: `stamp` is another one when it was written to."""

    file: IO[bytes]
    bytes: int
    stamp: str


class Place(Protocol):
    """Where linked files may lie."""

    def names(self, location: str) -> list[str]:
        """The files there, from the location on; raises LinkRefused."""

    def open(self, location: str, name: str) -> Any:
        """A context that gives an Opened; raises LinkRefused."""


class Links:
    """Reads links for whoever trains on them."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._allowed = settings.link_places

    def survey(self, location: str, to: Path) -> dict[str, Any]:
        """The link to what lies there now, whose bytes are put at `to`; raises LinkRefused."""
        place = self._place_of(location)
        names = place.names(location)
        if not names or len(names) > MOST_FILES:
            raise LinkRefused(
                f"{location} holds {len(names):,} files; a link has 1 to {MOST_FILES:,}. Zip them, and link the zip."
            )
        return {"location": location, "files": _copy(place, location, names, to)}

    def check(self, link: dict[str, Any]) -> None:
        """Raise LinkChanged where something is not as it was: by length and stamp, where the stamp differs by hash."""
        location = link["location"]
        place = self._place_of(location)
        for name, size, stamp, sha256 in link["files"]:
            with place.open(location, name) as opened:
                is_same = opened.bytes == size and (opened.stamp == stamp or _hash(opened.file) == sha256)
            if not is_same:
                raise _changed(location, name)

    def fetch(self, link: dict[str, Any], to: Path) -> None:
        """The same bytes that were linked, at `to`; raises LinkChanged."""
        location = link["location"]
        names = [name for name, *_ in link["files"]]
        found = _copy(self._place_of(location), location, names, to)
        for (name, *_, sha256), said in zip(link["files"], found, strict=True):
            if said[-1] != sha256:
                raise _changed(location, name)

    def _place_of(self, location: str) -> Place:
        if not self._allowed:
            raise LinkRefused("Nothing may be linked here: the operator allows places by HORNGATE_LINK_PLACES.")
        if location.startswith(S3):
            return Buckets(self._settings)
        return Folders([Path(place) for place in self._allowed if not place.startswith(S3)], self._allowed)


class Folders:
    """Files on this machine, below allowed folders once every link has been followed."""

    def __init__(self, roots: list[Path], allowed: tuple[str, ...]) -> None:
        self._roots = [root.resolve() for root in roots]
        self._allowed = allowed

    def names(self, location: str) -> list[str]:
        path = self._inside(Path(location))
        if not path.is_dir():
            return [""]
        found = (Path(folder, name) for folder, _, names in os.walk(path) for name in names)
        return sorted(file.relative_to(path).as_posix() for file in found if not file.name.startswith("."))

    @contextmanager
    def open(self, location: str, name: str) -> Iterator[Opened]:
        path = self._inside(Path(location, name) if name else Path(location))
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            raise LinkRefused(f"{path} cannot be read: {error.strerror}.") from error
        with os.fdopen(descriptor, "rb") as file:
            about = os.fstat(descriptor)
            if not stat.S_ISREG(about.st_mode):
                raise LinkRefused(f"{path} is no file.")
            self._require_inside(_path_of(descriptor, path), path)
            yield Opened(file, about.st_size, str(about.st_mtime_ns))

    def _inside(self, path: Path) -> Path:
        """The path without links and dots, which lies in an allowed place; what is outside is not even looked for."""
        if not path.is_absolute():
            raise LinkRefused(f"{path} is not absolute: write the whole path, as the service's machines see it.")
        resolved = path.resolve()
        self._require_inside(resolved, path)
        if not resolved.exists():
            raise LinkRefused(f"There is nothing at {path} on the service's machine.")
        return resolved

    def _require_inside(self, resolved: Path, named: Path) -> None:
        if not any(resolved.is_relative_to(root) for root in self._roots):
            raise _not_allowed(str(named), self._allowed)


class Buckets:
    """Objects of S3, below allowed prefixes."""

    def __init__(self, settings: Settings) -> None:
        self._allowed = settings.link_places
        self._files = connect_s3(settings)

    def names(self, location: str) -> list[str]:
        key = self._key(location)
        found = sorted(path[len(key) + 1 :] for path in self._files.find(key))
        if not found:
            raise LinkRefused(f"There is nothing at {location}.")
        return found

    @contextmanager
    def open(self, location: str, name: str) -> Iterator[Opened]:
        key = self._key(location) + (f"/{name}" if name else "")
        try:
            about = self._files.info(key)
            with self._files.open(key, "rb") as file:
                yield Opened(file, int(about["size"]), str(about.get("LastModified")))
        except FileNotFoundError as error:
            raise LinkRefused(f"There is nothing at {S3}{key}.") from error

    def _key(self, location: str) -> str:
        key = location.removeprefix(S3).rstrip("/")
        allowed = [place.removeprefix(S3).rstrip("/") for place in self._allowed if place.startswith(S3)]
        is_plain = not {"", ".", ".."} & set(key.split("/"))
        if not is_plain or not any(key == place or key.startswith(f"{place}/") for place in allowed):
            raise _not_allowed(location, self._allowed)
        return key


def _path_of(descriptor: int, path: Path) -> Path:
    """Where an open file lies, whatever was renamed meanwhile; where the kernel does not tell, where it was named."""
    try:
        return Path(f"/proc/self/fd/{descriptor}").readlink()
    except OSError:
        return path.resolve()


def _copy(place: Place, location: str, names: list[str], to: Path) -> list[list[Any]]:
    """Each file's name, length, stamp and hash; their bytes go to `to`, of a folder as a zip."""
    if names == [""]:
        with place.open(location, "") as opened, to.open("wb") as target:
            return [["", opened.bytes, opened.stamp, _hash(opened.file, target)]]
    found = []
    with zipfile.ZipFile(to, "w", zipfile.ZIP_STORED) as archive:
        for name in names:
            entry = zipfile.ZipInfo(str(PurePosixPath(name)))
            with place.open(location, name) as opened, archive.open(entry, "w", force_zip64=True) as target:
                found.append([name, opened.bytes, opened.stamp, _hash(opened.file, target)])
    return found


def _hash(file: IO[bytes], target: IO[bytes] | None = None) -> str:
    """The SHA-256 of the rest of a file, which is copied to the target."""
    digest = hashlib.sha256()
    while piece := file.read(PIECE):
        digest.update(piece)
        if target is not None:
            target.write(piece)
    return digest.hexdigest()


def _changed(location: str, name: str) -> LinkChanged:
    which = f"{name!r} at {location}" if name else location
    return LinkChanged(f"{which} has changed since it was linked: it is not the data that the run was to read.")


def _not_allowed(location: str, allowed: tuple[str, ...]) -> LinkRefused:
    return LinkRefused(f"{location} does not lie in a place that the operator allows ({', '.join(allowed)}).")


def place_dataset(files: FileCache, links: Links, *, sha256: str, link: dict[str, Any] | None, at: Path) -> None:
    """Put a data set's file there, from the blobs or from where it stays; raises DamagedFile, BlobMissing, OSError."""
    if link is None:
        return files.place(blob_key(sha256), sha256, at)
    links.check(link)
    return files.place(blob_key(sha256), sha256, at, fetch=partial(links.fetch, link))
