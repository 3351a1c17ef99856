"""The model that is saved: raw columns in, predictions in the targets' own units out, and the core in between."""

from collections.abc import Mapping
from typing import Any

import keras

from models_lib.build.arrangement import arrange_inputs, is_own_model, name_outputs
from models_lib.build.model import bare
from models_lib.data.inputs import ModelInput
from models_lib.data.targets import ModelTarget
from models_lib.export.tensors import ColumnTensor, tensors_of
from models_lib.spec.objects import KerasObject

SOFTMAX_LOSSES = frozenset({"SparseCategoricalCrossentropy", "CategoricalCrossentropy", "CategoricalFocalCrossentropy"})
SIGMOID_LOSSES = frozenset({"BinaryCrossentropy", "BinaryFocalCrossentropy"})


def build_serving(
    core: keras.Model,
    inputs: Mapping[str, ModelInput],
    targets: Mapping[str, ModelTarget],
    tensors: list[ColumnTensor],
    losses: Mapping[str, KerasObject],
) -> keras.Model:
    """Preparation → core → units; of Keras' own parts alone, so that plain Keras loads it."""
    symbols = {tensor.name: tensor.to_input() for tensor in tensors}
    prepared = {name: part.connect(tensors_of(part, tensors, symbols)) for name, part in inputs.items()}
    # The same layers without what `compile` added: nobody wants the optimizer in a model that predicts. A component's
    # model goes in as it is, with its own train_step.
    inner = core if is_own_model(core) else keras.Model(core.input, core.output, name=core.name)
    named = name_outputs(core, inner(arrange_inputs(core, prepared)), tuple(targets))
    outputs = {name: _in_units(targets.get(name), losses.get(name), tensor) for name, tensor in named.items()}
    return keras.Model(symbols, bare(outputs), name="model")


def _in_units(target: ModelTarget | None, loss: KerasObject | None, tensor: Any) -> Any:
    """Standardised targets in their own units, logits as probabilities; what was not learned from a target stays."""
    if target is None:
        return tensor
    if target.is_standardised:
        return keras.layers.Rescaling(target.deviation, target.mean, name=f"{target.name}.units")(tensor)
    activation = activation_of(loss) if loss is not None else None
    if activation:
        return keras.layers.Activation(activation, name=f"{target.name}.probabilities")(tensor)
    return tensor


def activation_of(loss: KerasObject) -> str | None:
    if not loss.config.get("from_logits"):
        return None
    if loss.class_name in SOFTMAX_LOSSES:
        return "softmax"
    return "sigmoid" if loss.class_name in SIGMOID_LOSSES else None
