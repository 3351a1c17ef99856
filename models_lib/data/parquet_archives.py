"""Several Parquet files as one table: a zip of them, which a linked folder comes as too."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from models_lib.data.faults import DataFault, data_fault
from models_lib.data.zips import open_zip

ENDING = ".parquet"
ZIP = b"PK"


def is_archive(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(ZIP)) == ZIP


def holds_parquet(path: Path) -> bool:
    """Whether the archive holds Parquet files, and nothing else but marks such as `_SUCCESS`."""
    with open_zip(path) as (_, members):
        names = [PurePosixPath(member.filename).name for member in members]
    return any(name.endswith(ENDING) for name in names) and all(
        name.endswith(ENDING) or _is_mark(name) for name in names
    )


def _is_mark(name: str) -> bool:
    return name.startswith(("_", "."))


@contextmanager
def unpack_parquet(path: Path) -> Iterator[Path]:
    """A folder with all files in the order of their names, for the time of the block; raises DataFault."""
    with TemporaryDirectory() as folder, open_zip(path) as (archive, members):
        parts = [member for member in members if member.filename.endswith(ENDING)]
        for at, member in enumerate(parts):
            with archive.open(member) as packed, Path(folder, f"{at:06d}{ENDING}").open("wb") as file:
                shutil.copyfileobj(packed, file)
        if not parts:
            raise DataFault(data_fault("/file", "The archive holds no Parquet file.", allowed=ENDING))
        yield Path(folder)
