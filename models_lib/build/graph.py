"""Calling layers on tensors, models inside models among them."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np

from models_lib.spec.plans import Array, Plan, PlannedCall, Tensor, tensors_in, with_tensors

# Their shapes are told by a formula that refuses nothing; calling them does.
TOLD_WITHOUT_A_CALL = (keras.layers.Attention, keras.layers.MultiHeadAttention, keras.layers.GroupQueryAttention)
Refuse = Callable[[PlannedCall, keras.Operation | None, list[Any], Exception], None]


@dataclass
class NestedModel:
    """A model inside another one: its layers are made in their turn, and joined when it is first called."""

    plan: Plan
    layers: "Mapping[str, Any]"
    model: keras.Model | None = field(default=None)

    def call(self, tensors: list[Any], named: Mapping[str, Any], refuse: Refuse | None) -> Any:
        """What the model gives for these tensors, a list where it gives several; None where it was refused."""
        if len(tensors) != len(self.plan.inputs):
            raise ValueError(f"it takes {len(self.plan.inputs)} tensors, and is called on {len(tensors)}")
        if self.model is None:
            self.model = self._join(tensors, refuse)
        if self.model is None:
            return None
        given = dict(zip((part.name for part in self.plan.inputs), tensors, strict=True))
        result = self.model(with_tensors(self.plan.takes, lambda tensor: given[tensor.key]), **named)
        flat = keras.tree.flatten(result)
        return flat[0] if len(flat) == 1 else flat

    def join_alone(self) -> keras.Model:
        """The model on inputs of its own."""
        joined = self._join([keras.Input(part.shape, dtype=part.dtype) for part in self.plan.inputs], None)
        assert joined is not None, "nothing is left out where nothing is refused"
        return joined

    def _join(self, tensors: list[Any], refuse: Refuse | None) -> keras.Model | None:
        inputs = {
            part.name: keras.Input(
                tensor.shape[1:] if part.shape is None else part.shape, dtype=part.dtype or tensor.dtype, name=part.name
            )
            for part, tensor in zip(self.plan.inputs, tensors, strict=True)
        }
        results = connect_calls(self.plan, self.layers, inputs, refuse)
        if any(tensor.key not in results for tensor in tensors_in(self.plan.outputs)):
            return None
        takes = with_tensors(self.plan.takes, lambda tensor: inputs[tensor.key])
        gives = with_tensors(self.plan.outputs, lambda tensor: find_tensor(results, tensor))
        return keras.Model(takes, gives, name=self.plan.name)


Made = Any  # a Keras layer or operation, or a NestedModel


def connect_calls(
    plan: Plan, layers: Mapping[str, Made], inputs: Mapping[str, keras.KerasTensor], refuse: Refuse | None = None
) -> dict[str, Any]:
    """The results of all calls by key, beside the inputs.

    With `refuse`, a call that Keras refuses is handed over and what depends on it is left out; so is one that it would
    refuse only when the model is trained.
    """
    results: dict[str, Any] = dict(inputs)
    for call in plan.calls:
        if any(tensor.key not in results for tensor in call.references):
            continue
        layer = layers[call.layer]
        try:
            result = _call(call, layer, results, refuse)
        except Exception as error:  # whatever Keras raises for shapes that do not fit
            if refuse is None:
                raise
            made = layer.model if isinstance(layer, NestedModel) else layer
            refuse(call, made, _tensors_of(call, results), error)
        else:
            if result is not None:
                results[call.key] = result
    return results


def _call(call: PlannedCall, layer: Made, results: Mapping[str, Any], refuse: Refuse | None) -> Any:
    positional = _filled(call.positional, results)
    named = _filled(dict(call.named), results)
    if isinstance(layer, NestedModel):
        return layer.call(keras.tree.flatten(positional), named, refuse)
    if len(positional) > 1 and unpacks_list(layer):
        positional = [list(positional)]
    result = layer(*positional, **named)
    words = any(tensor.dtype == "string" for tensor in keras.tree.flatten(positional) if hasattr(tensor, "dtype"))
    if refuse is not None and (isinstance(layer, TOLD_WITHOUT_A_CALL) or words):
        keras.Operation.compute_output_spec(layer, *positional, **named)
    return result


def unpacks_list(layer: keras.Layer) -> bool:
    """Whether a component's layer takes several tensors as one list, as its `call` has a single argument for them."""
    if type(layer).__module__.startswith("keras."):
        return False
    parameters = list(inspect.signature(type(layer).call).parameters.values())[1:]
    tensors = [p for p in parameters if p.default is p.empty and p.name not in ("training", "mask")]
    return len(tensors) == 1


def _tensors_of(call: PlannedCall, results: Mapping[str, Any]) -> list[Any]:
    """What a call was given, as far as there is such a tensor."""
    given = [keras.tree.flatten(results[tensor.key])[tensor.at :] for tensor in call.references]
    return [tensors[0] for tensors in given if tensors]


def _filled(value: Any, results: Mapping[str, Any]) -> Any:
    """The arguments of a call with tensors and arrays in their places."""
    match value:
        case Tensor():
            return find_tensor(results, value)
        case Array():
            return np.array(value.values, dtype=value.dtype)
        case list():
            return [_filled(part, results) for part in value]
        case tuple():
            return tuple(_filled(part, results) for part in value)
        case dict():
            return {name: _filled(part, results) for name, part in value.items()}
        case _:
            return value


def find_tensor(results: Mapping[str, Any], tensor: Tensor) -> Any:
    """The tensor that is meant: of several that a call gives, the one at its place. Raises ValueError."""
    result = results[tensor.key]
    given = list(result) if isinstance(result, list | tuple) else [result]
    if tensor.at >= len(given):
        raise ValueError(f"{tensor.key!r} gives {len(given)} tensors, so there is no {tensor.key}:{tensor.at}")
    return given[tensor.at]
