"""Bindings that are more than numbers and words (images, text, lists): their options, and the columns they read."""

import re
from datetime import datetime
from typing import Any

from models_lib.spec.bindings import SOURCES, Binding
from models_lib.spec.dataset import Column
from models_lib.spec.places import Place
from models_lib.spec.sections import Reading

WAYS = ("columns", *SOURCES)
KERAS_SIZE = (256, 256)
LARGEST_OWN = 512
# Field -> its options, and what each is where it is left out.
OPTIONS: dict[str, dict[str, Any]] = {
    "image": {"image_size": None, "color_mode": "rgb", "crop_to_aspect_ratio": False, "interpolation": "bilinear"},
    "sequence": {"delimiter": None, "maxlen": None, "padding": "pre", "truncating": "pre", "value": None},
    "sparse": {"delimiter": None, "maxlen": None},
    "date": {"parts": None},
}
HOLDS = {
    "image": "images",
    "text": "words",
    "sequence": "lists or words between delimiters",
    "sparse": "lists or words between delimiters",
    "date": "dates",
}
PARTS_OF_A_DAY, PARTS_OF_A_TIME = ("days", "yearly", "weekly"), ("days", "yearly", "weekly", "daily")
# Fills up lists of whole numbers whose items are marked: no number of anybody's.
ABSENT = -(2**31)
LISTS = ("sequence", "sparse")
DELIMITERS = (",", ";", "|")
WHOLE, FRACTION = re.compile(r"[+-]?\d+"), re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


def way_of(binding: Binding) -> str:
    """The field that names the binding's source."""
    return next(field for field in WAYS if getattr(binding, field) is not None)


def has_one_way(reading: Reading, binding: Binding, place: Place) -> bool:
    """Whether exactly one field names a source, and every option is one of its own."""
    given = [field for field in WAYS if getattr(binding, field) is not None]
    if len(given) != 1:
        message = f"an input has exactly one of {', '.join(WAYS)}"
        reading.refuse(place.fault("missing", message, found=given, allowed=WAYS))
        return False
    own = OPTIONS.get(given[0], {})
    for option in (name for options in OPTIONS.values() for name in options):
        if option not in own and getattr(binding, option) is not None:
            owners = [field for field, options in OPTIONS.items() if option in options]
            message = f"{option} goes with {' or '.join(owners)}, and this input has {given[0]}"
            at = place.below(option)
            reading.refuse(at.fault("unknown_field", message, found=option, allowed=owners, patch=at.removing()))
    return True


def check_kind(reading: Reading, binding: Binding, columns: list[Column], place: Place) -> bool:
    """Whether the columns hold what the binding says; the mend is the other field."""
    way = way_of(binding)
    for column in columns:
        right = _right_way(column, way)
        if right == way:
            continue
        message = f"column {column.name!r} holds {_held(column)}, not {HOLDS.get(way, 'numbers or words')}"
        at = place.below(way)
        patch = at.renaming(right) if way != "columns" else None
        fault = at.fault("wrong_type", f"{message}: write {right}", found=column.dtype, allowed=right, patch=patch)
        reading.refuse(fault)
        return False
    if way in LISTS and binding.missing not in (None, "drop", ""):
        message = 'a missing list is no number: missing is drop, or "" for an empty list'
        reading.refuse(place.below("missing").fault("wrong_type", message, found=binding.missing, allowed=("drop", "")))
        return False
    if way == "date" and binding.missing not in (None, "drop") and not _is_date(binding.missing):
        message = "a missing date is drop, or a date to write there, like 2024-02-29"
        reading.refuse(place.below("missing").fault("wrong_type", message, found=binding.missing, allowed=("drop",)))
        return False
    if way == "image" and binding.missing not in (None, "drop"):
        message = "a missing image cannot be filled: missing is drop"
        reading.refuse(place.below("missing").fault("wrong_type", message, found=binding.missing, allowed=("drop",)))
        return False
    return True


def _right_way(column: Column, way: str) -> str:
    """The way that reads such a column, which is the one given where that can."""
    if column.is_image:
        return "image"
    if column.is_time:
        return "date"
    if column.items is not None:
        return way if way in LISTS else "sequence"
    return way if way not in HOLDS or (column.is_text and way not in ("image", "date")) else "column"


def _is_date(value: object) -> bool:
    try:
        return isinstance(value, str) and datetime.fromisoformat(value) is not None
    except ValueError:
        return False


def _held(column: Column) -> str:
    return "images" if column.is_image else "lists" if column.items else column.dtype


def settle_kind(binding: Binding, columns: list[Column]) -> Binding:
    """The binding with the options of its kind written out."""
    way = way_of(binding)
    options = {name: default for name, default in OPTIONS.get(way, {}).items() if getattr(binding, name) is None}
    if "image_size" in options:
        options["image_size"] = own_size(columns[0]) if columns else KERAS_SIZE
    if "parts" in options:
        is_day = bool(columns) and columns[0].dtype == "date"
        options["parts"] = PARTS_OF_A_DAY if is_day else PARTS_OF_A_TIME
    if way in LISTS:
        options |= _settle_list(binding, columns[0] if columns else None, options)
    return binding.model_copy(update=options) if options else binding


def own_size(column: Column) -> tuple[int, int]:
    """The size that all images have, unless it is large; else Keras' own default."""
    if len(column.top) != 1 or (column.unique or 0) > 1:
        return KERAS_SIZE
    height, width = (int(side) for side in str(column.top[0][0]).split("x"))
    return (height, width) if max(height, width) <= LARGEST_OWN else KERAS_SIZE


def item_type(binding: Binding, column: Column | None) -> str:
    """The type of a list's items: the column's, or what its first few words look like."""
    if binding.dtype is not None:
        return "string" if binding.dtype == "string" else "int64" if binding.dtype.startswith("int") else "float64"
    if column is None:
        return "int64"
    if column.items is not None:
        return "int64" if column.items == "bool" else column.items
    words = [word for text in _texts(column) for word in text.split(binding.delimiter or own_delimiter(column))]
    words = [word.strip() for word in words if word.strip()]
    if words and all(WHOLE.fullmatch(word) for word in words):
        return "int64"
    return "float64" if words and all(FRACTION.fullmatch(word) for word in words) else "string"


def own_delimiter(column: Column) -> str:
    """The first delimiter that stands in one of the first few rows, or a space."""
    return next((sign for sign in DELIMITERS if any(sign in text for text in _texts(column))), " ")


def _texts(column: Column) -> list[str]:
    return [str(value) for value in (*column.examples, *(value for value, _ in column.top))]


def _settle_list(binding: Binding, column: Column | None, options: dict[str, Any]) -> dict[str, Any]:
    """Where the words part, how long the longest is, and what fills the others up."""
    settled: dict[str, Any] = {}
    is_delimited = column is not None and column.items is None
    if "delimiter" in options:
        settled["delimiter"] = own_delimiter(column) if column is not None and is_delimited else None
    if "maxlen" in options:
        settled["maxlen"] = max(1, column.longest) if column is not None and column.longest is not None else None
    if "value" in options:
        settled["value"] = "" if item_type(binding, column) == "string" else 0
    return settled
