"""Raw rows of a request, judged before the model sees them."""

import math
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from typing import Any

import numpy as np

from models_lib.data.picture_headers import FORMATS, BadPicture
from models_lib.data.pictures import PictureShape, from_base64
from models_lib.export.mapping import MappedImage, MappedInput, ModelMapping
from models_lib.spec.faults import Fault, join_pointer

LARGEST = 2**63
MOST_FAULTS = 100


class InstancesRefused(Exception):
    """Rows that the model cannot be given: every fault, with pointers such as `/instances/0/median_income`."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__("; ".join(f"{fault.pointer}: {fault.message}" for fault in faults))
        self.faults = faults


class _WrongValue(Exception):
    """A value that its column does not take; says what it takes."""


class InstanceReader:
    """Turns rows by column (or input) name into columns of values, one per tensor of the model."""

    def __init__(self, mapping: ModelMapping) -> None:
        self._inputs = mapping.inputs
        self._readers = [(part.column, _reader_of(part)) for part in mapping.inputs]
        self._columns = {part.column for part in mapping.inputs}
        self._bindings = {name: sources for name, sources in mapping.bindings.items() if name not in self._columns}
        self._known = self._columns | set(mapping.ignored)

    def read(self, instances: list[Any]) -> list[list[Any]]:
        """Values by tensor, then by row; raises InstancesRefused."""
        values: list[list[Any]] = [[] for _ in self._inputs]
        faults: list[Fault] = []
        for at, instance in enumerate(instances):
            if not self._read_row(instance, values):
                faults += self._find_faults(instance, at)
            if len(faults) >= MOST_FAULTS:
                break
        if faults:
            raise InstancesRefused(tuple(faults[:MOST_FAULTS]))
        return values

    def _read_row(self, instance: Any, values: list[list[Any]]) -> bool:
        """Append one row's values; False if anything is wrong with it."""
        if type(instance) is not dict:
            return False
        row = instance
        if not row.keys() <= self._known:
            row = self._spread(row)
            if not row.keys() <= self._known:
                return False
        try:
            for (column, read), column_values in zip(self._readers, values, strict=True):
                column_values.append(read(row[column]))
        except (KeyError, _WrongValue):
            return False
        return True

    def _spread(self, row: dict[Any, Any]) -> dict[Any, Any]:
        """Inputs given by their own names, as the columns that feed them; a column's own value goes first."""
        spread: dict[Any, Any] = {}
        for name, value in row.items():
            sources = self._bindings.get(name)
            listed = value if isinstance(value, list) and sources and len(sources) > 1 else [value]
            if sources is None or len(listed) != len(sources):
                spread[name] = value
            else:
                spread |= {source: part for source, part in zip(sources, listed, strict=True) if source not in row}
        return spread

    def _find_faults(self, instance: Any, at: int) -> Iterator[Fault]:
        pointer = join_pointer("/instances", at)
        columns = [part.column for part in self._inputs]
        if type(instance) is not dict:
            message = "An instance is an object of values by column."
            yield Fault(pointer=pointer, message=message, code="wrong_type", found=_shown(instance), allowed=columns)
            return
        row = self._spread(instance)
        for name in row.keys() - self._known:
            yield self._unknown(pointer, str(name))
        for column, read in self._readers:
            if column not in row:
                message = f"The row has no {column!r}."
                yield Fault(pointer=join_pointer(pointer, column), message=message, code="missing")
                continue
            try:
                read(row[column])
            except _WrongValue as wrong:
                at_column = join_pointer(pointer, column)
                message = f"{column!r} takes {wrong}."
                found = _shown(row[column])
                yield Fault(pointer=at_column, message=message, code="wrong_type", found=found, allowed=str(wrong))

    def _unknown(self, pointer: str, name: str) -> Fault:
        allowed = [part.column for part in self._inputs]
        near = next(iter(get_close_matches(name, allowed, 1)), None)
        if name in self._bindings:
            message = f"Input {name!r} takes a list of {len(self._bindings[name])} values: {self._bindings[name]}."
        else:
            message = f"The model knows no column {name[:80]!r}" + (f": did you mean {near!r}?" if near else ".")
        place = join_pointer(pointer, name)
        return Fault(
            pointer=place, message=message, code="unknown_name", found=name, allowed=allowed, did_you_mean=near
        )


def _shown(value: Any) -> Any:
    return value if isinstance(value, int | float | bool | None) else str(value)[:80]


def _reader_of(part: MappedInput) -> Callable[[Any], Any]:
    """A function from a JSON value to the tensor's value; raises _WrongValue."""
    if part.image is not None:
        return _image_reader(part, part.image)
    if part.shape != (1,) or part.column_dtype not in ("int64", "float64", "bool", "string"):
        return _array_reader(part)
    read = _word_reader(part) if part.dtype == "string" else _number_reader(part)
    return _with_gaps(read, "" if part.dtype == "string" else math.nan) if part.takes_gaps else read


def _with_gaps(read: Callable[[Any], Any], gap: Any) -> Callable[[Any], Any]:
    return lambda value: gap if value is None else read(value)


def _number_reader(part: MappedInput) -> Callable[[Any], Any]:
    if part.column_dtype == "bool":
        return _read_truth
    return _read_whole if np.dtype(part.dtype).kind in "iu" else _read_number


def _read_number(value: Any) -> float:
    if (type(value) is float and math.isfinite(value)) or (type(value) is int and -LARGEST <= value < LARGEST):
        return float(value)
    raise _WrongValue("a number")


def _read_whole(value: Any) -> int:
    if type(value) is int and -LARGEST <= value < LARGEST:
        return value
    if type(value) is float and value.is_integer() and abs(value) < LARGEST:
        return int(value)
    raise _WrongValue("a whole number")


def _read_truth(value: Any) -> float:
    if type(value) is bool or value in (0, 1):
        return float(value)
    raise _WrongValue("true or false")


def _word_reader(part: MappedInput) -> Callable[[Any], Any]:
    match part.column_dtype:
        case "int64":
            return lambda value: str(_read_whole(value))
        case "bool":
            return lambda value: "true" if _read_truth(value) else "false"
        case _:
            return _read_word


def _read_word(value: Any) -> str:
    if type(value) is str:
        return value
    raise _WrongValue("a string")


def _array_reader(part: MappedInput) -> Callable[[Any], Any]:
    """Nested lists of one row's shape; a single value stands for a row of one."""
    kinds = "U" if part.dtype == "string" else "biuf"
    wanted = f"{'strings' if kinds == 'U' else 'numbers'} of shape {list(part.shape)}"

    def read(value: Any) -> Any:
        try:
            array = np.array(value)
        except ValueError:
            raise _WrongValue(wanted) from None
        if array.shape == () and part.shape == (1,):
            array = array.reshape(1)
        if array.shape != part.shape or array.dtype.kind not in kinds:
            raise _WrongValue(wanted)
        return array.astype(object if part.dtype == "string" else part.dtype)

    return read


def _image_reader(part: MappedInput, image: MappedImage) -> Callable[[Any], Any]:
    """Base64 or a data URL of an image file, or nested lists of pixels from 0 to 255."""
    shape = PictureShape(**image.model_dump())
    read_pixels = _array_reader(part)

    def read(value: Any) -> Any:
        if type(value) is not str:
            return read_pixels(value)
        try:
            return shape.decode(from_base64(value))
        except BadPicture as bad:
            raise _WrongValue(f"an image as base64 or a data URL ({', '.join(FORMATS)}); {bad}") from bad

    return read
