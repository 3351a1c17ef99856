"""Which model of a built core each file of weights is for."""

from collections.abc import Iterator, Mapping
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
        found = core
        for name in given.path:
            found = found.get_layer(name)
        if not given.path:
            found = _as_written(core, model)
        yield given, found


def _as_written(core: keras.Model, model: Model) -> keras.Model:
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
