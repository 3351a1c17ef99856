"""Several Parquet files are one table, in the order of their names."""

import io
import zipfile
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest

from models_lib.data.faults import DataFault
from models_lib.data.profile import profile_dataset
from models_lib.data.read import read_table, spool_table
from tests.models_lib.train.attempts import houses


def write_parts(path: Path, rows: int) -> Path:
    """Rows in three files, and a mark as Spark leaves it."""
    table = pyarrow.table(houses(rows, gaps=False))
    parts = {f"part-{at}.parquet": table.slice(at * rows // 3, rows // 3) for at in (2, 0, 1)}
    return write_archive(path, parts)


def write_archive(path: Path, parts: dict[str, pyarrow.Table]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("_SUCCESS", "")
        for name, table in parts.items():
            file = io.BytesIO()
            pyarrow.parquet.write_table(table, file)
            archive.writestr(name, file.getvalue())
    return path


def test_files_in_a_zip_are_read_in_the_order_of_their_names(tmp_path: Path) -> None:
    path = write_parts(tmp_path / "houses.zip", 90)

    profile = profile_dataset(path, "houses.zip")

    assert (profile.format, profile.rows) == ("parquet", 90)
    wanted = houses(90, gaps=False)
    for read in (read_table, spool_table):
        table = read(path, profile, ["rooms", "place name"])
        assert table.values["rooms"][:].tolist() == wanted["rooms"]
        assert list(table.values["place name"]) == wanted["place name"]


def test_files_of_other_columns_are_refused(tmp_path: Path) -> None:
    one, other = pyarrow.table({"a": [1, 2], "b": [3, 4]}), pyarrow.table({"a": [1, 2]})
    path = write_archive(tmp_path / "mixed.zip", {"a.parquet": one, "b.parquet": other})

    with pytest.raises(DataFault, match="cannot be read as Parquet"):
        profile_dataset(path, "mixed.zip")
