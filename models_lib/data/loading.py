"""A run's rows: read, checked for gaps, and parted into training, validation and test."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models_lib.data.faults import DataFault, data_fault
from models_lib.data.formats import read_rows
from models_lib.data.read import Table
from models_lib.data.splits import Rows, part_rows
from models_lib.data.windows import Cut, cut_windows
from models_lib.spec.bindings import Binding, Target, Windows
from models_lib.spec.dataset import DatasetProfile
from models_lib.spec.faults import Fault, join_pointer
from models_lib.spec.types import RunSpec


@dataclass(frozen=True)
class PartFile:
    """A file of rows and its profile."""

    path: Path
    profile: DatasetProfile


@dataclass(frozen=True)
class LoadedRows:
    """The run's data set with the rows of each part in it, and parts that come from data sets of their own."""

    profile: DatasetProfile
    table: Table
    rows: Mapping[str, Rows]
    others: Mapping[str, Table]
    cuts: Mapping[str, Cut] = field(default_factory=dict)

    @property
    def parts(self) -> dict[str, Table]:
        """The rows of each part; of windows, the rows of their targets."""
        if self.cuts:
            return {part: self.others.get(part, self.table).take(cut.targets) for part, cut in self.cuts.items()}
        return {part: self.table.take(rows) for part, rows in self.rows.items()} | dict(self.others)

    def examples(self, count: int) -> Table:
        """Rows of the first few instances of the training part; of windows, all rows of each."""
        chosen = self.cuts["train"].steps[:count].ravel() if self.cuts else self.rows["train"][:count]
        return self.table.take(chosen)


def load_rows(spec: RunSpec, files: Mapping[str, PartFile]) -> LoadedRows:
    """Read what the spec names; `files` holds `train`, and `validation` and `test` where they have their own."""
    tables = {part: _read_part(spec, file, with_split=part == "train") for part, file in files.items()}
    table = tables.pop("train")
    rows = part_rows(spec.split, table, spec.seed, in_order=spec.windows is not None)
    return LoadedRows(files["train"].profile, table, rows, tables, _cut_all(spec.windows, table, rows, tables))


def _cut_all(
    windows: Windows | None, table: Table, rows: Mapping[str, Rows], others: Mapping[str, Table]
) -> dict[str, Cut]:
    """The windows of every part; none where the run has none."""
    if windows is None:
        return {}
    cuts = cut_windows(windows, table, rows)
    for part, other in others.items():
        cuts |= cut_windows(windows, other, {part: np.arange(other.rows)})
    return cuts


def _read_part(spec: RunSpec, file: PartFile, *, with_split: bool) -> Table:
    names = list(columns_read(spec, with_split=with_split))
    absent = [name for name in names if name not in file.profile.by_name]
    if absent:
        message = f"The data set has no column {', '.join(map(repr, absent))}."
        raise DataFault(data_fault("/dataset", message, found=absent, allowed=list(file.profile.by_name)))
    table = read_rows(file.path, file.profile, names, spec.inputs)
    faults = [*_find_gaps(spec, table), *_find_infinities(table)]
    if faults:
        raise DataFault(*faults)
    return _drop_rows(spec, table)


def columns_read(spec: RunSpec, *, with_split: bool) -> tuple[str, ...]:
    """Every column or array that the run reads."""
    split: tuple[str | None, ...] = (
        (spec.split.column, spec.split.time, spec.split.group, spec.split.stratify) if with_split else ()
    )
    split += (spec.windows.time, spec.windows.by) if spec.windows else ()
    named = [
        *(source for binding in spec.inputs.values() for source in binding.sources),
        *(target.source for target in spec.targets.values()),
        *(name for name in (*spec.fit.weight_columns, *split) if name),
    ]
    return tuple(dict.fromkeys(named))


def _find_gaps(spec: RunSpec, table: Table) -> Iterator[Fault]:
    for pointer, part, source in _uses(spec):
        count = table.count_gaps(source)
        if count and part.missing is None:
            allowed = _ways_out(part)
            message = (
                f"Column {source!r} has no value in {count} of {table.rows} rows: say `missing`, one of {allowed}."
            )
            yield data_fault(pointer, message, found=count, allowed=allowed)


def _ways_out(part: Binding | Target) -> list[str]:
    if isinstance(part, Target):
        return ["drop", "ignore"]
    if part.image or part.date:
        return ["drop", *(["a date"] if part.date else [])]
    return ['""', "drop"] if part.sequence or part.sparse else ["drop", "mean", "median", "most_frequent", "a value"]


def _uses(spec: RunSpec) -> Iterator[tuple[str, Binding | Target, str]]:
    """Each use of a column as an input or a target, with the pointer of its `missing`."""
    for name, binding in spec.inputs.items():
        for source in binding.sources:
            yield join_pointer("/inputs", name, "missing"), binding, source
    for name, target in spec.targets.items():
        yield join_pointer("/targets", name, "missing"), target, target.source


def _find_infinities(table: Table) -> Iterator[Fault]:
    for name, values in table.values.items():
        count = int(np.isinf(values).sum()) if values.dtype.kind == "f" else 0
        if count:
            yield data_fault("/dataset", f"Column {name!r} holds {count} infinite values.", found=count)


def _drop_rows(spec: RunSpec, table: Table) -> Table:
    kept: NDArray[np.bool_] = np.ones(table.rows, dtype=bool)
    for _, part, source in _uses(spec):
        if part.missing == "drop" and source in table.gaps:
            kept &= ~table.gaps[source]
    return table if kept.all() else table.take(np.flatnonzero(kept))
