"""What a table's columns look like: which task a target is, which columns can be inputs, and why others cannot."""

import re
from dataclasses import dataclass
from typing import Any, Literal

from models_lib.spec.constants import has_hidden_characters
from models_lib.spec.dataset import Column, DatasetProfile

Task = Literal["regression", "binary", "multiclass"]
ID_NAME = re.compile(r"(^|[_\s.-])(id|ids|uuid|guid|index|key|nr|no|number)$|^(unnamed.*|rownum.*)$", re.IGNORECASE)
MOST_CLASSES = 20
MOST_LABELS = 1000
MOST_WORDS = 50
MOST_GAPS = 0.6
MOST_LETTERS = 256


@dataclass(frozen=True)
class Guess:
    """A task and the inputs that can serve it; `notes` says what was decided, in whole sentences."""

    task: Task
    target: Column
    numbers: tuple[Column, ...]
    words: tuple[Column, ...]
    notes: tuple[str, ...]


def guess_task(target: Column, rows: int) -> Task | None:
    """The task, or None where nothing can be learned: one value only, dates, or a label for every row."""
    different = target.unique if target.unique is not None else rows
    if different < 2 or target.is_time or target.is_image or target.items:
        return None
    if target.is_text and (different > MOST_LABELS or different > rows / 2):
        return None
    if target.dtype == "bool" or (different == 2 and not _is_fractional(target)):
        return "binary"
    if target.is_text or _counts_classes(target, different, rows):
        return "multiclass"
    return "regression"


def guess(profile: DatasetProfile, target: Column, task: Task) -> Guess:
    """The inputs for a target whose task is known."""
    notes: list[str] = []
    numbers: list[Column] = []
    words: list[Column] = []
    for column in profile.columns:
        if column.name == target.name:
            continue
        reason = _why_left_out(column, profile.rows)
        if reason:
            notes.append(f"{column.name} is left out: {reason}.")
        else:
            (words if column.is_text else numbers).append(column)
    return Guess(task, target, tuple(numbers), tuple(words), tuple(notes))


def has_gaps(columns: tuple[Column, ...]) -> bool:
    return any(column.missing for column in columns)


def labels_of(target: Column) -> list[Any] | None:
    """All labels in order, where the profile shows every one of them."""
    if not target.top or len(target.top) != target.unique:
        return None
    return sorted((value for value, _ in target.top), key=lambda value: (isinstance(value, str), value))


def _counts_classes(target: Column, different: int, rows: int) -> bool:
    """Few whole numbers, each in many rows, are taken for classes."""
    return not _is_fractional(target) and different <= MOST_CLASSES and different * 10 <= rows


def _is_fractional(column: Column) -> bool:
    seen = [value for value, _ in column.top] + [column.min, column.max]
    return column.is_number and any(isinstance(value, float) and not value.is_integer() for value in seen)


def _why_left_out(column: Column, rows: int) -> str | None:
    different = column.unique if column.unique is not None else rows
    if len(column.name) > MOST_LETTERS or has_hidden_characters(column.name):
        return "its name is too long or holds invisible characters"
    if different <= 1:
        return "it has one value only"
    if column.is_time:
        return "it holds dates: bind it as a date"
    if column.is_image:
        return "it holds images: the template for photographs reads them"
    if column.items is not None:
        return "it holds lists: bind it as a sequence, or as sparse"
    if rows and column.missing / rows > MOST_GAPS:
        return f"{column.missing} of {rows} rows have no value"
    if _is_identifier(column, different, rows):
        return "it looks like an identifier, different in every row"
    if column.is_text and different > MOST_WORDS:
        return f"it has {different} different words, too many for one-hot"
    return None


def _is_identifier(column: Column, different: int, rows: int) -> bool:
    if different < max(rows - column.missing, 2) or not (column.is_text or column.dtype.startswith(("int", "uint"))):
        return False
    counts_up = isinstance(column.min, int) and isinstance(column.max, int) and column.max - column.min == rows - 1
    return column.is_text or counts_up or ID_NAME.search(column.name) is not None
