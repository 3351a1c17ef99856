"""Which rows train, validate and test."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models_lib.data.faults import DataFault, data_fault
from models_lib.data.read import Table
from models_lib.spec.bindings import Split

Rows = NDArray[np.int64]
PARTS = ("train", "validation", "test")


def part_rows(split: Split, table: Table, seed: int, *, in_order: bool = False) -> dict[str, Rows]:
    """Row numbers of each part, ascending (by `time`: oldest first); parts that nobody asked for are absent.

    `in_order` cuts the file's rows as they stand instead of shuffling them.
    """
    if split.column:
        parts = _by_column(table.values[split.column], split.column)
    elif split.time:
        parts = _cut(_by_time(table, split.time), split)
    elif split.group:
        parts = _by_group(table.values[split.group], split, seed)
    elif split.stratify:
        parts = _by_class(table.values[split.stratify], split, seed)
    elif in_order or not split.shuffle:
        parts = _cut(np.arange(table.rows), split)
    else:
        parts = _sorted(_cut(np.random.default_rng(seed).permutation(table.rows), split))
    _refuse_empty(parts, table.rows)
    return parts


def _sizes(rows: int, split: Split) -> dict[str, int]:
    """Rows of each part that is asked for; a share above nothing is at least one row."""
    shares = {"validation": split.validation or 0.0, "test": split.test}
    held = {part: max(1, _count_held(rows, share, split)) for part, share in shares.items() if share}
    return {"train": max(0, rows - sum(held.values())), **held}


def _count_held(rows: int, share: float, split: Split) -> int:
    """The last rows are counted as Keras' validation_split does, which rounds the training part down."""
    return round(rows * share) if split.shuffle else rows - math.floor(rows * (1.0 - share))


def _cut(rows: Rows, split: Split) -> dict[str, Rows]:
    sizes = _sizes(len(rows), split)
    ends = np.cumsum(list(sizes.values()))[:-1]
    return dict(zip(sizes, np.split(rows, ends), strict=True))


def _sorted(parts: dict[str, Rows]) -> dict[str, Rows]:
    return {part: np.sort(rows) for part, rows in parts.items()}


def _by_time(table: Table, column: str) -> Rows:
    if missing := table.count_gaps(column):
        message = f"{missing} rows have no value in {column!r}, so they have no place in time."
        raise DataFault(data_fault("/split/time", message, found=missing))
    return np.argsort(table.values[column], kind="stable")


def _by_column(column: NDArray[Any], name: str) -> dict[str, Rows]:
    words, codes, counts = np.unique(column.astype(str), return_inverse=True, return_counts=True)
    found = dict(zip(words.tolist(), counts.tolist(), strict=True))
    strange = sorted(set(found) - set(PARTS))
    if strange:
        message = f"Column {name!r} must say train, validation or test in every row; it also says {strange[:5]}."
        raise DataFault(data_fault("/split/column", message, found=found, allowed=PARTS))
    return {part: np.flatnonzero(codes == words.tolist().index(part)) for part in PARTS if part in found}


def _by_group(column: NDArray[Any], split: Split, seed: int) -> dict[str, Rows]:
    """Whole groups in random order: the test part takes those that bring it nearer to its size, then validation."""
    _, codes, counts = np.unique(_comparable(column), return_inverse=True, return_counts=True)
    left = np.random.default_rng(seed).permutation(len(counts)).tolist()
    chosen: dict[str, list[int]] = {}
    sizes = _sizes(len(column), split)
    for part in [part for part in ("test", "validation") if part in sizes]:
        chosen[part] = _fill(left, counts, sizes[part])
        left = [group for group in left if group not in chosen[part]]
    chosen["train"] = left
    return {part: np.flatnonzero(np.isin(codes, chosen[part])) for part in PARTS if part in chosen}


def _fill(groups: list[int], counts: NDArray[np.int64], size: int) -> list[int]:
    chosen: list[int] = []
    taken = 0
    for group in groups:
        if taken + counts[group] / 2 <= size:
            chosen.append(group)
            taken += counts[group]
    return chosen or sorted(groups, key=lambda group: counts[group])[:1]


def _by_class(column: NDArray[Any], split: Split, seed: int) -> dict[str, Rows]:
    """Every class is cut by the same shares; a class with too few rows for all parts goes to train first."""
    generator = np.random.default_rng(seed)
    _, codes = np.unique(_comparable(column), return_inverse=True)
    parts: dict[str, list[Rows]] = {part: [] for part in _sizes(len(column), split)}
    for code in range(codes.max() + 1):
        rows = generator.permutation(np.flatnonzero(codes == code))
        shares = {"test": split.test, "validation": split.validation or 0.0}
        for part in [part for part in shares if part in parts]:
            count = min(round(len(rows) * shares[part] / _share_left(part, split)), max(0, len(rows) - 1))
            parts[part].append(rows[:count])
            rows = rows[count:]
        parts["train"].append(rows)
    return {part: np.sort(np.concatenate(rows)) for part, rows in parts.items()}


def _share_left(part: str, split: Split) -> float:
    """The share of a class that is still there when this part is cut: the test part comes first."""
    return 1.0 if part == "test" else 1.0 - split.test


def _comparable(column: NDArray[Any]) -> NDArray[Any]:
    return column.astype(str) if column.dtype == object else column


def _refuse_empty(parts: dict[str, Rows], rows: int) -> None:
    sizes = {part: len(chosen) for part, chosen in parts.items()}
    empty = [part for part in ("train", *sizes) if not sizes.get(part)]
    if empty:
        message = f"Of {rows} rows none is left for {', '.join(dict.fromkeys(empty))}: {sizes}. Change the split."
        raise DataFault(data_fault("/split", message, found=sizes))
