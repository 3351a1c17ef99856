"""What model outputs learn: numbers in their units or standardised, labels as the loss wants them."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from models_lib.data.faults import DataFault, data_fault
from models_lib.data.read import Table
from models_lib.spec.bindings import Target
from models_lib.spec.faults import join_pointer

Coding = Literal["numbers", "whole_numbers", "positions", "zero_one", "one_hot"]
Label = str | int | float | bool
# These want a label's position, though the name of the second sounds otherwise.
SPARSE_LOSSES = frozenset({"SparseCategoricalCrossentropy", "CategoricalGeneralizedCrossEntropy"})
SHOWN = 5


@dataclass(frozen=True)
class ModelTarget:
    """One target with what was learned: the moments that standardise it, its labels, and how they are coded."""

    name: str
    source: str
    coding: Coding
    labels: tuple[Label, ...] = ()
    mean: float = 0.0
    deviation: float = 1.0
    dtype: str | None = None

    @property
    def is_standardised(self) -> bool:
        return (self.mean, self.deviation) != (0.0, 1.0)

    def encode(self, table: Table) -> NDArray[Any]:
        """The tensor that the loss is given; gaps are 0, and are weighted 0.

        Numbers are a column, (rows, 1); classes by position are a plain list, (rows,), as Keras' users feed them.
        """
        if self.labels:
            return self._encode_labels(label_positions(self, table))
        values = table.values[self.source]
        if self.source in table.gaps:
            values = np.where(table.gaps[self.source].reshape(-1, *[1] * (values.ndim - 1)), 0, values)
        if self.dtype is not None:
            return values.astype(self.dtype)
        if self.coding == "whole_numbers":
            return values.astype(np.int64)
        column = values[:, None] if values.ndim == 1 else values
        standardised = (column.astype(np.float64) - self.mean) / self.deviation if self.is_standardised else column
        return standardised.astype(np.float32)

    def _encode_labels(self, positions: NDArray[np.int64]) -> NDArray[Any]:
        if self.coding == "one_hot":
            return np.eye(len(self.labels), dtype=np.float32)[positions]
        return positions[:, None].astype(np.float32) if self.coding == "zero_one" else positions


def learn_target(
    name: str, target: Target, table: Table, train: NDArray[np.int64], *, loss: str, width: int | None
) -> ModelTarget:
    """Labels from all rows, moments from the training rows; the coding follows the loss and the output's width.

    Labels become their positions for the sparse losses, 0 and 1 where the output has one unit, else one column each.
    """
    coding = choose_coding(has_labels=target.classes is not None, loss=loss, width=width)
    if target.classes is not None:
        return ModelTarget(name, target.source, coding, labels=settle_labels(name, target, table, coding))
    values = table.values[target.source]
    if values.dtype.kind in "OUSM":
        message = (
            f"Target column {target.source!r} holds words, not numbers: write classes: auto to learn them as labels."
        )
        raise DataFault(data_fault(join_pointer("/targets", name), message, found=str(values[0])))
    if not target.normalize:
        return ModelTarget(name, target.source, coding, dtype=target.dtype)
    known = values[train].astype(np.float64)
    mean, deviation = float(np.nanmean(known)), float(np.nanstd(known))
    return ModelTarget(name, target.source, coding, mean=mean, deviation=deviation or 1.0)


def choose_coding(*, has_labels: bool, loss: str, width: int | None) -> Coding:
    """How the loss wants the target."""
    if loss in SPARSE_LOSSES or (loss == "crossentropy" and width != 1):
        return "positions" if has_labels else "whole_numbers"
    if not has_labels:
        return "numbers"
    return "zero_one" if width == 1 else "one_hot"


def settle_labels(name: str, target: Target, table: Table, coding: Coding) -> tuple[Label, ...]:
    """The labels in the order of the output's units: as given, or those of the column, sorted."""
    assert target.classes is not None, "asked for by learn_target"
    labels = _sorted_labels(table, target.source) if target.classes == "auto" else target.classes
    if len(labels) < 2 or (coding == "zero_one" and len(labels) != 2):
        wanted = "exactly two, as its output has one unit" if coding == "zero_one" else "at least two"
        message = f"Target {name!r} has {len(labels)} labels where it needs {wanted}: {list(labels[:SHOWN])}."
        raise DataFault(
            data_fault(join_pointer("/targets", name, "classes"), message, found=len(labels), allowed=wanted)
        )
    return tuple(labels)


def _sorted_labels(table: Table, source: str) -> tuple[Label, ...]:
    values = table.values[source]
    known = values[~table.gaps[source]] if source in table.gaps else values
    return tuple(np.unique(known.astype(str) if known.dtype == object else known).tolist())


def label_positions(target: ModelTarget, table: Table) -> NDArray[np.int64]:
    """Each row's place in the list of labels; 0 in gaps."""
    places = {label: place for place, label in enumerate(target.labels)}
    gaps = table.gaps.get(target.source, np.zeros(table.rows, dtype=bool))
    values, inverse = np.unique(_plain(table.values[target.source]), return_inverse=True)
    found = np.array([places.get(value, -1) for value in values.tolist()], dtype=np.int64)[inverse]
    strange = (found < 0) & ~gaps
    if strange.any():
        shown = sorted({str(value) for value in table.values[target.source][strange].tolist()})[:SHOWN]
        message = f"{int(strange.sum())} rows of {target.source!r} hold no known label: {shown}."
        pointer = join_pointer("/targets", target.name, "classes")
        raise DataFault(data_fault(pointer, message, found=shown, allowed=list(target.labels)))
    return np.where(gaps, 0, found)


def _plain(values: NDArray[Any]) -> NDArray[Any]:
    return values.astype(str) if values.dtype == object else values
