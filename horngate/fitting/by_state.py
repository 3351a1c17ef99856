"""A model whose constructor cannot be called again, since it kept not all that it was given: a class is written beside
its own that takes, attribute by attribute, what the constructor made."""

import ast
import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from textwrap import dedent
from types import FunctionType
from typing import Any

import keras
import numpy as np
from keras.src.utils import python_utils

from horngate.errors import FitRefused
from horngate.fitting.objects import OwnObjects, is_own, read_constructor, untracked, write_object
from horngate.fitting.written import write_class

MOST_VALUES = 20_000
ROOMS = ("activations", "ops", "losses", "metrics", "initializers", "regularizers", "random")


@dataclass
class State:
    """How a model's attributes are set, by their names, what that is given, and what is done then."""

    values: dict[str, str] = field(default_factory=dict)
    given: dict[str, Any] = field(default_factory=dict)
    behind: list[str] = field(default_factory=list)

    def take(self, name: str, value: Any, wrapped: str = "{}") -> None:
        """An attribute whose value is an argument of the class."""
        self.given[name] = value
        self.values[name] = wrapped.format(name)

    @property
    def lines(self) -> list[str]:
        return [*(f"self.{name} = {value}" for name, value in self.values.items()), *self.behind]


def describe_by_state(model: Any, own: OwnObjects) -> tuple[str, dict[str, Any]]:
    """The written class' mark, and its arguments; raises FitRefused where an attribute is
    neither Keras', nor a constant, nor a function, or where a layer is a part of two of them."""
    state = State()
    attributes = dict(_attributes(model))
    for name in _holders_first(attributes):
        _write(model, name, attributes, state, own)
    for name, shape in _built_alone(model, attributes):
        state.behind.append(f"self.{name}.build({shape})")
    return own.mark_object(_subclass(type(model), state, own)), state.given


def _subclass(cls: type, state: State, own: OwnObjects) -> type:
    """Saved with its arguments, as any class is that says nothing of itself; one for all models that hold alike."""
    key = (cls, *state.given, *state.lines)
    if key not in own.written:
        others = sum(held[0] is cls for held in own.written)
        own.written[key] = write_class(
            f"Restored{cls.__name__}{others + 1 if others else ''}",
            cls.__name__,
            f"A {cls.__name__} with the attributes that its constructor gave it.",
            [*state.given, "name=None"],
            ["keras.Model.__init__(self, name=name)", *state.lines],
            {cls.__name__: cls},
            cls.__module__,
        )
    return own.written[key]


@contextmanager
def names_as_sent(own: OwnObjects) -> Iterator[None]:
    """While inside, classes are called as those that were written for them: Keras names weights in a list by class."""
    before = {held[0]: held[0].__name__ for held in own.written}
    for held, written in own.written.items():
        held[0].__name__ = written.__name__
    try:
        yield
    finally:
        for cls, name in before.items():
            cls.__name__ = name


def _attributes(model: Any) -> Iterator[tuple[str, Any]]:
    """What the model's own constructor set, in its order."""
    blank = _Blank()
    blank.compile()
    of_keras = {*vars(blank), "history", "distribute_strategy"}
    set_by = _assignments(type(model))
    for name, value in vars(model).items():
        where = set_by.get(name, set())
        is_early = "__init__" in where if where else not name.startswith("_")
        if name not in of_keras and is_early:
            yield name, untracked(value)


def needs_state(model: Any) -> bool:
    """Whether no call would build a layer that was built here by itself, a Normalization by its `adapt`."""
    return any(_built_alone(model, dict(_attributes(model))))


def _built_alone(model: Any, attributes: Mapping[str, Any]) -> Iterator[tuple[str, tuple[int | None, ...]]]:
    """Layers of a model without a call that have weights all the same, and the shape that they were built for."""
    for name, layer in attributes.items() if type(model).call is keras.Model.call else ():
        is_built = isinstance(layer, keras.layers.Layer) and not isinstance(layer, keras.Model) and layer.built
        shape = (layer.get_build_config() or {}).get("input_shape") if is_built else None
        if isinstance(shape, list | tuple) and all(size is None or isinstance(size, int) for size in shape):
            yield name, (None, *shape[1:])


class _Blank(keras.Model):  # type: ignore[misc]  # Keras ships no types
    """A model with nothing of its own."""


def _assignments(cls: type) -> Mapping[str, set[str]]:
    """For each `self.name = …` in a class' own source the methods that it stands in."""
    found: dict[str, set[str]] = {}
    for ancestor in cls.__mro__:
        for method, function in vars(ancestor).items() if is_own(ancestor) else ():
            for node in ast.walk(_tree(function)) if inspect.isfunction(function) else ():
                if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                    found.setdefault(node.attr, set()).add(method)
    return found


def _tree(function: Any) -> ast.AST:
    try:
        return ast.parse(dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError):
        return ast.Module([], [])


def kept_as(method: Callable[..., Any], parameter: str) -> tuple[str, ...]:
    """The attributes that a method sets to one of its parameters as it came: `self.gen_G = generator_G`."""
    return tuple(
        target.attr
        for target, value in _assigned(_tree(method))
        if isinstance(value, ast.Name) and value.id == parameter and isinstance(target, ast.Attribute)
    )


