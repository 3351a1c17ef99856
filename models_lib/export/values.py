"""The values of a row, read from JSON into what a tensor takes."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from models_lib.data.dates import BadDate, read_date
from models_lib.data.picture_headers import FORMATS, BadPicture
from models_lib.data.pictures import PictureShape, from_base64
from models_lib.data.sequences import BadItem, SequenceShape
from models_lib.export.mapping import MappedImage, MappedInput, MappedSequence

LARGEST = 2**63


class WrongValue(Exception):
    """A value that its column does not take; says what it takes."""


def reader_of(part: MappedInput) -> Callable[[Any], Any]:
    """A function from a JSON value to the tensor's value; raises WrongValue."""
    if part.image is not None:
        return _image_reader(part, part.image)
    if part.sequence is not None:
        return _with_gaps(_list_reader(part, part.sequence), _list_reader(part, part.sequence)([]), part.takes_gaps)
    if part.column_dtype in ("date", "timestamp"):
        return _with_gaps(_read_date, "", part.takes_gaps)
    if part.shape != (1,) or part.column_dtype not in ("int64", "float64", "bool", "string"):
        return _array_reader(part)
    read = _word_reader(part) if part.dtype == "string" else _number_reader(part)
    return _with_gaps(read, "" if part.dtype == "string" else math.nan, part.takes_gaps)


def _with_gaps(read: Callable[[Any], Any], gap: Any, takes_gaps: bool) -> Callable[[Any], Any]:
    return (lambda value: gap if value is None else read(value)) if takes_gaps else read


def _number_reader(part: MappedInput) -> Callable[[Any], Any]:
    if part.column_dtype == "bool":
        return _read_truth
    return _read_whole if np.dtype(part.dtype).kind in "iu" else _read_number


def _read_number(value: Any) -> float:
    if (type(value) is float and math.isfinite(value)) or (type(value) is int and -LARGEST <= value < LARGEST):
        return float(value)
    raise WrongValue("a number")


def _read_whole(value: Any) -> int:
    if type(value) is int and -LARGEST <= value < LARGEST:
        return value
    if type(value) is float and value.is_integer() and abs(value) < LARGEST:
        return int(value)
    raise WrongValue("a whole number")


def _read_truth(value: Any) -> float:
    if type(value) is bool or value in (0, 1):
        return float(value)
    raise WrongValue("true or false")


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
    raise WrongValue("a string")


def _read_date(value: Any) -> str:
    try:
        return read_date(_read_word(value))
    except (BadDate, WrongValue):
        raise WrongValue("a date like 2024-02-29, or 2024-02-29T13:45:10") from None


def _array_reader(part: MappedInput) -> Callable[[Any], Any]:
    """Nested lists of one row's shape; a single value stands for a row of one."""
    kinds = "U" if part.dtype == "string" else "biuf"
    wanted = f"{'strings' if kinds == 'U' else 'numbers'} of shape {list(part.shape)}"

    def read(value: Any) -> Any:
        try:
            array = np.array(_opened(value, part) if isinstance(value, dict) and kinds != "U" else value)
        except ValueError:
            raise WrongValue(wanted) from None
        if array.shape == () and part.shape == (1,):
            array = array.reshape(1)
        if array.shape != part.shape or array.dtype.kind not in kinds:
            raise WrongValue(wanted)
        return array.astype(object if part.dtype == "string" else part.dtype)

    return read


def _opened(value: dict[Any, Any], part: MappedInput) -> Any:
    """Numbers by their place, `{"17": 2.0}`, as a row of them; zeros elsewhere. Raises ValueError."""
    row = np.zeros(part.shape)
    if row.ndim != 1:
        raise ValueError
    for place, number in value.items():
        at = int(place) if str(place).isascii() and str(place).isdecimal() else -1
        if not 0 <= at < len(row) or not isinstance(number, int | float):
            raise ValueError
        row[at] = number
    return row


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
            raise WrongValue(f"an image as base64 or a data URL ({', '.join(FORMATS)}); {bad}") from bad

    return read


def _list_reader(part: MappedInput, sequence: MappedSequence) -> Callable[[Any], Any]:
    """A list of any length, or a text of words where the column held such."""
    shape = SequenceShape(part.dtype, **sequence.model_dump())
    items = "strings" if part.dtype == "string" else "numbers"
    wanted = f"a list of {items}" + (
        f", or a text with {sequence.delimiter!r} between them" if sequence.delimiter else ""
    )
    kinds = (str,) if part.dtype == "string" else (int, float)

    def read(value: Any) -> Any:
        is_text = type(value) is str and sequence.delimiter is not None
        if not is_text and (type(value) is not list or any(type(item) not in kinds for item in value)):
            raise WrongValue(wanted)
        try:
            return shape.pad([value])[0]
        except BadItem as bad:
            raise WrongValue(f"{wanted}; {bad}") from bad

    return read
