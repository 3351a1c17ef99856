"""Whether the columns that a spec names exist, are of one type, and have no gaps that nobody decided on."""

from collections.abc import Iterable
from typing import Any

from models_lib.spec.bindings import Binding, Split, Target
from models_lib.spec.data_reading import INPUTS, SPLIT, WrittenTarget, source_field
from models_lib.spec.dataset import Column, DatasetProfile
from models_lib.spec.kinds import LISTS, check_kind, way_of
from models_lib.spec.labels import label_key
from models_lib.spec.names import did_you_mean, is_certain, nearest
from models_lib.spec.places import Place
from models_lib.spec.sections import Reading
from models_lib.spec.training import Fit

NUMBERS_ONLY = ("mean", "median")
PARTS = frozenset({"train", "validation", "test"})
FILLS = ("drop", "mean", "median", "most_frequent")


def find_column(reading: Reading, name: str, profile: DatasetProfile, place: Place) -> Column | None:
    """The column, or a fault that names the nearest."""
    found = profile.by_name.get(name)
    if found is None:
        known = tuple(profile.by_name)
        near = nearest(name, known)
        mend = place.replacing(near) if near and is_certain(name, near) else None
        what = source_field(profile)
        message = f"the data set has no {what} {name[:80]!r}{did_you_mean(near)}"
        fault = place.fault("bad_reference", message, found=name, allowed=known, did_you_mean=near, patch=mend)
        reading.refuse(fault)
    return found


def check_binding(
    reading: Reading, name: str, binding: Binding, profile: DatasetProfile, *, written: bool
) -> list[Column]:
    """The binding's columns; where inputs were left out, faults point at `inputs`."""
    place = INPUTS.below(name) if written else INPUTS
    if not _has_right_field(reading, binding, profile, place):
        return []
    columns: list[Column] = []
    for n, source in enumerate(binding.sources):
        column = find_column(reading, source, profile, _source_place(binding, place, n) if written else place)
        if column is not None:
            columns.append(column)
            _check_gaps(reading, column, binding, _source_place(binding, place, n) if written else place)
    if binding.columns and len(set(binding.columns)) < len(binding.columns):
        message = "a column is named twice"
        reading.refuse(place.below("columns").fault("duplicate", message, found=list(binding.columns)))
    if check_kind(reading, binding, columns, place):
        _check_types(reading, columns, binding, place)
    return columns if len(columns) == len(binding.sources) else []


def _has_right_field(reading: Reading, binding: Binding | Target, profile: DatasetProfile, place: Place) -> bool:
    wrong = "array" if profile.format != "npz" else "columns" if getattr(binding, "columns", None) else "column"
    if getattr(binding, wrong, None) is None:
        return True
    right = source_field(profile)
    message = f"a {profile.format} data set has {right}s: write {right}"
    at = place.below(wrong)
    patch = at.renaming(right) if wrong != "columns" else None
    reading.refuse(at.fault("wrong_type", message, found=wrong, allowed=right, did_you_mean=right, patch=patch))
    return False


def _source_place(binding: Binding, place: Place, n: int) -> Place:
    if binding.columns is not None:
        return place.below("columns", n)
    return place.below(way_of(binding))


def _check_gaps(reading: Reading, column: Column, binding: Binding, place: Place) -> None:
    if column.missing and binding.missing is None:
        word, *others = fills_of(binding, column)
        advice = f"write missing: {word}" + (f" (or {', '.join(others)})" if others else "")
        message = f"column {column.name!r} has {column.missing} rows without a value: {advice}"
        found = {"column": column.name, "missing": column.missing}
        reading.refuse(place.fault("bad_data", message, found=found, allowed=(word, *others)))


def fills_of(binding: Binding, column: Column) -> tuple[str, ...]:
    """What may be done about gaps, the soundest first: no other fill is taken later."""
    if column.is_image:
        return ("drop",)
    if way_of(binding) in LISTS:
        return ('""', "drop")
    if column.is_time:
        return ("drop", "a date")
    if binding.text:
        return ('""', "drop", "a text")
    return (
        ("most_frequent", "drop", "a word")
        if column.is_text
        else ("median", "drop", "mean", "most_frequent", "a value")
    )


def _check_types(reading: Reading, columns: list[Column], binding: Binding, place: Place) -> None:
    text = {column.is_text for column in columns if not column.is_time}
    if len(text) > 1:
        words = [column.name for column in columns if column.is_text]
        message = f"words and numbers do not share a tensor: give {', '.join(map(repr, words))} an input of its own"
        reading.refuse(place.fault("wrong_type", message, found=words))
        return
    if columns and len(text) == 1 and way_of(binding) not in ("image", *LISTS):
        _check_fill(reading, columns, binding, place, is_text=text.pop())


def _check_fill(reading: Reading, columns: list[Column], binding: Binding, place: Place, *, is_text: bool) -> None:
    fill = binding.missing
    if is_text and (fill in NUMBERS_ONLY or isinstance(fill, int | float)):
        message = f"column {columns[0].name!r} holds words: missing is drop, most_frequent or a word"
        reading.refuse(
            place.below("missing").fault("wrong_type", message, found=fill, allowed=("drop", "most_frequent"))
        )
    if not is_text and isinstance(fill, str) and fill not in FILLS:
        near = nearest(fill, FILLS)
        message = (
            f"column {columns[0].name!r} holds numbers: missing is {', '.join(FILLS)} or a number{did_you_mean(near)}"
        )
        reading.refuse(
            place.below("missing").fault("wrong_type", message, found=fill, allowed=FILLS, did_you_mean=near)
        )
    if binding.dtype is not None and (binding.dtype == "string") != is_text:
        message = f"column {columns[0].name!r} holds {columns[0].dtype}, which is never read as {binding.dtype}"
        reading.refuse(place.below("dtype").fault("wrong_type", message, found=binding.dtype))


