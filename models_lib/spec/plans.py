"""A model of any kind as one plan: layers in the order in which they are made, and each call of them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Union

from models_lib.spec.objects import KerasObject


@dataclass(frozen=True)
class Tensor:
    """An input, or what a call of a layer gives: `lstm:1` is its second output, `dense@2` its second call."""

    key: str
    at: int = 0

    @property
    def layer(self) -> str:
        return self.key.partition("@")[0]


@dataclass(frozen=True)
class Operation:
    """An operation on tensors such as `x * 2.0`, from `keras.ops`."""

    class_name: str
    config: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Application:
    """A model of `keras.applications`. What freezes its layers: globs, and the model's own path before them."""

    described: KerasObject
    frozen_by: tuple[tuple[str, Mapping[str, bool]], ...] = ()
    cut_at: tuple[str, ...] = ()

    @property
    def class_name(self) -> str:
        return self.described.class_name


@dataclass(frozen=True)
class Array:
    """A constant array among the arguments of a call."""

    values: Any
    dtype: str


@dataclass(frozen=True)
class PlannedInput:
    """What a model is called on; shape (of one row) and type are None where the caller's tensor decides."""

    name: str
    shape: tuple[int | None, ...] | None = None
    dtype: str | None = None
    pointer: str = ""


@dataclass(frozen=True)
class PlannedLayer:
    """One layer; `pointer` says where in the spec it is written."""

    name: str
    pointer: str
    made_of: Union[KerasObject, Operation, Application, "Plan"]
    trainable: bool = True

    @property
    def class_name(self) -> str:
        """Its class; of a nested model none."""
        return "" if isinstance(self.made_of, Plan) else self.made_of.class_name


@dataclass(frozen=True)
class PlannedCall:
    """One call of a layer: `key` is the name that its result goes by; values hold `Tensor`s where tensors belong."""

    key: str
    layer: str
    pointer: str
    positional: tuple[Any, ...] = ()
    named: Mapping[str, Any] = field(default_factory=dict)

    @property
    def references(self) -> tuple[Tensor, ...]:
        """Every tensor that the layer is called on, by position and by name."""
        return (*tensors_in(self.positional), *tensors_in(self.named))


@dataclass(frozen=True)
class Plan:
    """A model. `calls` stand in an order that works.

    `takes` and `outputs` are one tensor, or lists and mappings of them; of a whole run's model a mapping by name.
    `listed` says whether such a model took its inputs, and gave its outputs, as lists when it was saved: by their order
    Keras orders its layers and adds its losses up.
    """

    name: str
    inputs: tuple[PlannedInput, ...]
    layers: tuple[PlannedLayer, ...]
    calls: tuple[PlannedCall, ...]
    outputs: Any
    takes: Any = None
    trainable: bool = True
    is_stack: bool = False
    listed: tuple[bool, bool] = (False, False)

    def find(self, name: str) -> PlannedLayer | None:
        """The layer of this name, on the outermost level."""
        return next((layer for layer in self.layers if layer.name == name), None)

    def readers(self, name: str) -> set[str]:
        """The classes of the layers that are called on an input, in nested models too."""
        found: set[str] = set()
        for call in self.calls:
            given = [tensor.key for tensor in call.references]
            layer = self.find(call.layer) if name in given else None
            if layer is None:
                continue
            if isinstance(layer.made_of, Plan):
                inner = layer.made_of
                at = given.index(name)
                found |= inner.readers(inner.inputs[at].name) if at < len(inner.inputs) else set()
            else:
                found.add(layer.class_name)
        return found


def tensors_in(value: Any) -> Iterator[Tensor]:
    """Every tensor in a value, in its order."""
    match value:
        case Tensor():
            yield value
        case list() | tuple():
            for part in value:
                yield from tensors_in(part)
        case Mapping():
            for part in value.values():
                yield from tensors_in(part)


def with_tensors(value: Any, found: Any) -> Any:
    """The value with each tensor replaced by what `found` gives for it."""
    match value:
        case Tensor():
            return found(value)
        case list():
            return [with_tensors(part, found) for part in value]
        case tuple():
            return tuple(with_tensors(part, found) for part in value)
        case dict():
            return {name: with_tensors(part, found) for name, part in value.items()}
        case _:
            return value
