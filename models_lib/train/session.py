"""One attempt from its folder to its artifacts: load, build, fit, evaluate, export."""

import hashlib
import json
import os
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from models_lib.build.arrangement import output_shapes
from models_lib.build.compiling import compile_core
from models_lib.build.indices import Extent, refuse_indices
from models_lib.build.model import InputTensor, build_core
from models_lib.build.optimizers import assign_optimizers
from models_lib.build.summary import summarise_core
from models_lib.components.importing import import_components
from models_lib.data.faults import DataFault
from models_lib.data.inputs import ModelInput
from models_lib.data.kept import Kept, write_kept
from models_lib.data.loading import LoadedRows, load_rows
from models_lib.data.preparing import (
    Arrays,
    PreparedPart,
    learn_inputs,
    learn_targets,
    prepare_inputs,
    prepare_parts,
)
from models_lib.data.targets import ModelTarget
from models_lib.eject.files import write_eject
from models_lib.eject.names import NotEjectable
from models_lib.eject.refusing import refuse_unwritten
from models_lib.eject.script import Trained, digest_weights
from models_lib.export.artifacts import Result, export_model
from models_lib.export.components import package_names
from models_lib.export.exporting import Exported, ExportFailed
from models_lib.spec.faults import Fault
from models_lib.spec.models import ComponentModel, own_model
from models_lib.spec.objects import KerasObject
from models_lib.spec.planning import plan_model
from models_lib.spec.starts import PREPROCESSING
from models_lib.spec.types import RunSpec
from models_lib.train.batches import Batches
from models_lib.train.beginning import Beginning, give_weights, read_beginning, read_learned
from models_lib.train.checkpoints import read_checkpoint
from models_lib.train.fitting import EndedBy, Fitted, fit_core
from models_lib.train.hooks import PREDICT_HOOKS, TEST_HOOKS, overrides
from models_lib.train.job import Job
from models_lib.train.optimizer_state import give_optimizer_state
from models_lib.train.reports import (
    Artifact,
    Engine,
    FailedExport,
    Phase,
    PhaseName,
    Report,
    Scores,
    Summary,
    plain_metrics,
)
from models_lib.train.state import TrainingState
from models_lib.train.steering import Changes, forget_end

# Imported when first used, TensorBoard's summaries with half a second of cloud libraries: here, so that a process which
# is forked to train has them already.
USED_LATER = (
    "concurrent.futures.thread",
    "encodings.cp437",
    "tensorboard.summary",
    "tensorflow.compat.v1",
    "tensorflow.python.data.ops.range_op",
    "tensorflow.summary",
)
for used_later in USED_LATER:
    import_module(used_later)


@dataclass(frozen=True)
class Outcome:
    """How the attempt ended."""

    ended_by: EndedBy


@dataclass(frozen=True)
class LoadedData:
    """Rows in memory, with the inputs prepared and all that was learned for them."""

    rows: LoadedRows
    inputs: Mapping[str, ModelInput]
    tensors: Mapping[str, Arrays]
    kept: Kept


def train(
    job: Job,
    folder: Path,
    report: Report,
    should_stop: Callable[[], bool],
    should_pause: Callable[[], bool] = lambda: False,
    changes: Callable[[], Changes | None] = lambda: None,
) -> Outcome:
    """Train what `job` says in its folder (`in/`, `out/`); raises DataFault, NonFinite, CheckpointUnusable, Paused.

    Sets Keras' seed and dtype policy, and TensorFlow's threads where it has not started yet: one training a process.
    """
    spec, out = job.spec, folder / "out"
    use_devices(job.threads)
    _begin(report, "preparing")
    components = enter_components(spec, folder)
    data = load_data(spec, job, folder)
    _begin(report, "building")
    core, targets = build_model(spec, data, read_beginning(job, folder))
    report(Summary(summarise(core, spec)).to_json())
    report(Engine("keras", "It is the engine of this version.").to_json())
    parts = prepare_parts(spec, data.rows, data.tensors, targets)
    resumed = read_resumed(job, folder)
    _begin(report, "training")
    first = [part for part in parts if part != "test"]
    batches = {part: make_batches(core, spec, parts, part) for part in first}
    fitted = fit_core(
        core,
        spec,
        batches,
        out=out,
        report=report,
        should_stop=should_stop,
        should_pause=should_pause,
        changes=lambda: changes() or job.live,
        resumed=resumed,
        parts=parts,
    )
    _begin(report, "evaluating")
    if "test" in parts:
        batches["test"] = make_batches(core, spec, parts, "test")
    evaluate_core(core, batches, fitted, report, has_loop=spec.fit.loop is not None)
    predict_once(core, batches, fitted)
    _begin(report, "exporting")
    leave_script(job, folder, data, core, targets, components=components, fitted=fitted)
    write_kept(out / "artifacts" / PREPROCESSING, spec, data.inputs, targets)
    result = export_model(
        core, data.inputs, targets, spec=spec, data=data.rows, history=fitted.history, out=out, components=components
    )
    report_result(result, report)
    return Outcome(fitted.ended_by)


