"""What is trained, made from a run's spec and its files: rows, prepared inputs, the compiled core, batches."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras

from models_lib.build.arrangement import output_shapes
from models_lib.build.compiling import compile_core
from models_lib.build.indices import Extent, refuse_indices
from models_lib.build.model import InputTensor, build_core
from models_lib.build.optimizers import assign_optimizers
from models_lib.build.summary import summarise_core
from models_lib.components.importing import import_components
from models_lib.data.faults import DataFault
from models_lib.data.inputs import ModelInput
from models_lib.data.kept import Kept
from models_lib.data.loading import LoadedRows, load_rows
from models_lib.data.preparing import (
    Arrays,
    PreparedPart,
    learn_inputs,
    learn_targets,
    prepare_inputs,
)
from models_lib.data.targets import ModelTarget
from models_lib.export.components import package_names
from models_lib.spec.faults import Fault
from models_lib.spec.models import ComponentModel, own_model
from models_lib.spec.objects import KerasObject
from models_lib.spec.planning import plan_model
from models_lib.spec.types import RunSpec
from models_lib.train.batches import Batches
from models_lib.train.beginning import Beginning, give_weights, read_beginning, read_learned
from models_lib.train.job import Job
from models_lib.train.optimizer_state import give_optimizer_state
from models_lib.train.rounds import Rounds


@dataclass(frozen=True)
class LoadedData:
    """Rows in memory, with the inputs prepared and all that was learned for them."""

    rows: LoadedRows
    inputs: Mapping[str, ModelInput]
    tensors: Mapping[str, Arrays]
    kept: Kept


def enter_components(spec: RunSpec, folder: Path) -> Path | None:
    """Import the packages that the run pins, from `in/components`; None where it pins none.

    Their relative paths begin in the board's folder, so that event files which they write anywhere are on the board.
    """
    if not spec.components:
        return None
    components, board = folder / "in" / "components", folder / "out" / "tensorboard"
    board.mkdir(parents=True, exist_ok=True)
    os.chdir(board)
    import_components(package_names(spec), components)
    return components


def load_data(spec: RunSpec, job: Job, folder: Path) -> LoadedData:
    """Read, split, learn from the training part, prepare; always in float32, whatever the model computes in."""
    keras.config.set_dtype_policy("float32")
    rows = load_rows(spec, job.files_in(folder))
    kept = read_learned(spec, read_beginning(job, folder))
    inputs = learn_inputs(spec, rows, kept)
    return LoadedData(rows, inputs, prepare_inputs(inputs, rows), kept)


def build_model(
    spec: RunSpec, data: LoadedData, beginning: Beginning | None = None
) -> tuple[keras.Model, dict[str, ModelTarget]]:
    """The compiled core and its targets; seeds are drawn as after `keras.utils.set_random_seed(seed)`.

    `beginning` is left out where the core's weights will be replaced anyway. Raises DataFault, CheckpointUnusable.
    """
    keras.utils.set_random_seed(spec.seed)
    keras.config.set_dtype_policy(spec.compile.dtype_policy)
    train = data.tensors["train"]
    core = build_core(
        spec.model, {name: InputTensor(array.shape[1:], tensor_dtype(array)) for name, array in train.items()}
    )
    faults = (*refuse_unseen(core, spec, data.tensors), *refuse_optimizers(core, spec))
    if faults:
        raise DataFault(*faults)
    if beginning is not None:
        give_weights(core, spec, beginning)
    compile_core(core, spec.compile)
    give_optimizer_state(core, spec, beginning.weights if beginning is not None else {})
    keras.config.set_dtype_policy("float32")
    return core, learn_targets(spec, data.rows, output_widths(core, spec), data.kept)


def refuse_unseen(core: keras.Model, spec: RunSpec, tensors: Mapping[str, Arrays]) -> Iterator[Fault]:
    """Faults of Embeddings that some part's prepared numbers go beyond."""

    def extent_of(name: str) -> Extent | None:
        arrays = [arrays[name] for arrays in tensors.values() if arrays[name].size]
        return min(float(array.min()) for array in arrays), max(float(array.max()) for array in arrays)

    model = own_model(spec.model)
    if isinstance(model, ComponentModel):
        return
    dtypes = {name: tensor_dtype(array) for name, array in tensors["train"].items()}
    plan = plan_model(model, tuple(dtypes))
    yield from refuse_indices(plan, {layer.name: layer for layer in core.layers}, dtypes, extent_of)


def refuse_optimizers(core: keras.Model, spec: RunSpec) -> list[Fault]:
    """Weights that have no optimizer, or two, where the spec was not checked by Keras before."""
    described = spec.compile.optimizer
    return [] if isinstance(described, KerasObject) else assign_optimizers(core, described).faults


def tensor_dtype(array: Any) -> str:
    """A prepared tensor's type; words are objects in NumPy."""
    return "string" if array.dtype == object else str(array.dtype)


def output_widths(core: keras.Model, spec: RunSpec) -> dict[str, int | None]:
    """The size of each output's last axis."""
    shapes = output_shapes(core, tuple(spec.targets))
    return {name: shapes[name][-1] if shapes.get(name) else None for name in spec.targets}


def summarise(core: keras.Model, spec: RunSpec) -> dict[str, Any]:
    return summarise_core(core, optimizers=spec.compile.optimizers.values(), batch_size=spec.fit.batch_size)


def make_batches(core: keras.Model, spec: RunSpec, parts: Mapping[str, PreparedPart], part: str) -> Batches:
    """A part in batches; only those of the training part must have the spec's own size."""
    fit, tensors, is_fixed = spec.fit, parts[part], part in spec.fit.fixed_batches
    held = fit.validation_batch_size or fit.batch_size
    if part == "train" and fit.steps_per_epoch is not None:
        steps, first = fit.steps_per_epoch, fit.initial_epoch
        return Rounds(core, tensors, fit.batch_size, steps=steps, first_epoch=first, is_fixed=is_fixed)
    if part == "validation" and fit.validation_steps is not None:
        tensors = tensors.first(fit.validation_steps * held)
    return Batches(core, tensors, fit.batch_size if part == "train" else held, is_fixed=is_fixed)
