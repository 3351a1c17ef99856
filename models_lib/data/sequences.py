"""Lists of any length as rows of one length, by Keras' own `pad_sequences`."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from models_lib.data.faults import DataFault, data_fault
from models_lib.spec.bindings import Binding
from models_lib.spec.kinds import ABSENT

SHOWN = 5


class BadItem(Exception):
    """An item that has not the type of its list; says which."""


@dataclass(frozen=True)
class SequenceShape:
    """How a list becomes a row: `delimiter` parts words, `dtype` is the items' own; `maxlen` 0 is not yet known."""

    dtype: str
    maxlen: int = 0
    padding: str = "pre"
    truncating: str = "pre"
    value: float | int | str = 0
    delimiter: str | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        return (self.maxlen,)

    def split(self, row: Any) -> list[Any]:
        """The items of a list, or of the words in a text; raises BadItem."""
        if isinstance(row, str):
            words = row.split(self.delimiter) if self.delimiter and row.strip() else []
            row = [word.strip() for word in words if word.strip()]
        return [self._read(item) for item in row]

    def _read(self, item: Any) -> Any:
        try:
            if self.dtype == "string":
                return item if isinstance(item, str) else str(item)
            number = float(item)
        except (TypeError, ValueError):
            raise BadItem(f"{item!r} is no {self._wanted}") from None
        if not np.isfinite(number) or (self.dtype.startswith("int") and not number.is_integer()):
            raise BadItem(f"{item!r} is no {self._wanted}")
        return int(number) if self.dtype.startswith("int") else number

    @property
    def _wanted(self) -> str:
        return "whole number" if self.dtype.startswith("int") else "finite number"

    def pad(self, rows: Iterable[Any]) -> NDArray[Any]:
        """All rows at one length; raises BadItem."""
        lists = [self.split(row) for row in rows]
        padded: NDArray[Any] = keras.utils.pad_sequences(
            lists,
            maxlen=self.maxlen or max(1, *map(len, lists), 1),
            dtype=object if self.dtype == "string" else self.dtype,
            padding=self.padding,
            truncating=self.truncating,
            value=self.value,
        )
        return padded

    def pad_column(self, rows: Iterable[Any], column: str) -> NDArray[Any]:
        """The same of a data set's column; raises DataFault."""
        try:
            return self.pad(rows)
        except BadItem as bad:
            message = f"Column {column!r} holds lists of {self.dtype}, and {bad}."
            raise DataFault(data_fault("/dataset", message, found=str(bad), allowed=self.dtype)) from bad

    def of_length(self, maxlen: int) -> "SequenceShape":
        return replace(self, maxlen=maxlen)


def sequence_shape(binding: Binding, dtype: str) -> SequenceShape | None:
    """The binding's options; None where it reads no lists."""
    if not (binding.sequence or binding.sparse):
        return None
    empty: float | int | str = "" if dtype == "string" else ABSENT if binding.sparse else 0
    return SequenceShape(
        dtype,
        binding.maxlen or 0,
        binding.padding or "pre",
        binding.truncating or "pre",
        empty if binding.value is None else binding.value,
        binding.delimiter,
    )
