"""Windows over time series: cut from whole stretches of one series in one part, so that none straddles a border."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models_lib.data.faults import DataFault, data_fault
from models_lib.data.read import Table
from models_lib.data.splits import Rows
from models_lib.spec.bindings import Windows


@dataclass(frozen=True)
class Cut:
    """The windows of one part: the rows of each (windows, steps), and the row of each one's target."""

    steps: NDArray[np.int64]
    targets: Rows


@dataclass(frozen=True)
class Gathered:
    """A tensor that is not written out: the rows' own tensor, and which of them each instance has.

    `steps` holds one row, or the rows of a window, for each instance; `base` may lie in a file.
    """

    base: NDArray[Any]
    steps: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.steps)

    def __getitem__(self, chosen: slice) -> "Gathered":
        return Gathered(self.base, self.steps[chosen])

    @property
    def shape(self) -> tuple[int, ...]:
        return (*self.steps.shape, *self.base.shape[1:])

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.base.dtype

    @property
    def size(self) -> int:
        return int(np.prod(self.shape))

    @property
    def nbytes(self) -> int:
        """What it takes: each row once, in however many instances it stands."""
        return self.base.nbytes + self.steps.nbytes

    def min(self) -> Any:
        return self.base.min()

    def max(self) -> Any:
        return self.base.max()


def cut_windows(windows: Windows, table: Table, parts: Mapping[str, Rows]) -> dict[str, Cut]:
    """Windows by part, each part's in the order of series and time; raises DataFault where a part gets none."""
    place = np.full(table.rows, -1)
    for number, rows in enumerate(parts.values()):
        place[rows] = number
    order, series = _in_order(windows, table)
    borders = np.flatnonzero((np.diff(series) != 0) | (np.diff(place[order]) != 0)) + 1
    edges = [0, *borders.tolist(), table.rows]
    firsts: dict[int, list[Rows]] = {}
    for start, end in pairwise(edges):
        firsts.setdefault(int(place[order[start]]), []).append(
            np.arange(start, end - windows.reach, windows.sequence_stride)
        )
    cuts = {part: _cut(windows, order, firsts.get(number, [])) for number, part in enumerate(parts)}
    empty = [part for part, cut in cuts.items() if not len(cut.targets)]
    if empty:
        message = (
            f"{', '.join(empty)} has no stretch of {windows.reach + 1} rows, which one window and its target take."
        )
        raise DataFault(data_fault("/windows", message, found={part: len(rows) for part, rows in parts.items()}))
    return cuts


def windows_to_each_row(windows: Windows, table: Table) -> Cut:
    """The window that ends at each row, where the table holds all of its steps; `targets` are those rows."""
    order, series = _in_order(windows, table)
    before = (windows.sequence_length - 1) * windows.sampling_rate
    edges = [0, *(np.flatnonzero(np.diff(series) != 0) + 1).tolist(), table.rows]
    first = np.concatenate([np.arange(start, max(start, end - before)) for start, end in pairwise(edges)])
    offsets = np.arange(windows.sequence_length) * windows.sampling_rate
    return Cut(order[first[:, None] + offsets], order[first + before])


def _in_order(windows: Windows, table: Table) -> tuple[Rows, NDArray[np.int64]]:
    """The rows by series and time, ties in the file's order; and the number of each one's series."""
    series = np.zeros(table.rows, dtype=np.int64)
    if windows.by is not None:
        column = table.values[windows.by]
        series = np.unique(column.astype(str) if column.dtype == object else column, return_inverse=True)[1]
    time = table.values[windows.time] if windows.time is not None else np.arange(table.rows)
    order = np.lexsort((time, series))
    return order, series[order]


def _cut(windows: Windows, order: Rows, firsts: list[Rows]) -> Cut:
    first = np.concatenate(firsts) if firsts else np.zeros(0, dtype=np.int64)
    offsets = np.arange(windows.sequence_length) * windows.sampling_rate
    return Cut(order[first[:, None] + offsets], order[first + windows.reach])
