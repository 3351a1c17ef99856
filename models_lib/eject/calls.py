"""Python that constructs what a spec describes, as a person would type it."""

import keyword
import re
from collections.abc import Mapping
from typing import Any

from models_lib.build.objects import SETTLED_BY_SHAPE, find_object
from models_lib.spec.catalog import Argument, load_catalog
from models_lib.spec.objects import Family, KerasObject

MODULES: dict[Family, str] = {
    "layer": "keras.layers",
    "loss": "keras.losses",
    "metric": "keras.metrics",
    "optimizer": "keras.optimizers",
    "schedule": "keras.optimizers.schedules",
    "initializer": "keras.initializers",
    "regularizer": "keras.regularizers",
    "constraint": "keras.constraints",
    "activation": "keras.activations",
    "callback": "keras.callbacks",
}
# Objects that draw no seed and have no arguments, by the words for them in Keras' signatures.
DRAWN_ALIKE = {"Zeros": "zeros", "Ones": "ones"}


class NotEjectable(Exception):
    """A plain script cannot say this yet; says what."""


def write_object(family: Family, described: KerasObject, **extra: Any) -> str:
    """The expression, `keras.layers.Dense(30, …)`; `extra` adds or replaces arguments."""
    entry = load_catalog().find(family, described.class_name)
    if entry is None:
        raise NotEjectable(f"{described.class_name} is no {family} of Keras' own.")
    if entry.name in SETTLED_BY_SHAPE:
        return repr(described.config.get("name", entry.name))
    public = f"{MODULES[family]}.{find_object(family, entry.name).__name__}"
    if family == "activation":
        return public
    given = {
        name: write_value(entry.arguments[name].takes, value)
        for name, value in described.config.items()
        if not is_default(entry.arguments[name], value)
    }
    given |= {name: repr(value) for name, value in extra.items()}
    return f"{public}({', '.join(f'{name}={text}' for name, text in given.items())})"


def is_default(argument: Argument, value: Any) -> bool:
    """Whether Keras would take the value unasked. Who draws seeds is always named, so that they are drawn alike."""
    if not isinstance(value, KerasObject):
        return not argument.required and type(value) is type(argument.default) and value == argument.default
    return not value.config and argument.default == DRAWN_ALIKE.get(value.class_name, value)


def write_value(families: tuple[Family, ...], value: Any) -> str:
    """A literal, with objects inside as calls."""
    match value:
        case KerasObject():
            family = next(family for family in families if load_catalog().find(family, value.class_name))
            return write_object(family, value)
        case list() | tuple():
            return "[" + ", ".join(write_value(families, part) for part in value) + "]"
        case dict():
            return write_dict({name: write_value(families, part) for name, part in value.items()})
    return repr(value)


def write_dict(texts: Mapping[str, str]) -> str:
    """A dictionary of expressions."""
    return "{" + ", ".join(f"{name!r}: {text}" for name, text in texts.items()) + "}"


def write_bare(texts: Mapping[str, str]) -> str:
    """Expressions by name, a single one without its name."""
    return write_dict(texts) if len(texts) > 1 else next(iter(texts.values()))


class Variables:
    """Names of the script's variables, one for each thing of the spec."""

    def __init__(self, *taken: str, several: frozenset[str] = frozenset()) -> None:
        """`several`: layers that give several tensors."""
        self.several = several
        self._names: dict[tuple[str, str], str] = {}
        self._taken = set(taken)

    def of(self, kind: str, name: str) -> str:
        """The same name each time: the thing's own where it is free."""
        if (kind, name) not in self._names:
            plain = re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_") or kind
            plain = f"{kind}_{plain}" if plain[0].isdigit() or keyword.iskeyword(plain) else plain
            free = (f"{plain}_{kind}" if n == 1 else f"{plain}_{kind}_{n}" for n in range(1, 10_000))
            chosen = plain if plain not in self._taken else next(other for other in free if other not in self._taken)
            self._taken.add(chosen)
            self._names[kind, name] = chosen
        return self._names[kind, name]
