"""Windows over time series: read, lifted to the whole run, and checked against the columns and the split."""

from collections.abc import Mapping
from typing import Any

from models_lib.spec.bindings import Binding, Split, Target, Windows
from models_lib.spec.columns import find_column
from models_lib.spec.data_reading import INPUTS, SPLIT
from models_lib.spec.dataset import DatasetProfile
from models_lib.spec.faults import join_pointer
from models_lib.spec.places import Place
from models_lib.spec.sections import Reading

WINDOWS = Place("/windows")


def lift_windows(reading: Reading, document: dict[str, Any]) -> dict[str, Any]:
    """The document with windows written in its inputs moved beside them: they cut every input alike."""
    inputs = document.get("inputs")
    if not isinstance(inputs, Mapping):
        return document
    found = {name: part["windows"] for name, part in inputs.items() if isinstance(part, Mapping) and "windows" in part}
    if not found:
        return document
    first, *others = found.values()
    for name in inputs:
        if found.get(name, first) != document.get("windows", first) or (others and found.get(name) != first):
            message = "windows cut every input alike: write one `windows` beside `inputs`"
            reading.refuse(INPUTS.below(name).fault("bad_reference", message, found=found.get(name)))
    bare = {
        name: {key: value for key, value in part.items() if key != "windows"} if isinstance(part, Mapping) else part
        for name, part in inputs.items()
    }
    return document | {"inputs": bare, "windows": document.get("windows", first)}


def read_windows(reading: Reading, raw: Any) -> Windows | None:
    """The windows of the run; None where there are none."""
    if raw is None:
        return None
    return reading.closed(Windows, reading.mapping(raw, WINDOWS, "windows"), WINDOWS, "windows")


def split_in_time(reading: Reading, split: Split, windows: Windows | None) -> Split:
    """The split that windows need: whole stretches, the latest held back, unless the spec says which rows."""
    if windows is None:
        return split
    if split.stratify is not None:
        message = "windows need whole stretches of rows, which stratify scatters: leave it out"
        place = SPLIT.below("stratify")
        reading.refuse(place.fault("bad_reference", message, found=split.stratify, patch=place.removing()))
    if split.time or split.group or split.column or windows.time is None:
        return split
    return split.model_copy(update={"time": windows.time})


def check_windows(
    reading: Reading,
    windows: Windows | None,
    profile: DatasetProfile | None,
    inputs: Mapping[str, Binding],
    targets: Mapping[str, Target],
) -> None:
    """Whether its columns are there, and every row stays where it is."""
    if windows is None:
        return
    for part, bound in (("inputs", inputs), ("targets", targets)):
        for name, use in bound.items():
            if use.missing == "drop":
                message = "windows need every row: fill the gaps, or ignore a target's (missing: ignore)"
                pointer = join_pointer("", part, name, "missing")
                reading.refuse(Place(pointer).fault("bad_reference", message, found="drop"))
    if profile is None:
        return
    for field in ("time", "by"):
        name = getattr(windows, field)
        column = find_column(reading, name, profile, WINDOWS.below(field)) if name is not None else None
        if column is not None and (column.missing or (field == "time" and column.is_text)):
            reason = f"has {column.missing} rows without a value" if column.missing else f"holds {column.dtype}"
            message = f"{field}: column {name!r} {reason}, which has no place in a series"
            reading.refuse(WINDOWS.below(field).fault("bad_data", message, found=name))
    if windows.reach >= profile.rows:
        message = f"a window with its target takes {windows.reach + 1} rows, and the data set has {profile.rows}"
        reading.refuse(WINDOWS.below("sequence_length").fault("out_of_range", message, found=windows.sequence_length))