def check_target(reading: Reading, written: WrittenTarget, profile: DatasetProfile) -> Column | None:
    """The target's column, checked; None where it is not there."""
    target, place = written.target, written.place
    if not _has_right_field(reading, target, profile, place):
        return None
    column = find_column(reading, target.source, profile, written.source_place)
    if column is None:
        return None
    if column.missing and target.missing is None:
        message = (
            f"target {column.name!r} has {column.missing} rows without a value: write missing: drop "
            "(leave those rows out) or missing: ignore (for this output alone)"
        )
        found = {"column": column.name, "missing": column.missing}
        reading.refuse(place.fault("bad_data", message, found=found, allowed=("drop", "ignore")))
    if column.is_time or column.is_image or column.items:
        held = "dates" if column.is_time else "images" if column.is_image else "lists"
        reading.refuse(
            place.fault("not_available", f"target {column.name!r} holds {held}: not available in this version")
        )
    if target.normalize and not column.is_number:
        message = f"target {column.name!r} holds {column.dtype}: normalize is for numbers"
        reading.refuse(place.below("normalize").fault("wrong_type", message, found=True))
    _check_labels(reading, target, column, place)
    return column


def _check_labels(reading: Reading, target: Target, column: Column, place: Place) -> None:
    """Labels of the column that `classes` leaves out, as far as the profile shows them."""
    if not isinstance(target.classes, tuple):
        return
    known = {label_key(label) for label in target.classes}
    strangers = [(value, count) for value, count in column.top if label_key(value) not in known]
    if strangers:
        value, count = strangers[0]
        message = f"{count} rows of {column.name!r} hold {value!r}, which is none of classes"
        reading.refuse(place.below("classes").fault("bad_data", message, found=value, allowed=target.classes))


def check_split(reading: Reading, split: Split, profile: DatasetProfile) -> None:
    """The columns that the split names, and whether each part has a row."""
    for field in ("stratify", "group", "time", "column"):
        name = getattr(split, field)
        column = find_column(reading, name, profile, SPLIT.below(field)) if name is not None else None
        reason = _why_not_split_by(field, column, profile.rows) if column is not None else None
        if column is not None and reason is not None:
            message = f"{field}: column {column.name!r} {reason}"
            reading.refuse(SPLIT.below(field).fault("bad_data", message, found=column.name))
    for part in ("validation", "test"):
        share = getattr(split, part)
        if share and round(profile.rows * share) < 1:
            message = f"{part}: {share} of {profile.rows} rows is not one row"
            reading.refuse(SPLIT.below(part).fault("out_of_range", message, found=share))


def _why_not_split_by(field: str, column: Column, rows: int) -> str | None:
    if field == "time" and column.is_text:
        return f"holds {column.dtype}, which has no order in time"
    if field == "stratify" and (column.unique or 0) > rows / 2:
        return f"has {column.unique} different values in {rows} rows"
    words = {str(value) for value, _ in column.top}
    if field == "column" and words and not words <= PARTS:
        return f"holds {sorted(words - PARTS)[0]!r}: each row's part is {', '.join(sorted(PARTS))}"
    return None


def check_other_dataset(reading: Reading, used: Iterable[Column], other: DatasetProfile, place: Place) -> None:
    """Whether a validation or test data set has the columns that are used of the training one, of the same kind."""
    for column in used:
        found = other.by_name.get(column.name)
        if found is None:
            message = f"the data set has no column {column.name!r}, which the training data has"
            reading.refuse(place.fault("bad_data", message, found=column.name, allowed=tuple(other.by_name)))
        elif (found.is_text, found.is_image, found.items) != (column.is_text, column.is_image, column.items):
            message = f"column {column.name!r} holds {found.dtype} there and {column.dtype} in the training data"
            reading.refuse(place.fault("bad_data", message, found=found.dtype, allowed=column.dtype))


def check_weights_of_rows(reading: Reading, fit: Fit, outputs: tuple[str, ...], profile: DatasetProfile) -> None:
    """The columns with the rows' weights, one for all outputs or one for each that is named."""
    place = Place("/fit/sample_weight")
    if isinstance(fit.sample_weight, str):
        return check_weight(reading, fit.sample_weight, profile, place)
    for output, name in (fit.sample_weight or {}).items():
        if output not in outputs:
            message = f"the model has no output {output[:80]!r} with a target"
            reading.refuse(place.below(output).fault("bad_reference", message, found=output, allowed=outputs))
        check_weight(reading, name, profile, place.below(output))
    return None


def check_weight(reading: Reading, name: str, profile: DatasetProfile, place: Place) -> None:
    """The column with the rows' weights: numbers, none missing, none negative."""
    column = find_column(reading, name, profile, place)
    if column is None:
        return
    least: Any = column.min
    if not column.is_number or column.missing or (isinstance(least, int | float) and least < 0):
        message = f"column {name!r} cannot weigh rows: weights are numbers from 0 on, in every row"
        reading.refuse(place.fault("bad_data", message, found={"dtype": column.dtype, "missing": column.missing}))
