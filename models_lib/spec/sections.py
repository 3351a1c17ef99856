"""Reads one section of a document into its closed type, with every fault of it and not the first one only."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from models_lib.spec.bindings import Closed
from models_lib.spec.components import Components
from models_lib.spec.faults import Fault, FaultCode, Warning
from models_lib.spec.names import did_you_mean, is_certain, join_names, nearest
from models_lib.spec.object_reading import ObjectReader
from models_lib.spec.objects import Family, KerasObject
from models_lib.spec.places import Patch, Place
from models_lib.spec.unavailable import ADVICE, MOVED, NOT_AVAILABLE, not_available

Part = TypeVar("Part", bound=Closed)
FAULTY = KerasObject(class_name="?")  # stands in for an object that was refused, so that the rest is still judged
RANGE_ERRORS = ("greater_than", "less_than", "too_long", "too_short", "finite_number", "multiple_of")


class Reading:
    """One reading of one document: the faults, the warnings and the reader of objects."""

    def __init__(self, components: Components | None = None) -> None:
        self.faults: list[Fault] = []
        self.warnings: list[Warning] = []
        self.objects = ObjectReader(self.faults, components)
        self.fields: dict[str, type[Closed]] = {}
        self.document: Mapping[str, Any] = {}
        self.has_open_curves = False

    def refuse(self, fault: Fault) -> None:
        self.faults.append(fault)

    def warn(self, place: Place, message: str) -> None:
        self.warnings.append(Warning(pointer=place.pointer, message=message))

    def object(self, value: Any, family: Family, place: Place) -> KerasObject:
        """The object, or a stand-in where it was refused."""
        return self.objects.read(value, family, place) or FAULTY

    def several(self, values: Sequence[Any], family: Family, place: Place, *, most: int) -> list[KerasObject]:
        """The objects of a list; a longer one is refused before its items are read."""
        if len(values) > most:
            message = f"a list of {family}s has at most {most} items, this one has {len(values)}"
            self.refuse(place.fault("too_large", message, found=len(values), allowed=f"at most {most}"))
            return []
        return [self.object(value, family, place.below(n)) for n, value in enumerate(values)]

    def mapping(self, value: Any, place: Place, what: str) -> dict[str, Any]:
        """The value as a mapping by string; refused and read as empty where it is none."""
        if isinstance(value, Mapping):
            return {str(key): member for key, member in value.items()}
        self.refuse(place.fault("wrong_type", f"{what} is a mapping", found=value, allowed="a mapping"))
        return {}

    def closed(self, part: type[Part], raw: Mapping[str, Any], place: Place, section: str) -> Part | None:
        """The section in its type. What is faulty is reported, dropped, and the rest read; None if it cannot be."""
        rest = self._known_fields(part, raw, place, section)
        for _ in range(8):
            try:
                return part.model_validate(rest)
            except ValidationError as error:
                grouped = _by_place(error.errors(include_url=False), rest)
                self.faults += [_typed_fault(place.below(*at), errors) for at, errors in grouped.items()]
                pruned = _without(rest, grouped)
                if pruned == rest:
                    return None
                rest = pruned
        return None

    def _known_fields(self, part: type[Closed], raw: Mapping[str, Any], place: Place, section: str) -> dict[str, Any]:
        known: dict[str, Any] = {}
        for key, value in raw.items():
            if key in part.model_fields:
                known[key] = value
            else:
                self.refuse(self._unknown_field(tuple(part.model_fields), key, value, place.below(key), section))
        return known

    def _unknown_field(self, allowed: tuple[str, ...], key: str, value: Any, place: Place, section: str) -> Fault:
        if key in NOT_AVAILABLE.get(section, {}):
            return not_available(place, NOT_AVAILABLE[section][key], found=value)
        if (section, key) in ADVICE:
            message = f"{section} has no {key}: {ADVICE[section, key]}"
            return place.fault("unknown_field", message, found=key, allowed=allowed, patch=place.removing())
        home = MOVED.get((section, key)) or self._home_of(key, section)
        if home is not None:
            message = f"{key} belongs at {home[1:].replace('/', '.')}"
            patch = self._moving(place, home)
            return place.fault("unknown_field", message, found=key, allowed=allowed, did_you_mean=home, patch=patch)
        near = nearest(key, allowed)
        mend = place.renaming(near) if near and is_certain(key, near) else None
        message = f"{section} has no field {key[:80]!r}{did_you_mean(near)}"
        return place.fault("unknown_field", message, found=key, allowed=allowed, did_you_mean=near, patch=mend)

    def _moving(self, place: Place, home: str) -> Patch | None:
        """The patch that moves a field home, its section made where there is none; None where it would replace one."""
        section, _, field = home[1:].rpartition("/")
        present = self.document.get(section) if section else self.document
        if present is not None and (not isinstance(present, Mapping) or field in present):
            return None
        made: Patch = [{"op": "add", "path": f"/{section}", "value": {}}] if present is None else []
        return [*made, {"op": "move", "from": place.pointer, "path": home}]

    def _home_of(self, key: str, section: str) -> str | None:
        homes = [name for name, part in self.fields.items() if key in part.model_fields and name != section]
        return f"/{homes[0]}/{key}" if len(homes) == 1 and section in (*self.fields, "spec") else None


def _by_place(errors: Sequence[ErrorDetails], raw: Any) -> dict[tuple[str | int, ...], list[ErrorDetails]]:
    """Errors by the place in the document; labels of union branches are no part of it."""
    grouped: dict[tuple[str | int, ...], list[ErrorDetails]] = defaultdict(list)
    for error in errors:
        grouped[_path(error, raw)].append(error)
    return grouped


def _path(error: ErrorDetails, raw: Any) -> tuple[str | int, ...]:
    path: list[str | int] = []
    for step in error["loc"]:
        if _has(raw, step):
            raw = raw[step]
            path.append(step)
        elif error["type"] == "missing" and step == error["loc"][-1]:
            path.append(step)
    return tuple(path)


def _has(raw: Any, step: str | int) -> bool:
    if isinstance(raw, Mapping):
        return step in raw
    return isinstance(raw, list | tuple) and isinstance(step, int) and step < len(raw)


def _without(raw: dict[str, Any], places: Mapping[tuple[str | int, ...], list[ErrorDetails]]) -> dict[str, Any]:
    """A copy without the faulty members; a faulty item of a list takes the list with it."""
    copy = dict(raw)
    for place in places:
        if not place:
            continue
        head, tail = str(place[0]), place[1:]
        member = copy.get(head)
        if tail and isinstance(member, Mapping):
            copy[head] = _without(dict(member), {tail: []})
        else:
            copy.pop(head, None)
    return copy


def _typed_fault(place: Place, errors: list[ErrorDetails]) -> Fault:
    kind, name = errors[0]["type"], place.pointer.rpartition("/")[2]
    if kind == "missing":
        return place.fault("missing", f"{name} is missing", allowed=name)
    if kind == "string_pattern_mismatch":
        message = "a name has letters, digits, _ - . and begins with a letter, a digit or _ (at most 64)"
        return place.fault("wrong_type", message, found=errors[0]["input"], allowed=errors[0]["ctx"]["pattern"])
    allowed = " or ".join(dict.fromkeys(_allowed(error) for error in errors))
    found = errors[0]["input"]
    code: FaultCode = "out_of_range" if kind.startswith(RANGE_ERRORS) else "wrong_type"
    choices = errors[0].get("ctx", {}).get("expected", "") if kind == "literal_error" else ""
    names = [word.strip(" '") for word in choices.replace(" or ", ",").split(",") if word.strip()]
    near = nearest(found, names) if isinstance(found, str) else None
    mend = place.replacing(near) if near and is_certain(str(found), near) else None
    message = f"{name} is {allowed}{did_you_mean(near)}"
    return place.fault(code, message, found=found, allowed=names or allowed, did_you_mean=near, patch=mend)


def _allowed(error: ErrorDetails) -> str:
    """What pydantic expected, in the words of the other messages."""
    match error["type"]:
        case "literal_error":
            return str(error["ctx"]["expected"]).replace("'", "")
        case "int_type" | "int_from_float" | "int_parsing":
            return "a whole number"
        case "float_type" | "float_parsing":
            return "a number"
        case "bool_type" | "bool_parsing":
            return "true or false"
        case "string_type":
            return "a string"
        case "tuple_type" | "list_type":
            return "a list"
        case "dict_type" | "model_type" | "model_attributes_type":
            return "a mapping"
        case _:
            return error["msg"].removeprefix("Input should be ").lower()


def listed(names: Sequence[str]) -> str:
    """Names for a message, or a word where there are none."""
    return join_names(names) or "none"
