"""Calling layers on tensors: the calls of a stack or a graph in an order that works."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from typing import Any

import keras

from models_lib.spec.catalog import load_catalog
from models_lib.spec.models import Functional, FunctionalLayer, Sequential

JOINED = "inputs.joined"
# Their shapes are told by a formula that refuses nothing; calling them does.
TOLD_WITHOUT_A_CALL = (keras.layers.Attention, keras.layers.MultiHeadAttention, keras.layers.GroupQueryAttention)


@dataclass(frozen=True)
class LayerCall:
    """One call of a layer: `key` is the name that its result goes by (`dense`, `dense@2`), `at` the layer's place."""

    key: str
    layer: str
    at: int
    tensors: tuple[str, ...]
    arguments: Mapping[str, Any] = field(default_factory=dict)
    takes_list: bool = True

    @property
    def references(self) -> tuple[str, ...]:
        """Every tensor that it is called on, by position and by name."""
        named = [name for value in self.arguments.values() for name in _references(value)]
        return (*self.tensors, *named)


Refuse = Callable[[LayerCall, list[Any], Exception], None]


def list_calls(model: Sequential | Functional, inputs: tuple[str, ...]) -> list[LayerCall]:
    """Every call, each after those that it needs."""
    if isinstance(model, Sequential):
        sources = (inputs[0] if len(inputs) == 1 else JOINED, *(layer.name for layer in model.layers))
        return [
            LayerCall(layer.name, layer.name, at, (source,))
            for at, (layer, source) in enumerate(zip(model.layers, sources, strict=False))
        ]
    calls = {call.key: call for at, layer in enumerate(model.layers) for call in _calls_of(layer, at)}
    needs = {key: [_key(name) for name in call.references] for key, call in calls.items()}
    return [calls[key] for key in TopologicalSorter(needs).static_order() if key in calls]


def _calls_of(layer: FunctionalLayer, at: int) -> list[LayerCall]:
    """A layer with no `inputs` is called once, by named arguments."""
    entry = load_catalog().find("layer", layer.layer.class_name)
    takes_list = entry is not None and entry.inputs is not None
    return [
        LayerCall(layer.name if n == 1 else f"{layer.name}@{n}", layer.name, at, tensors, layer.call, takes_list)
        for n, tensors in enumerate(layer.inputs or ((),), 1)
    ]


def connect_calls(
    calls: list[LayerCall],
    layers: Mapping[str, keras.Layer],
    inputs: Mapping[str, keras.KerasTensor],
    refuse: Refuse | None = None,
) -> dict[str, Any]:
    """The results of all calls by key, beside the inputs.

    With `refuse`, a call that Keras refuses is handed over and what depends on it is left out; so is one that it would
    refuse only when the model is trained.
    """
    results: dict[str, Any] = dict(inputs)
    for call in calls:
        if any(_key(name) not in results for name in call.references):
            continue
        try:
            results[call.key] = _call(call, layers[call.layer], results, is_tried=refuse is not None)
        except Exception as error:  # whatever Keras raises for shapes that do not fit
            if refuse is None:
                raise
            refuse(call, [find_tensor(results, name) for name in call.references], error)
    return results


def _call(call: LayerCall, layer: keras.Layer, results: Mapping[str, Any], *, is_tried: bool) -> Any:
    tensors = [find_tensor(results, name) for name in call.tensors]
    arguments = {name: _argument(results, value) for name, value in call.arguments.items()}
    takes_list = call.takes_list or unpacks_list(layer)
    positional = [tensors] if takes_list and len(tensors) > 1 else tensors
    result = layer(*positional, **arguments)
    if is_tried and (isinstance(layer, TOLD_WITHOUT_A_CALL) or any(tensor.dtype == "string" for tensor in tensors)):
        keras.Operation.compute_output_spec(layer, *positional, **arguments)
    return result


def unpacks_list(layer: keras.Layer) -> bool:
    """Whether a component's layer takes several tensors as one list, as its `call` has a single argument for them."""
    if type(layer).__module__.startswith("keras."):
        return False
    parameters = list(inspect.signature(type(layer).call).parameters.values())[1:]
    tensors = [p for p in parameters if p.default is p.empty and p.name not in ("training", "mask")]
    return len(tensors) == 1


def _argument(results: Mapping[str, Any], value: Any) -> Any:
    if isinstance(value, str):
        return find_tensor(results, value)
    return [_argument(results, part) for part in value] if isinstance(value, list) else value


def _references(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [name for part in value for name in _references(part)] if isinstance(value, list) else []


def find_tensor(results: Mapping[str, Any], reference: str) -> Any:
    """The tensor that a reference names: `lstm:1` is the second output, a bare name the first."""
    result = results[_key(reference)]
    at = int(reference.partition(":")[2] or 0)
    return result[at] if isinstance(result, list | tuple) else result


def _key(reference: str) -> str:
    """The call that a reference names; the first one goes by the layer's name alone."""
    return reference.partition(":")[0].removesuffix("@1")
