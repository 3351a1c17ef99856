"""Dates as numbers, computed from their ISO text by Keras' own layers and operations, so that every saved model can."""

import math
from collections.abc import Callable
from datetime import datetime
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from models_lib.data.faults import DataFault, data_fault

LONGEST = len("2024-02-29T13:45:10")
DIGITS = [str(digit) for digit in range(10)]
FIRST_DIGIT = 2
"""A lookup's numbers begin with what fills up and what is unknown."""
DAYS_TO_1970 = 719_468
"""From the first of March of the year 0, where the years of the calculation begin."""


class BadDate(Exception):
    """A text that is no date."""


class DateParts:
    """Makes (rows, 1) texts like `2024-02-29` or `2024-02-29T13:45:10` to (rows, n) float32 numbers.

    `days` count from 1970-01-01, with the time of day as a fraction; weekdays from Monday, 0. `yearly`, `weekly` and
    `daily` are the sine and the cosine of the place in the year, the week and the day: December is next to January.
    """

    def __init__(self, parts: tuple[str, ...], name: str) -> None:
        self.parts = parts
        self.letters = keras.layers.TextVectorization(
            standardize=None,
            split="character",
            output_sequence_length=LONGEST,
            vocabulary=DIGITS,
            name=f"{name}_letters",
        )

    def __call__(self, texts: Any) -> Any:
        if isinstance(texts, keras.KerasTensor):
            texts = keras.ops.squeeze(texts, -1)  # as for every text: of (None, 1) Keras expects another shape
        letters = self.letters(texts)
        digits = keras.ops.maximum(keras.ops.cast(letters, "int32") - FIRST_DIGIT, 0)
        known = _Moment(lambda first, count: _number(digits, first, count))
        columns = [column for part in self.parts for column in known.numbers(part)]
        return keras.ops.stack([keras.ops.cast(column, "float32") for column in columns], axis=-1)


class _Moment:
    """Year to second of many rows, and what follows from them; whole numbers but for the cycles."""

    def __init__(self, read: Callable[[int, int], Any]) -> None:
        self.year, self.month, self.day = read(0, 4), read(5, 2), read(8, 2)
        self.hour, self.minute, self.second = read(11, 2), read(14, 2), read(17, 2)

    def numbers(self, part: str) -> list[Any]:
        match part:
            case "yearly":
                return _cycle(_float(self.day_of_year - 1) / 365.2425)
            case "weekly":
                return _cycle((_float(self.weekday) + self.day_share) / 7.0)
            case "daily":
                return _cycle(self.day_share)
            case "days":
                return [_float(self.days) + self.day_share]
        return [getattr(self, part)]

    @property
    def days(self) -> Any:
        """Days since 1970-01-01, by a calendar whose years begin in March, so that the leap day comes last."""
        return _days(self.year, self.month, self.day)

    @property
    def weekday(self) -> Any:
        return keras.ops.mod(self.days + 3, 7)  # 1970 began with a Thursday

    @property
    def day_of_year(self) -> Any:
        return self.days - _days(self.year, keras.ops.ones_like(self.month), keras.ops.ones_like(self.day)) + 1

    @property
    def day_share(self) -> Any:
        return _float(self.hour * 3600 + self.minute * 60 + self.second) / 86_400.0


def _days(year: Any, month: Any, day: Any) -> Any:
    is_before_march = keras.ops.cast(month <= 2, "int32")
    year = year - is_before_march
    month = month - 3 + 12 * is_before_march
    leap_days = _floor(year, 4) - _floor(year, 100) + _floor(year, 400)
    return year * 365 + leap_days + _floor(month * 153 + 2, 5) + day - 1 - DAYS_TO_1970


def _floor(value: Any, by: int) -> Any:
    return keras.ops.floor_divide(value, by)


def _float(value: Any) -> Any:
    return keras.ops.cast(value, "float32")


def _cycle(turns: Any) -> list[Any]:
    return [keras.ops.sin(turns * (2 * math.pi)), keras.ops.cos(turns * (2 * math.pi))]


def _number(digits: Any, first: int, count: int) -> Any:
    """The number that some of the digits write."""
    places = [digits[:, first + at] * 10 ** (count - 1 - at) for at in range(count)]
    return sum(places[1:], places[0])


def iso_texts(moments: NDArray[Any], column: str) -> NDArray[Any]:
    """datetime64 as text to the second, an empty one where there is none; raises DataFault beyond year 9999."""
    texts = np.datetime_as_string(moments.astype("datetime64[s]")).astype(object)
    texts[np.isnat(moments)] = ""
    strange = [text for text in texts if text and (len(text) != LONGEST or text[0] == "-")]
    if strange:
        message = f"Column {column!r} holds dates that are not between the years 1 and 9999: {strange[0]}."
        raise DataFault(data_fault("/dataset", message, found=strange[0]))
    return np.asarray(texts, dtype=object)


def read_date(text: str) -> str:
    """An ISO date or date and time, as the model takes it; raises BadDate. A zone's offset is taken away (UTC)."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadDate("2024-02-29 or 2024-02-29T13:45:10") from error
    offset = moment.utcoffset()
    return (moment.replace(tzinfo=None) - offset if offset else moment.replace(tzinfo=None)).isoformat(
        timespec="seconds"
    )