def _assigned(tree: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Each target with its value, also those that are set several at once: `self.a, self.b = a, b`."""
    for node in [node for node in ast.walk(tree) if isinstance(node, ast.Assign)]:
        for target in node.targets:
            if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                yield from zip(target.elts, node.value.elts, strict=False)
            else:
                yield target, node.value


def _holders_first(attributes: Mapping[str, Any]) -> list[str]:
    """Models before those of their layers that are attributes, too; else as they were set."""
    parts = {name: _layers_in(value) for name, value in attributes.items()}

    def is_held(name: str) -> bool:
        mine = attributes[name]
        return any(id(mine) in parts[other] and attributes[other] is not mine for other in attributes if other != name)

    return sorted(attributes, key=is_held)


def _layers_in(value: Any) -> set[int]:
    held = [part for part in keras.tree.flatten(value) if isinstance(part, keras.layers.Layer)]
    return {id(layer) for part in held for layer in part._flatten_layers()}


def _write(model: Any, name: str, attributes: Mapping[str, Any], state: State, own: OwnObjects) -> None:
    value = attributes[name]
    for other in attributes:
        shared = _layers_in(value) & _layers_in(attributes[other]) if other != name else set()
        if not shared:
            continue
        if other not in state.values:
            continue  # its turn comes, and it will find this one
        if value is attributes[other]:
            state.values[name] = f"self.{other}"
        elif isinstance(attributes[other], keras.Model) and value in attributes[other].layers:
            # Counted from the end: a stack may begin with its input there.
            behind = list(reversed(attributes[other].layers)).index(value) + 1
            state.values[name] = f"self.{other}.layers[-{behind}]"
        else:
            raise _refused(model, name, f"shares layers with its {other!r}")
        return
    _write_value(model, name, value, state, own)


def _write_value(model: Any, name: str, value: Any, state: State, own: OwnObjects) -> None:
    match value:
        case keras.Variable():
            state.values[name] = (
                f"self.add_weight(shape={tuple(value.shape)}, dtype={value.dtype!r}, "
                f"trainable={value.trainable}, name={value.name!r})"
            )
        case keras.random.SeedGenerator():
            state.take(name, int(value._initial_seed), "keras.random.SeedGenerator({})")
        case keras.metrics.Metric() if not is_own(type(value)):
            config = {key: part for key, part in value.get_config().items() if key != "dtype"}
            state.values[name] = f"keras.metrics.{type(value).__name__}.from_config({config!r})"
        case FunctionType() if not is_own(value):
            state.values[name] = _public_name(model, name, value)
        case _ if hasattr(value, "dtype") and hasattr(value, "shape") and not isinstance(value, keras.layers.Layer):
            _write_array(model, name, value, state)
        case _:
            try:
                state.take(name, _written(value, own))
            except (TypeError, ValueError, NotImplementedError) as error:
                raise _refused(model, name, f"is a {type(value).__name__}, which no configuration says") from error


def _written(value: Any, own: OwnObjects) -> Any:
    """An attribute's value as an argument; models of one's own within it likewise."""
    match value:
        case list() | tuple():
            return [_written(untracked(part), own) for part in value]
        case dict():
            return {str(key): _written(untracked(part), own) for key, part in value.items()}
        case keras.Model() if is_own(type(value)) and python_utils.is_default(value.get_config):
            name, config = describe_own(value, own)
            return {"class_name": name, "config": config}
        case _:
            return write_object(value, own)


def describe_own(model: Any, own: OwnObjects) -> tuple[str, dict[str, Any]]:
    """The mark and the arguments of a model of a class without get_config: those that it keeps, else what it holds."""
    if not needs_state(model):
        try:
            return own.mark_object(type(model)), read_constructor(model, "model", own)
        except FitRefused:
            pass
    return describe_by_state(model, own)


def _write_array(model: Any, name: str, value: Any, state: State) -> None:
    array = np.asarray(value)
    if array.size > MOST_VALUES or array.dtype.kind not in "biuf":
        raise _refused(model, name, f"is an array of {array.size:,} values (at most {MOST_VALUES:,} numbers travel)")
    made = f"np.array({{}}, {str(array.dtype)!r})"
    state.take(name, array.tolist(), made if isinstance(value, np.ndarray | np.generic) else f"keras.ops.array({made})")


def _public_name(model: Any, name: str, function: Any) -> str:
    called = str(function.__name__)
    for room in ROOMS:
        if getattr(getattr(keras, room), called, None) is function:
            return f"keras.{room}.{called}"
    raise _refused(model, name, f"is the function {called} of {function.__module__}")


def _refused(model: Any, name: str, why: str) -> FitRefused:
    kind = type(model).__name__
    return FitRefused(
        "model",
        f"is a {kind} that keeps not all that it was made with, and its attribute {name!r} {why}: give {kind} a "
        "get_config, or keep each argument of __init__ as self.argument",
    )
