"""Constants as arguments: their kinds, their bounds, and the strings that no spec may carry."""

import re
import unicodedata
from typing import Any

from models_lib.spec.catalog import Argument
from models_lib.spec.faults import Fault
from models_lib.spec.names import did_you_mean, is_certain, nearest
from models_lib.spec.places import Place, shorten

MAX_NUMBER = 2**53
MAX_COUNT = 2**31 - 1
MAX_ITEMS = 100_000
MAX_TEXT = 10_000
MAX_DEPTH = 8
RESERVED_KEYS = frozenset({"module", "registered_name", "class_name", "__class__", "__lambda__", "build_config"})
PATH_OR_URL = re.compile(
    r"^(~[\w/]*|\.{0,2}/[^\s/]+.*|[A-Za-z]:\\.*|\\\\.*|[A-Za-z][A-Za-z0-9+.\-]*://.*|(file|data|gs|s3):.*)$", re.DOTALL
)
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cn", "Co", "Cs"})
KIND_NAMES = {
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "string": "a string",
    "list": "a list",
    "dict": "a mapping",
}


def check_constant(argument: Argument, value: Any, place: Place) -> Fault | None:
    """What is wrong with a constant given for an argument, if anything."""
    fault = check_content(value, place)
    if fault is not None or (value is None and not argument.required):
        return fault
    if argument.kinds and not _fits(value, argument.kinds):
        allowed = " or ".join(KIND_NAMES[kind] for kind in sorted(argument.kinds))
        message = f"{argument.name} takes {allowed}, not {shorten(value)!r}"
        return place.fault("wrong_type", message, found=value, allowed=allowed)
    if argument.choices and isinstance(value, str) and value not in argument.choices:
        return _wrong_choice(argument, value, place)
    if argument.minimum is not None and isinstance(value, int) and not argument.minimum <= value <= MAX_COUNT:
        allowed = f"{argument.minimum} to {MAX_COUNT}"
        message = f"{argument.name} is a whole number from {allowed}, not {value}"
        return place.fault("out_of_range", message, found=value, allowed=allowed)
    return None


def check_content(value: Any, place: Place, depth: int = 0) -> Fault | None:
    """What no constant may hold, whichever argument it is for: the first of it that is found."""
    match value:
        case None | bool():
            return None
        case int() | float():
            return _check_number(value, place)
        case str():
            return _check_text(value, place)
        case list() | dict() if depth >= MAX_DEPTH:
            return place.fault("too_large", f"values are nested at most {MAX_DEPTH} deep")
        case list() | dict() if len(value) > MAX_ITEMS:
            return place.fault("too_large", f"a list has at most {MAX_ITEMS} items, this one has {len(value)}")
        case list():
            found = (check_content(item, place.below(n), depth + 1) for n, item in enumerate(value))
            return next((fault for fault in found if fault), None)
        case dict():
            return _check_mapping(value, place, depth)
        case _:
            return place.fault("wrong_type", "only numbers, strings, lists and mappings belong here", found=value)


def has_hidden_characters(text: str) -> bool:
    """True for text that shows other than it is: control, format, private and unassigned characters."""
    if CONTROL.search(text):
        return True
    return not text.isascii() and any(unicodedata.category(c) in HIDDEN_CATEGORIES for c in text)


def _check_mapping(value: dict[str, Any], place: Place, depth: int) -> Fault | None:
    for key, member in value.items():
        if not isinstance(key, str) or key in RESERVED_KEYS:
            return place.below(key).fault("forbidden", f"{key!r} is not allowed in a value", found=key)
        fault = check_content(member, place.below(key), depth + 1)
        if fault:
            return fault
    return None


def _check_number(value: float, place: Place) -> Fault | None:
    if value != value or abs(value) > (MAX_NUMBER if isinstance(value, int) else 1e300):
        return place.fault("out_of_range", f"numbers are finite and no larger than {MAX_NUMBER}", found=str(value)[:40])
    return None


def _check_text(value: str, place: Place) -> Fault | None:
    if len(value) > MAX_TEXT:
        return place.fault("too_large", f"a string has at most {MAX_TEXT} characters, this one has {len(value)}")
    if has_hidden_characters(value):
        return place.fault("forbidden", "control and invisible characters are not allowed", found=value)
    if PATH_OR_URL.match(value):
        return place.fault("forbidden", "paths and URLs are not allowed in a spec", found=value)
    return None


def _fits(value: Any, kinds: frozenset[str]) -> bool:
    match value:
        case bool():
            return "bool" in kinds
        case int():
            return bool(kinds & {"int", "float"})
        case float():
            return "float" in kinds
        case str():
            return "string" in kinds
        case list():
            return "list" in kinds
        case _:
            return "dict" in kinds


def _wrong_choice(argument: Argument, value: str, place: Place) -> Fault:
    near = nearest(value, argument.choices)
    message = f"{argument.name} has no choice {value!r}{did_you_mean(near)}"
    mend = place.replacing(near) if near and is_certain(value, near) else None
    return place.fault("unknown_name", message, found=value, allowed=argument.choices, did_you_mean=near, patch=mend)
