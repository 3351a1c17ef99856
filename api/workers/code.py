"""The code that a joining worker runs: this checkout's own rooms, as one archive that is always the same bytes."""

import gzip
import hashlib
import io
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
ROOMS: Final = ("horngate", "migrations", "models_lib", "store", "worker")
FILES: Final = ("pyproject.toml", "uv.lock")


@dataclass(frozen=True)
class Code:
    """The archive, and what it is known by."""

    content: bytes
    sha256: str


@cache
def pack_code() -> Code:
    """A tar.gz of the rooms that a worker needs and the lock of what they need; made once per process."""
    packed = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=packed, mode="wb", mtime=0) as zipped,
        tarfile.open(fileobj=zipped, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for path in list_files():
            about = tarfile.TarInfo(path.relative_to(ROOT).as_posix())
            about.size, about.mode = path.stat().st_size, 0o644
            with path.open("rb") as file:
                archive.addfile(about, file)
    content = packed.getvalue()
    return Code(content, hashlib.sha256(content).hexdigest())


def list_files() -> Iterator[Path]:
    """Files in a fixed order, without what Python has compiled."""
    yield from (ROOT / name for name in FILES)
    for room in ROOMS:
        found = (ROOT / room).rglob("*")
        yield from sorted(path for path in found if path.is_file() and "__pycache__" not in path.parts)
