"""Values as Python text: constants, containers of them, and Keras' small objects by their configuration."""

import math
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

MOST_CHARACTERS = 100_000
MOST_DEPTH = 20
STATELESS = ("losses.Loss", "initializers.Initializer", "regularizers.Regularizer", "constraints.Constraint",
             "optimizers.schedules.LearningRateSchedule")  # fmt: skip


class NoText(Exception):
    """A value that no text stands for."""


@dataclass(frozen=True)
class Written:
    """An expression, and the name in it that must be there before: the class of one of Keras' objects."""

    text: str
    cls: type | None = None


def write_value(value: Any) -> Written:
    """The expression; raises NoText."""
    if is_small_keras_object(value):
        return _write_object(value)
    text = write_literal(value)
    if len(text) > MOST_CHARACTERS:
        raise NoText(f"it is {len(text)} characters long")
    return Written(text)


def write_literal(value: Any, depth: int = 0) -> str:
    """Constants, and lists, tuples, dicts and sets of them; equal values have one text. Raises NoText."""
    if depth > MOST_DEPTH:
        raise NoText("it holds itself, or is too deep")
    if value is None or value is ... or type(value) in (bool, int, str, bytes, range):
        return repr(value)
    if type(value) is float:
        return repr(value) if math.isfinite(value) else f'float("{value}")'
    write = WRITERS.get(type(value))
    if write is None:
        raise NoText(f"it is {describe(value)}")
    return write(value, depth + 1)


def _write_complex(value: complex, depth: int) -> str:
    return f"complex({write_literal(value.real)}, {write_literal(value.imag)})"


def _write_list(value: list[Any], depth: int) -> str:
    return f"[{_joined(value, depth)}]"


def _write_tuple(value: tuple[Any, ...], depth: int) -> str:
    return f"({_joined(value, depth)}{',' if len(value) == 1 else ''})"


def _write_dict(value: Mapping[Any, Any], depth: int) -> str:
    pairs = (f"{write_literal(key, depth)}: {write_literal(part, depth)}" for key, part in value.items())
    return "{" + ", ".join(pairs) + "}"


def _write_set(value: set[Any] | frozenset[Any], depth: int) -> str:
    parts = ", ".join(sorted(write_literal(part, depth) for part in value))
    return f"{type(value).__name__}([{parts}])"


def _write_slice(value: slice, depth: int) -> str:
    return f"slice({_joined((value.start, value.stop, value.step), depth)})"


def _joined(values: Iterable[Any], depth: int) -> str:
    return ", ".join(write_literal(part, depth) for part in values)


WRITERS: dict[type, Callable[[Any, int], str]] = {
    complex: _write_complex,
    list: _write_list,
    tuple: _write_tuple,
    dict: _write_dict,
    set: _write_set,
    frozenset: _write_set,
    slice: _write_slice,
}


def is_small_keras_object(value: Any) -> bool:
    """A loss, initializer, regularizer, constraint or schedule: what its configuration says is all that it is."""
    kinds = [_keras_class(path) for path in STATELESS]
    return not isinstance(value, type) and any(kind is not None and isinstance(value, kind) for kind in kinds)


def _keras_class(path: str) -> type | None:
    found: Any = sys.modules.get("keras")
    for part in path.split("."):
        found = getattr(found, part, None)
    return found if isinstance(found, type) else None


def _write_object(value: Any) -> Written:
    """`Huber.from_config({…})`; the class stands for `{cls}`."""
    try:
        config = value.get_config()
    except Exception as error:
        raise NoText(f"its get_config raises {type(error).__name__}: {error}") from error
    return Written(".from_config(" + write_literal(config) + ")", type(value))


def describe(value: Any) -> str:
    """What a value is, for a message: `a numpy.ndarray`."""
    module, name = type(value).__module__, type(value).__qualname__
    full = name if module == "builtins" else f"{module.partition('.')[0]}'s {name}"
    return f"an object of type {full}"
