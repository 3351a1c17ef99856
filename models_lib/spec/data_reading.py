"""Reads inputs, targets and split as they are written, before any column is looked up."""

import re
from dataclasses import dataclass
from typing import Any

from models_lib.spec.bindings import Binding, Split, Target
from models_lib.spec.components import is_component
from models_lib.spec.dataset import DatasetProfile
from models_lib.spec.kinds import has_one_way
from models_lib.spec.objects import KerasObject
from models_lib.spec.places import Place
from models_lib.spec.sections import FAULTY, Reading
from models_lib.spec.unavailable import not_available

INPUTS, TARGETS, SPLIT = Place("/inputs"), Place("/targets"), Place("/split")
DEFAULT_VALIDATION = 0.2
PREPROCESSING = frozenset(
    {
        "CategoryEncoding", "CenterCrop", "Discretization", "Flatten", "Hashing", "IntegerLookup", "MelSpectrogram",
        "Normalization", "Permute", "Rescaling", "Reshape", "Resizing", "StringLookup", "STFTSpectrogram",
        "TextVectorization", "UnitNormalization",
    }
)  # fmt: skip


@dataclass(frozen=True)
class WrittenTarget:
    """A target as written; `output` is None where a single one is written without a name."""

    output: str | None
    target: Target
    place: Place
    source_place: Place


def read_split(reading: Reading, raw: Any) -> Split:
    """The split with its validation share settled."""
    fields = reading.mapping(raw, SPLIT, "split") if raw is not None else {}
    split = reading.closed(Split, fields, SPLIT, "split") or Split()
    if split.column is not None and (split.validation or split.test):
        message = "column says each row's part: leave validation and test out"
        reading.refuse(SPLIT.below("column").fault("bad_reference", message, found=split.column))
    for part in ("validation", "test"):
        if getattr(split, part) and getattr(split, f"{part}_dataset"):
            message = f"{part} and {part}_dataset exclude each other"
            reading.refuse(SPLIT.below(part).fault("bad_reference", message, found=getattr(split, part)))
    ways = [way for way in ("stratify", "group", "time", "column") if getattr(split, way)]
    if ways and not split.shuffle:
        message = f"{ways[0]} says which rows are held back: leave shuffle out"
        reading.refuse(SPLIT.below("shuffle").fault("bad_reference", message, found=False))
    if len(ways) > 1:
        message = f"{' and '.join(ways)} exclude each other"
        reading.refuse(SPLIT.below(ways[1]).fault("bad_reference", message, found=getattr(split, ways[1])))
    if split.validation is None:
        elsewhere = split.column is not None or split.validation_dataset is not None
        split = split.model_copy(update={"validation": 0.0 if elsewhere else DEFAULT_VALIDATION})
    if (split.validation or 0) + split.test >= 1:
        message = "validation and test together are less than 1: the rest is trained on"
        reading.refuse(SPLIT.fault("out_of_range", message, found=[split.validation, split.test]))
    return split


def read_inputs(reading: Reading, raw: Any, profile: DatasetProfile | None) -> dict[str, Binding]:
    """The bindings that are written."""
    fields = reading.mapping(raw, INPUTS, "inputs")
    read = [(name, _read_binding(reading, name, value, profile)) for name, value in fields.items()]
    return {_legal(name): binding for name, binding in read if binding is not None}


def _legal(name: str) -> str:
    """The name, or for one that was refused a name under which the rest is judged."""
    return name if is_tensor_name(name) else tensor_name(name, set())


def _read_binding(reading: Reading, name: str, raw: Any, profile: DatasetProfile | None) -> Binding | None:
    place = INPUTS.below(name)
    if not is_tensor_name(name):
        message = "an input's name has letters, digits, _ - . (at most 64): columns keep their own names"
        free = [{"op": "move", "from": place.pointer, "path": INPUTS.below(_legal(name)).pointer}]
        reading.refuse(place.fault("wrong_type", message, found=name, patch=free))
    if isinstance(raw, str | list):
        field = source_field(profile) if isinstance(raw, str) else "columns"
        message = f"an input is a mapping: {{{field}: {raw if isinstance(raw, str) else '[…]'}}}"
        reading.refuse(place.fault("wrong_type", message, found=raw, patch=place.replacing({field: raw})))
        return None
    fields = reading.mapping(raw, place, "an input")
    if "preprocess" in fields:
        fields["preprocess"] = _read_preprocess(reading, fields["preprocess"], place.below("preprocess"))
    binding = reading.closed(Binding, fields, place, "binding")
    if binding is None:
        return None
    return binding if has_one_way(reading, binding, place) else None


