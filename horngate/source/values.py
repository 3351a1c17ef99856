"""Values as Python text: constants, containers of them, and objects that are all that their configuration says."""

import dataclasses
import enum
import functools
import logging
import math
import sys
import typing
from collections.abc import Callable, Iterable
from typing import Any

MOST_CHARACTERS = 100_000
MOST_DEPTH = 20
STATELESS = ("losses.Loss", "initializers.Initializer", "regularizers.Regularizer", "constraints.Constraint",
             "optimizers.schedules.LearningRateSchedule", "random.SeedGenerator")  # fmt: skip


class NoText(Exception):
    """A value that no text stands for."""


class ValueWriter:
    """Writes values; `name_of` gives the expression of a class or function, None where it has none."""

    def __init__(self, name_of: Callable[[Any], str | None]) -> None:
        self.name_of = name_of
        self.modules: set[str] = set()
        """Installed modules that the texts call `_module`."""

    def write(self, value: Any) -> str:
        """The expression; equal values have one text. Raises NoText."""
        text = self._write(value, 0)
        if len(text) > MOST_CHARACTERS:
            raise NoText(f"it is {len(text)} characters long")
        return text

    def _write(self, value: Any, depth: int) -> str:
        if depth > MOST_DEPTH:
            raise NoText("it holds itself, or is too deep")
        plain = write_constant(value)
        if plain is not None:
            return plain
        text = self._write_container(value, depth + 1)
        return text if text is not None else self._write_object(value, depth + 1)

    def _write_container(self, value: Any, depth: int) -> str | None:
        kind = type(value)
        if kind is list:
            return f"[{self._joined(value, depth)}]"
        if kind is tuple:
            return f"({self._joined(value, depth)}{',' if len(value) == 1 else ''})"
        if kind is dict:
            return "{" + ", ".join(f"{self._write(k, depth)}: {self._write(v, depth)}" for k, v in value.items()) + "}"
        if kind in (set, frozenset):
            return f"{kind.__name__}([{', '.join(sorted(self._write(part, depth) for part in value))}])"
        if kind is slice:
            return f"slice({self._joined((value.start, value.stop, value.step), depth)})"
        return None

    def _joined(self, values: Iterable[Any], depth: int) -> str:
        return ", ".join(self._write(part, depth) for part in values)

    def _write_object(self, value: Any, depth: int) -> str:
        if isinstance(value, enum.Enum):
            return f"{self._name(type(value))}.{value.name}"
        if isinstance(value, functools.partial):
            return self._write_partial(value, depth)
        if is_small_keras_object(value):
            return f"{self._name(type(value))}.from_config({self._write(config_of(value), depth)})"
        if isinstance(value, typing.TypeVar):
            return f"{self._module('typing')}.TypeVar({value.__name__!r})"
        if isinstance(value, logging.Logger):
            return f"{self._module('logging')}.getLogger({value.name!r})"
        if isinstance(value, type) or callable(value):
            return self._name(value)
        if dataclasses.is_dataclass(value):
            given = {part.name: getattr(value, part.name) for part in dataclasses.fields(value) if part.init}
            return f"{self._name(type(value))}(**{self._write(given, depth)})"
        return self._write_number(value, depth)

    def _write_partial(self, value: "functools.partial[Any]", depth: int) -> str:
        given = [self._write(part, depth) for part in value.args]
        given += [f"{name}={self._write(part, depth)}" for name, part in sorted(value.keywords.items())]
        return f"{self._module('functools')}.partial({', '.join([self._name(value.func), *given])})"

    def _write_number(self, value: Any, depth: int) -> str:
        """NumPy's numbers and types, TensorFlow's types, fields of a named tuple."""
        kind, root = type(value), type(value).__module__.partition(".")[0]
        if isinstance(value, tuple) and hasattr(value, "_fields"):
            return f"{self._name(kind)}({self._joined(value, depth)})"
        if (
            root == "numpy"
            and hasattr(value, "item")
            and getattr(value, "shape", None) == ()
            and kind.__name__ != "ndarray"
        ):
            return f"{self._module('numpy')}.{kind.__name__}({self._write(value.item(), depth)})"
        if root == "numpy" and kind.__name__.endswith("DType"):
            return f"{self._module('numpy')}.dtype({str(value)!r})"
        if root == "tensorflow" and kind.__name__ == "DType":
            return f"{self._module('tensorflow')}.as_dtype({value.name!r})"
        raise NoText(f"it is {describe(value)}")

    def _module(self, name: str) -> str:
        self.modules.add(name)
        return f"_{name}"

    def _name(self, value: Any) -> str:
        name = self.name_of(value)
        if name is None:
            raise NoText(f"it is {describe(value)}")
        return name


def write_constant(value: Any) -> str | None:
    """The text of a single constant; None for anything else."""
    if value is None or value is ... or type(value) in (bool, int, str, bytes, range):
        return repr(value)
    if type(value) is float:
        return repr(value) if math.isfinite(value) else f'float("{value}")'
    if type(value) is complex:
        return f"complex({write_constant(value.real)}, {write_constant(value.imag)})"
    return None


def is_small_keras_object(value: Any) -> bool:
    """A loss, initializer, regularizer, constraint or schedule: what its configuration says is all that it is; and a
    seed generator, which begins anew."""
    kinds = [room_class(path) for path in STATELESS]
    return not isinstance(value, type) and any(kind is not None and isinstance(value, kind) for kind in kinds)


def room_class(path: str) -> type | None:
    """Keras' class at a path such as `losses.Loss`; None where Keras is not loaded."""
    found: Any = sys.modules.get("keras")
    for part in path.split("."):
        found = getattr(found, part, None)
    return found if isinstance(found, type) else None


def config_of(value: Any) -> Any:
    try:
        return value.get_config()
    except Exception as error:
        raise NoText(f"its get_config raises {type(error).__name__}: {error}") from error


def describe(value: Any) -> str:
    """What a value is, for a message: `an object of type numpy's ndarray`."""
    module, name = type(value).__module__, type(value).__qualname__
    full = name if module == "builtins" else f"{module.partition('.')[0]}'s {name}"
    return f"an object of type {full}"
