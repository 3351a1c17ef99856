"""Files by their SHA-256: fetched from the blobs once, checked each time they are handed out."""

import hashlib
import os
import shutil
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

from models_lib.components.packing import unpack, write_files
from store.blobs import Blobs
from store.components import blob_key

READ_ONLY = 0o444
MOST_BYTES = 32 * 2**30


class DamagedFile(Exception):
    """The stored bytes are not those that were stored."""

    advice = "Upload the data set again, and train with the new version."


class FileCache:
    """A folder of read-only files named by their hash; it may be deleted at any time. Safe for many processes."""

    def __init__(self, folder: Path, blobs: Blobs) -> None:
        self._folder = folder
        self._blobs = blobs
        self._locks: dict[str, threading.Lock] = {}

    def place(self, key: str, sha256: str, at: Path, *, fetch: Callable[[Path], None] | None = None) -> None:
        """Put the blob's file there, linked where the file system can; raises DamagedFile, BlobMissing, OSError.

        `fetch` brings the file where it is no blob.
        """
        at.parent.mkdir(parents=True, exist_ok=True)
        with self._locks.setdefault(sha256, threading.Lock()):
            cached = self._fetch(key, sha256, fetch or partial(self._blobs.get_file, key))
            try:
                os.link(cached, at)
            except OSError:
                shutil.copyfile(cached, at)

    def _fetch(self, key: str, sha256: str, fetch: Callable[[Path], None]) -> Path:
        cached = self._folder / sha256
        if cached.exists() and hash_file(cached) == sha256:
            os.utime(cached)
            return cached
        self._folder.mkdir(parents=True, exist_ok=True)
        fetched = self._folder / f"{sha256}.{uuid4().hex}"
        try:
            fetch(fetched)
            if (found := hash_file(fetched)) != sha256:
                raise DamagedFile(f"The stored file {key} has changed: its SHA-256 is {found}, not {sha256}.")
            fetched.chmod(READ_ONLY)
            fetched.replace(cached)
        finally:
            fetched.unlink(missing_ok=True)
        self._trim()
        return cached

    def _trim(self) -> None:
        """Delete what was not used for longest; who still uses it has a link of its own."""
        left = MOST_BYTES
        with suppress(FileNotFoundError):  # another process is trimming, too
            for file in sorted(self._folder.iterdir(), key=lambda file: file.stat().st_mtime, reverse=True):
                left -= file.stat().st_size
                if left < 0:
                    file.unlink()


def place_components(files: FileCache, components: Mapping[str, str], folder: Path) -> None:
    """Lay packages (SHA-256 by name) out as folders to import; raises DamagedFile, BlobMissing, OSError."""
    for name, sha256 in components.items():
        packed = folder / f".{name}.json"
        files.place(blob_key(sha256), sha256, packed)
        write_files(unpack(packed.read_bytes()), folder / name)
        packed.unlink()


def fetch_checkpoint(blobs: Blobs, prefix: str, manifest: dict[str, Any], at: Path) -> None:
    """Put a checkpoint's files there; raises DamagedFile, BlobMissing, OSError."""
    for name, said in manifest.items():
        blobs.get_file(f"{prefix}/{name}", at / name)
        if not isinstance(said, dict) or hash_file(at / name) != said["sha256"]:
            raise DamagedFile(f"The checkpoint's file {name} is not what was stored.")


def hash_file(path: Path) -> str:
    """The file's SHA-256 in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