def _read_preprocess(reading: Reading, raw: Any, place: Place) -> tuple[KerasObject, ...]:
    """One layer or a list; null is none."""
    if raw is None:
        return ()
    items = raw if isinstance(raw, list | tuple) else [raw]
    at = [place.below(n) if isinstance(raw, list | tuple) else place for n in range(len(items))]
    layers = [reading.object(item, "layer", spot) for item, spot in zip(items, at, strict=True)]
    for layer, spot in zip(layers, at, strict=True):
        if layer is not FAULTY and layer.class_name not in PREPROCESSING and not is_component(layer.class_name):
            message = f"{layer.class_name} does not prepare data: put it into the model"
            allowed = tuple(sorted(PREPROCESSING))
            reading.refuse(spot.fault("unknown_name", message, found=layer.class_name, allowed=allowed))
    return tuple(layers)


def read_targets(reading: Reading, raw: Any, profile: DatasetProfile | None) -> list[WrittenTarget]:
    """The targets that are written, a plain string or a single target without a name too."""
    if raw == "none":
        reading.refuse(not_available(TARGETS, "training without targets is", found=raw))
        return []
    if isinstance(raw, str) or _is_single(raw):
        target = _read_target(reading, raw, TARGETS, profile)
        return [_written(None, target, raw, TARGETS)] if target else []
    fields = reading.mapping(raw, TARGETS, "targets")
    read = [(name, _read_target(reading, value, TARGETS.below(name), profile)) for name, value in fields.items()]
    return [_written(name, target, fields[name], TARGETS.below(name)) for name, target in read if target]


def _written(output: str | None, target: Target, raw: Any, place: Place) -> WrittenTarget:
    field = "column" if target.column is not None else "array"
    return WrittenTarget(output, target, place, place if isinstance(raw, str) else place.below(field))


def _is_single(raw: Any) -> bool:
    """{column: price, normalize: true}: its values are no targets themselves."""
    return isinstance(raw, dict) and any(isinstance(raw.get(field), str) for field in ("column", "array"))


def _read_target(reading: Reading, raw: Any, place: Place, profile: DatasetProfile | None) -> Target | None:
    if isinstance(raw, str):
        raw = {source_field(profile): raw}
    target = reading.closed(Target, reading.mapping(raw, place, "a target"), place, "target")
    if target is None or not isinstance(raw, dict):
        return None
    given = [field for field in ("column", "array") if getattr(target, field) is not None]
    if len(given) != 1:
        message = "a target has exactly one of column, array"
        reading.refuse(place.fault("missing", message, found=given, allowed=("column", "array")))
        return None
    if target.normalize and target.classes is not None:
        message = "normalize is for numbers, classes for labels: leave one out"
        reading.refuse(place.below("normalize").fault("wrong_type", message, found=True))
    if target.dtype is not None and (target.normalize or target.classes is not None):
        message = "dtype gives the values as they are: leave normalize and classes out, or dtype"
        reading.refuse(place.below("dtype").fault("wrong_type", message, found=target.dtype))
    return _checked_classes(reading, target, place)


def _checked_classes(reading: Reading, target: Target, place: Place) -> Target:
    classes = target.classes
    if isinstance(classes, tuple) and (len(set(classes)) < len(classes) or len(classes) < 2):
        message = "classes are two or more different labels, in the order of the output's units"
        reading.refuse(place.below("classes").fault("duplicate", message, found=list(classes)))
    return target


def source_field(profile: DatasetProfile | None) -> str:
    """What a source is called in this data set."""
    return "array" if profile is not None and profile.format == "npz" else "column"


def is_tensor_name(name: str) -> bool:
    return re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.\-]{0,63}", name) is not None


def tensor_name(column: str, taken: set[str]) -> str:
    """A name that Keras and every export accept, made of a column's; the column keeps its own."""
    stem = re.sub(r"[^A-Za-z0-9_.\-]+", "_", column).strip("_.-")[:48] or "input"
    name, count = stem, 0
    while name in taken:
        count += 1
        name = f"{stem}_{count}"
    return name
