"""Arrays larger than memory: kept in files beside the run, and read from there row by row."""

import resource
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

BYTES_AT_ONCE = 16 << 20
# Rows are held as columns, as raw tensors, as prepared ones, and as what TensorFlow is given.
COPIES = 6


def memory_left() -> int:
    """Bytes that this process may still take: of its limit, and of the machine."""
    free = _available()
    soft, _ = resource.getrlimit(resource.RLIMIT_DATA)
    if soft == resource.RLIM_INFINITY:
        return free
    used = int(Path("/proc/self/statm").read_text().split()[5]) * resource.getpagesize()
    return min(free, max(0, soft - used))


def _available() -> int:
    """What the machine can give without swapping, its file cache included."""
    lines = Path("/proc/meminfo").read_text().splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith("MemAvailable"))


def fits(bytes_held: int) -> bool:
    """Whether data of this size can be trained on in memory."""
    return bytes_held * COPIES < memory_left()


def spool_array(shape: tuple[int, ...], dtype: Any) -> "np.memmap[Any, Any]":
    """An array in a file without a name, which is gone with the process; its pages count as nobody's memory."""
    with tempfile.TemporaryFile() as file:
        return np.memmap(file, dtype=dtype, mode="w+", shape=shape)


def chunks(rows: int, row_bytes: int) -> Iterator[slice]:
    """Slices of rows that are small in memory."""
    step = max(1, BYTES_AT_ONCE // max(1, row_bytes))
    return (slice(at, min(at + step, rows)) for at in range(0, rows, step))


def spool_rows(rows: int, row_bytes: int, make: Callable[[slice], NDArray[Any]]) -> NDArray[Any]:
    """What `make` gives for slices of rows, one after another in a file; words, which have no size, stay in memory."""
    parts = chunks(rows, row_bytes)
    first = next(parts)
    piece = make(first)
    whole: NDArray[Any] = (
        np.empty((rows, *piece.shape[1:]), dtype=object)
        if piece.dtype == object
        else spool_array((rows, *piece.shape[1:]), piece.dtype)
    )
    whole[first] = piece
    for part in parts:
        whole[part] = make(part)
    return whole


def variance(data: NDArray[Any], axis: tuple[int, ...]) -> NDArray[Any]:
    """`np.var` to the bit; of an array in a file without a copy in memory."""
    if not isinstance(data, np.memmap):
        return np.asarray(np.var(data, axis=axis))
    deviations = spool_array(data.shape, data.dtype)
    np.subtract(data, np.mean(data, axis=axis, keepdims=True), out=deviations)
    np.multiply(deviations, deviations, out=deviations)
    count = int(np.prod([data.shape[at] for at in axis]))
    return np.asarray(np.sum(deviations, axis=axis) / data.dtype.type(count))


@dataclass(frozen=True)
class Chosen(Mapping[str, NDArray[Any]]):
    """Columns of chosen rows, read only when one is asked for."""

    columns: Mapping[str, NDArray[Any]]
    rows: NDArray[np.int64]

    def __getitem__(self, name: str) -> NDArray[Any]:
        return np.asarray(self.columns[name][self.rows])

    def __iter__(self) -> Iterator[str]:
        return iter(self.columns)

    def __len__(self) -> int:
        return len(self.columns)

    def take(self, rows: NDArray[np.int64]) -> "Chosen":
        return Chosen(self.columns, self.rows[rows])
