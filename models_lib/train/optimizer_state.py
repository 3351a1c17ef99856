"""An optimizer that goes on where it was left: its moments, its rate, its count of steps."""

from collections.abc import Mapping

import keras

from models_lib.build.stored_weights import load_optimizer
from models_lib.data.loading import PartFile
from models_lib.spec.types import RunSpec


def give_optimizer_state(core: keras.Model, spec: RunSpec, files: Mapping[str, PartFile]) -> None:
    """The optimizer as it was left beside the model's weights, where the spec goes on with it; raises DataFault."""
    file = files.get(getattr(spec.model, "weights", None) or "")
    if spec.compile.optimizer_state and file is not None:
        core.optimizer.build(core.trainable_variables)
        load_optimizer(core.optimizer, file.path, file.profile, "/compile/optimizer_state")
