"""Rows in memory: what a profile describes, read into NumPy."""

from collections.abc import Mapping
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
from models_lib.data.tables import open_table, select
from models_lib.spec.dataset import DatasetProfile

# What stands in a gap until it is filled; `Table.gaps` says where the gaps are.
PLACEHOLDERS = {"float64": float("nan"), "int64": 0, "bool": False, "string": ""}


@dataclass(frozen=True)
class Table:
    """Columns or arrays by name, each with `rows` rows; `gaps` marks missing values where a column has any."""

    rows: int
    values: Mapping[str, NDArray[Any]]
    gaps: Mapping[str, NDArray[np.bool_]]

    def take(self, rows: NDArray[np.int64]) -> "Table":
        """The chosen rows, in the order given."""
        values = {name: column[rows] for name, column in self.values.items()}
        return Table(len(rows), values, {name: gaps[rows] for name, gaps in self.gaps.items()})

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
    encoding = profile.reading.get("encoding", "utf-8")
    try:
        with open_table(path, encoding) as (connection, readable):
            query = select(readable, profile.format, profile.reading, dtypes or {profile.columns[0].name: "string"})
            columns = connection.sql(query).to_arrow_table()
    except duckdb.Error as error:
        raise DataFault(data_fault("/dataset", f"The file is not as its profile says. {error}")) from error
    values = {name: _to_numpy(columns[name], dtypes[name]) for name in names}
    gaps = {name: _find_gaps(columns[name], values[name]) for name in names}
    return Table(columns.num_rows, values, {name: found for name, found in gaps.items() if found.any()})


def _to_numpy(column: pyarrow.ChunkedArray, dtype: str) -> NDArray[Any]:
    if dtype.startswith("list["):
        return _to_lists(column)
    if column.null_count and dtype in PLACEHOLDERS:
        column = pyarrow.compute.fill_null(column, PLACEHOLDERS[dtype])
    return np.asarray(column.to_numpy())


def _to_lists(column: pyarrow.ChunkedArray) -> NDArray[Any]:
    """An array of arrays, an empty one where there is none."""
    lists = np.empty(len(column), dtype=object)
    for row, items in enumerate(column.to_numpy()):
        lists[row] = np.zeros(0) if items is None else items
    return lists


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
