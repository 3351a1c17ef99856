"""Rows in memory: what a profile describes, read into NumPy."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow
import pyarrow.compute
from numpy.typing import NDArray

from models_lib.data.archives import read_archive
from models_lib.data.faults import DataFault, data_fault
from models_lib.data.parquet_archives import is_archive, unpack_parquet
from models_lib.data.records import as_parquet
from models_lib.data.spool import Chosen, memory_left, spool_array
from models_lib.data.tables import open_table, select
from models_lib.spec.dataset import DatasetProfile

SPOOLED_ROWS, SPOOLED_COLUMNS = 32_768, 4
# What stands in a gap until it is filled; `Table.gaps` says where the gaps are.
PLACEHOLDERS = {"float64": float("nan"), "int64": 0, "bool": False, "string": ""}


@dataclass(frozen=True)
class Table:
    """Columns or arrays by name, each with `rows` rows; `gaps` marks missing values where a column has any.

    Of a table `on_disk` numbers lie in files, and chosen rows are read when they are asked for.
    """

    rows: int
    values: Mapping[str, NDArray[Any]]
    gaps: Mapping[str, NDArray[np.bool_]]
    on_disk: bool = False

    def take(self, rows: NDArray[np.int64]) -> "Table":
        """The chosen rows, in the order given."""
        gaps = {name: gaps[rows] for name, gaps in self.gaps.items()}
        if isinstance(self.values, Chosen):
            return Table(len(rows), self.values.take(rows), gaps, on_disk=True)
        if self.on_disk:
            return Table(len(rows), Chosen(self.values, rows), gaps, on_disk=True)
        return Table(len(rows), {name: column[rows] for name, column in self.values.items()}, gaps)

    def count_gaps(self, name: str) -> int:
        """How many rows have no value in this column."""
        return int(self.gaps[name].sum()) if name in self.gaps else 0


def read_table(path: Path, profile: DatasetProfile, names: list[str]) -> Table:
    """The named columns or arrays, in the file's order of rows; raises DataFault where the file is not as profiled.

    Whole numbers stay int64 and other numbers float64 (float32 comes with the tensors); words are `str` objects.
    """
    table = _read_arrays(path, names) if profile.format == "npz" else _read_columns(path, profile, names)
    return check_rows(table, profile)


def check_rows(table: Table, profile: DatasetProfile) -> Table:
    """The table, which has as many rows as its profile; raises DataFault."""
    if table.rows != profile.rows:
        message = f"The file has {table.rows} rows where its profile has {profile.rows}: upload it again."
        raise DataFault(data_fault("/dataset", message, found=table.rows, allowed=profile.rows))
    return table


def _read_columns(path: Path, profile: DatasetProfile, names: list[str]) -> Table:
    dtypes = {name: profile.by_name[name].dtype for name in names}
    try:
        with _opened(path, profile) as (connection, readable):
            query = select(readable, profile.format, profile.reading, dtypes or {profile.columns[0].name: "string"})
            columns = connection.sql(query).to_arrow_table()
    except duckdb.Error as error:
        raise DataFault(data_fault("/dataset", f"The file is not as its profile says. {error}")) from error
    values = {name: _to_numpy(columns[name], dtypes[name]) for name in names}
    gaps = {name: _find_gaps(columns[name], values[name]) for name in names}
    return Table(columns.num_rows, values, {name: found for name, found in gaps.items() if found.any()})


@contextmanager
def _opened(path: Path, profile: DatasetProfile, **options: str) -> Iterator[tuple[duckdb.DuckDBPyConnection, str]]:
    """The file as DuckDB reads it."""
    with ExitStack() as opened:
        readable = opened.enter_context(as_parquet(path)) if profile.format == "tfrecord" else path
        if profile.format == "parquet" and is_archive(path):
            readable = opened.enter_context(unpack_parquet(path))
        yield opened.enter_context(open_table(readable, profile.reading.get("encoding", "utf-8"), **options))


def spool_table(path: Path, profile: DatasetProfile, names: list[str]) -> Table:
    """The same as `read_table`, a few rows at a time, numbers into files; raises DataFault.

    Of Parquet a few columns at a time as well: a group of its rows may be as large as the file.
    """
    width = SPOOLED_COLUMNS if profile.format == "parquet" else max(1, len(names))
    table = Table(profile.rows, {}, {}, on_disk=True)
    for at in range(0, len(names), width):
        part = _spool_columns(path, profile, names[at : at + width])
        table = Table(part.rows, {**table.values, **part.values}, {**table.gaps, **part.gaps}, on_disk=True)
    return check_rows(table, profile)


def _spool_columns(path: Path, profile: DatasetProfile, names: list[str]) -> Table:
    dtypes = {name: profile.by_name[name].dtype for name in names}
    values: dict[str, NDArray[Any]] = {}
    gaps: dict[str, NDArray[np.bool_]] = {}
    limit = f"{max(64, memory_left() // 2 >> 20)}MB"
    at = 0
    try:
        with _opened(path, profile, memory_limit=limit) as (connection, readable):
            query = select(readable, profile.format, profile.reading, dtypes)
            for batch in connection.sql(query).to_arrow_reader(SPOOLED_ROWS):
                check_rows_so_far(at + batch.num_rows, profile)
                for name in names:
                    column = pyarrow.chunked_array([batch.column(name)])
                    _put(values, gaps, name, column, dtype=dtypes[name], rows=(at, profile.rows))
                at += batch.num_rows
    except (duckdb.Error, OSError) as error:
        raise DataFault(data_fault("/dataset", f"The file is not as its profile says. {error}")) from error
    return Table(at, values, gaps, on_disk=True)


def _put(
    values: dict[str, NDArray[Any]],
    gaps: dict[str, NDArray[np.bool_]],
    name: str,
    column: pyarrow.ChunkedArray,
    *,
    dtype: str,
    rows: tuple[int, int],
) -> None:
    """Write a piece of a column where it belongs; words, which have no size, are held in memory."""
    at, total = rows
    piece = _to_numpy(column, dtype)
    if name not in values:
        values[name] = np.empty(total, object) if piece.dtype == object else spool_array((total,), piece.dtype)
    values[name][at : at + len(piece)] = piece
    if (found := _find_gaps(column, piece)).any():
        gaps.setdefault(name, np.zeros(total, dtype=bool))[at : at + len(piece)] = found


def check_rows_so_far(rows: int, profile: DatasetProfile) -> None:
    if rows > profile.rows:
        message = f"The file has more rows than the {profile.rows} of its profile: upload it again."
        raise DataFault(data_fault("/dataset", message, found=rows, allowed=profile.rows))


def _to_numpy(column: pyarrow.ChunkedArray, dtype: str) -> NDArray[Any]:
    if dtype.startswith("list["):
        return _to_lists(column)
    if dtype == "image":
        return _to_files(column)
    if column.null_count and dtype in PLACEHOLDERS:
        column = pyarrow.compute.fill_null(column, PLACEHOLDERS[dtype])
    return np.asarray(column.to_numpy())


def _to_lists(column: pyarrow.ChunkedArray) -> NDArray[Any]:
    """An array of arrays, an empty one where there is none."""
    lists = np.empty(len(column), dtype=object)
    for row, items in enumerate(column.to_numpy()):
        lists[row] = np.zeros(0) if items is None else items
    return lists


def _to_files(column: pyarrow.ChunkedArray) -> NDArray[Any]:
    """The paths of the images' own files, beside the run; an empty one where there is none."""
    folder = Path(tempfile.mkdtemp(prefix="images"))
    paths = np.full(len(column), "", dtype=object)
    for row, content in enumerate(column):
        if content.is_valid:
            file = folder / str(row)
            file.write_bytes(content.as_py())
            paths[row] = str(file)
    return paths


def _find_gaps(column: pyarrow.ChunkedArray, values: NDArray[Any]) -> NDArray[np.bool_]:
    if values.dtype.kind == "f":
        return np.asarray(np.isnan(values))
    return np.asarray(column.is_null().to_numpy())


def _read_arrays(path: Path, names: list[str]) -> Table:
    arrays = read_archive(path, names)
    floats = {name: array for name, array in arrays.items() if array.dtype.kind == "f"}
    found = {name: np.isnan(array).reshape(len(array), -1).any(axis=1) for name, array in floats.items()}
    rows = len(next(iter(arrays.values()))) if arrays else 0
    return Table(rows, arrays, {name: gaps for name, gaps in found.items() if gaps.any()})