def read_resumed(job: Job, folder: Path) -> TrainingState | None:
    """The state to go on from; raises CheckpointUnusable."""
    if job.resume is None:
        return None
    resumed = read_checkpoint(folder / job.resume)
    if job.is_extension:
        forget_end(resumed)
    return resumed


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


def leave_script(
    job: Job,
    folder: Path,
    data: LoadedData,
    core: keras.Model,
    targets: Mapping[str, ModelTarget],
    *,
    components: Path | None,
    fitted: Fitted,
) -> None:
    """`eject/` among the artifacts: the run as a plain Keras script; or why not, there and in the log."""
    left = folder / "out" / "artifacts" / "eject"
    try:
        refuse_unwritten(job.spec, was_stopped=fitted.ended_by == "stop")
        files = job.files_in(folder)
        run = Trained(
            job.run_id,
            job.spec,
            core,
            data.rows,
            data.inputs,
            {name: InputTensor(array.shape[1:], tensor_dtype(array)) for name, array in data.tensors["train"].items()},
            targets,
            digest=digest_weights(core),
            files=files,
            hashes={part: hash_file(file.path) for part, file in files.items()},
            threads=job.threads,
        )
        write_eject(run, left, components)
    except NotEjectable as refused:
        left.mkdir(parents=True, exist_ok=True)
        (left / "refused.json").write_text(json.dumps({"pointer": refused.pointer, "reason": refused.reason}))
        print(f"This run cannot be ejected as a plain script. {refused}", flush=True)  # noqa: T201 - the run's log
    except Exception:  # noqa: BLE001 - the training is good all the same, and the log says what was not foreseen
        traceback.print_exc()


def hash_file(path: Path) -> str:
    """The file's SHA-256 in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def report_result(result: Result, report: Report) -> None:
    """Every file, with what was found of it where it is an export; and the exports that failed."""
    tried = {export.file: export.to_json() for export in result.exports if isinstance(export, Exported)}
    for path in result.files:
        report(Artifact(path, tried.get(path)).to_json())
    for failed in result.exports:
        if isinstance(failed, ExportFailed):
            report(FailedExport(**failed.to_json()).to_json())


def use_devices(threads: int | None) -> None:
    """Take no more threads than given, and of a GPU's memory no more than is used.

    TensorFlow refuses both once it has started (in a notebook, say): then it stays as it is.
    """
    with suppress(RuntimeError):
        _limit_devices(threads)


def _limit_devices(threads: int | None) -> None:
    if threads is not None:
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(threads)
    for gpu in tf.config.list_physical_devices("GPU"):
        tf.config.experimental.set_memory_growth(gpu, True)


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
    held = spec.fit.validation_batch_size or spec.fit.batch_size
    return Batches(core, parts[part], spec.fit.batch_size if part == "train" else held)


def evaluate_core(
    core: keras.Model, batches: Mapping[str, Batches], fitted: Fitted, report: Report, *, has_loop: bool = False
) -> None:
    """Scores of the weights that are kept: on validation where early stopping went back to them, and on test."""
    restored = test = None
    if core._compile_loss is None and has_loop:
        return report(Scores(best=fitted.best, last=fitted.last).to_json())  # a loop without a loss judges itself
    if fitted.restored_epoch is not None and "validation" in batches:
        logs = _evaluate(core, batches["validation"], fitted)
        restored = {"epoch": fitted.restored_epoch, "metrics": {f"val_{name}": value for name, value in logs.items()}}
    if "test" in batches:
        test = {"metrics": _evaluate(core, batches["test"], fitted)}
    return report(Scores(best=fitted.best, last=fitted.last, restored=restored, test=test).to_json())


def _evaluate(core: keras.Model, batches: Batches, fitted: Fitted) -> dict[str, float]:
    heard = [callback for callback in fitted.callbacks if overrides(callback, TEST_HOOKS)]
    return plain_metrics(core.evaluate(batches.dataset, return_dict=True, verbose=0, callbacks=heard))


def predict_once(core: keras.Model, batches: Mapping[str, Batches], fitted: Fitted) -> None:
    """Predict what was held back, for callbacks that listen to that; nobody else waits for it."""
    heard = [callback for callback in fitted.callbacks if overrides(callback, PREDICT_HOOKS)]
    if heard:
        part = next(name for name in ("test", "validation", "train") if name in batches)
        core.predict(batches[part].dataset, verbose=0, callbacks=heard)


def _begin(report: Report, phase: PhaseName) -> None:
    report(Phase(phase).to_json())
