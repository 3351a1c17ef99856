"""Which model of a built core each file of weights is for."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import keras

from models_lib.spec.given_weights import GivenWeights, list_weights
from models_lib.spec.models import ApplicationModel, Functional, KerasModel, Model


def weighted_models(core: keras.Model, model: Model) -> Iterator[tuple[GivenWeights, keras.Model]]:
    """Every model that is given weights, with what it was made into; raises ValueError for one that was never called.

    A model of layers was saved with its outputs in order, where the core has them by name: the order of its layers, by
    which Keras finds their weights, may depend on it.
    """
    for given in list_weights(model):
        yield given, find_inner(core, given.path) if given.path else as_written(core, model)


def find_inner(core: keras.Model, path: Sequence[str]) -> keras.Model:
    """The model inside the core, by the names of the models around it and its own."""
    found = core
    for name in path:
        found = found.get_layer(name)
    return found


def as_written(core: keras.Model, model: Model) -> keras.Model:
    """The core with its outputs as the model has them, by whose order Keras finds weights in a file."""
    if isinstance(model, ApplicationModel):
        made: keras.Model = core.get_layer(model.name)
        return made
    has_list = isinstance(model, Functional) or (
        isinstance(model, KerasModel) and not isinstance(model.plan.outputs, Mapping)
    )
    outputs: Any = core.output if has_list else None
    if not isinstance(outputs, Mapping):
        return core
    return keras.Model(core.input, [outputs[name] for name in model.output_names])
