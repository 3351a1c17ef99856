"""The core model: layers in Keras' own terms, on tensors that are prepared already."""

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

import keras

from models_lib.build.component_model import build_component
from models_lib.build.graph import JOINED, Refuse, connect_calls, find_tensor, list_calls
from models_lib.build.objects import construct
from models_lib.spec.models import ComponentModel, Functional, FunctionalLayer, Model, Sequential, SequentialLayer

CORE_NAME = "core"


@dataclass(frozen=True)
class InputTensor:
    """The shape of one row, and its type."""

    shape: tuple[int | None, ...]
    dtype: str


def build_core(model: Model, inputs: Mapping[str, InputTensor]) -> keras.Model:
    """The model: takes a tensor, or tensors by input; gives a tensor, or tensors by output.

    Layers are constructed in the order of the spec, so that their seeds are drawn as in a plain script.
    """
    if isinstance(model, ComponentModel):
        symbols = {name: keras.Input(part.shape, dtype=part.dtype, name=name) for name, part in inputs.items()}
        return build_component(model, symbols)[0]
    layers = {part.name: construct_layer(model, part) for part in model.layers}
    tensors = {name: keras.Input(part.shape, dtype=part.dtype, name=name) for name, part in inputs.items()}
    results = connect_layers(model, layers, tensors)
    return close_core(model, tensors, results)


def construct_layer(model: Sequential | Functional, part: SequentialLayer | FunctionalLayer) -> keras.Layer:
    """The layer, not yet called; frozen by its own `trainable` or by the last glob that matches its name."""
    layer = construct("layer", part.layer, name=part.name)
    matches = [value for glob, value in model.trainable.items() if fnmatchcase(part.name, glob)]
    if not (matches[-1] if matches else part.trainable):
        layer.trainable = False
    return layer


def connect_layers(
    model: Sequential | Functional,
    layers: Mapping[str, keras.Layer],
    tensors: Mapping[str, keras.KerasTensor],
    refuse: Refuse | None = None,
) -> dict[str, Any]:
    """What every call gives; several inputs of a stack are concatenated first."""
    known = dict(tensors)
    if isinstance(model, Sequential) and len(tensors) > 1:
        known[JOINED] = keras.layers.Concatenate(name=JOINED)(list(tensors.values()))
    return connect_calls(list_calls(model, tuple(tensors)), layers, known, refuse)


def close_core(
    model: Sequential | Functional, tensors: Mapping[str, keras.KerasTensor], results: Mapping[str, Any]
) -> keras.Model:
    """The model from its inputs to its outputs."""
    references = model.outputs if isinstance(model, Functional) else model.output_names
    outputs = [find_tensor(results, reference) for reference in references]
    named = dict(zip(model.output_names, outputs, strict=True))
    return keras.Model(bare(tensors), bare(named), name=CORE_NAME)


def bare(tensors: Mapping[str, Any]) -> Any:
    """Tensors by name, a single one without its name, as in a plain script."""
    return dict(tensors) if len(tensors) > 1 else next(iter(tensors.values()))
