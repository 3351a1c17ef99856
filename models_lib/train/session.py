"""One attempt from its folder to its artifacts: load, build, fit, evaluate, export."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path

import keras
import tensorflow as tf

from models_lib.data.kept import write_kept
from models_lib.data.preparing import prepare_parts
from models_lib.export.artifacts import Result, export_model
from models_lib.export.exporting import Exported, ExportFailed
from models_lib.spec.starts import PREPROCESSING
from models_lib.spec.types import RunSpec
from models_lib.train.batches import Batches
from models_lib.train.beginning import read_beginning
from models_lib.train.building import (
    LoadedData,
    build_model,
    enter_components,
    load_data,
    make_batches,
    summarise,
)
from models_lib.train.checkpoints import read_checkpoint
from models_lib.train.devices import choose_strategy, tell_unseen_gpus, use_devices
from models_lib.train.fingerprint import tell_differences
from models_lib.train.fitting import EndedBy, Fitted, fit_core
from models_lib.train.hooks import PREDICT_HOOKS, TEST_HOOKS, overrides
from models_lib.train.job import Job
from models_lib.train.judging import leave_evaluation
from models_lib.train.leaving import leave_script
from models_lib.train.reports import (
    Artifact,
    FailedExport,
    Phase,
    PhaseName,
    Report,
    Scores,
    Summary,
    plain_metrics,
)
from models_lib.train.state import TrainingState, put_state, take_state
from models_lib.train.steering import forget_end
from models_lib.train.together import Agreement, Cluster
from models_lib.train.wishes import Wishes

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


NONE = Wishes()


@dataclass(frozen=True)
class Outcome:
    """How the attempt ended."""

    ended_by: EndedBy


def train(
    job: Job,
    folder: Path,
    report: Report,
    wishes: Wishes = NONE,
    cluster: Cluster | None = None,
) -> Outcome:
    """Train what `job` says in its folder (`in/`, `out/`); raises DataFault, NonFinite, CheckpointUnusable, Paused.

    `cluster`: the workers that train it together, of which the first exports what comes out.
    Sets Keras' seed and dtype policy, and TensorFlow's threads where it has not started yet: one training a process.
    """
    spec, out = job.spec, folder / "out"
    use_devices(job.threads, job.cpu_devices, is_exact=spec.fit.exact)
    strategy = choose_strategy(cluster, has_loop=spec.fit.loop is not None)
    tell_unseen_gpus(report)
    _begin(report, "preparing")
    components = enter_components(spec, folder)
    data = load_data(spec, job, folder)
    _begin(report, "building")
    with strategy.scope():
        core, targets = build_model(spec, data, read_beginning(job, folder))
    report(Summary(summarise(core, spec)).to_json())
    parts = prepare_parts(spec, data.rows, data.tensors, targets)
    resumed = read_resumed(job, folder)
    if resumed is not None:
        tell_differences(resumed.plain.get("fingerprint"), report)
    _begin(report, "training")
    batches = {part: make_batches(core, spec, parts, part) for part in parts if part != "test"}
    changes = wishes.changes
    wishes = replace(wishes, changes=lambda: changes() or job.live)
    with strategy.scope():
        agreement = agree_on_place(strategy, wishes, cluster, resumed) if cluster else None
        fitted = fit_core(
            core,
            spec,
            batches,
            out=out,
            report=report,
            wishes=agreement or wishes,
            resumed=resumed,
            parts=parts,
        )
    _begin(report, "evaluating")
    if "test" in parts:
        batches["test"] = make_batches(core, spec, parts, "test")
    evaluate_core(core, batches, fitted, report, has_loop=spec.fit.loop is not None)
    predict_once(core, batches, fitted)
    if cluster is None or cluster.is_first:
        core = on_one_device(core, spec, data)
        tables, artifacts = data.rows.parts, out / "artifacts"
        leave_evaluation(core, spec, targets, batches=batches, parts=parts, tables=tables, artifacts=artifacts)
        _begin(report, "exporting")
        leave_script(job, folder, data, core, targets, components=components, fitted=fitted)
        write_kept(artifacts / PREPROCESSING, spec, data.inputs, targets)
        result = export_model(
            core,
            data.inputs,
            targets,
            spec=spec,
            data=data.rows,
            history=fitted.history,
            out=out,
            components=components,
        )
        report_result(result, report)
    return Outcome(fitted.ended_by)


def agree_on_place(
    strategy: tf.distribute.Strategy, wishes: Wishes, cluster: Cluster, resumed: TrainingState | None
) -> Agreement:
    """Begin with what the first wishes; raises OutOfStep where the trainers do not begin at one place."""
    agreement = Agreement(strategy, wishes, is_first=cluster.is_first)
    agreement.check_place(*((resumed.plain["epoch"], resumed.step) if resumed is not None else (0, 0)))
    agreement.agree(steps=1, is_due=False)
    return agreement


def on_one_device(core: keras.Model, spec: RunSpec, data: LoadedData) -> keras.Model:
    """The core itself, or one equal to it where it has copies on several devices: what is saved knows of one alone."""
    if core.distribute_strategy.num_replicas_in_sync == 1:
        return core
    state = take_state(core, ())
    alone, _ = build_model(spec, data)
    if alone.optimizer is not None:
        alone.optimizer.build(alone.trainable_variables)
    put_state(alone, (), state)
    return alone


def read_resumed(job: Job, folder: Path) -> TrainingState | None:
    """The state to go on from; raises CheckpointUnusable."""
    if job.resume is None:
        return None
    resumed = read_checkpoint(folder / job.resume)
    if job.is_extension:
        forget_end(resumed)
    return resumed


def report_result(result: Result, report: Report) -> None:
    """Every file, with what was found of it where it is an export; and the exports that failed."""
    tried = {export.file: export.to_json() for export in result.exports if isinstance(export, Exported)}
    for path in result.files:
        report(Artifact(path, tried.get(path)).to_json())
    for failed in result.exports:
        if isinstance(failed, ExportFailed):
            report(FailedExport(**failed.to_json()).to_json())


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
    if fitted.engine is not None and not heard and batches.is_in_memory:
        return plain_metrics(fitted.engine.evaluate(batches))
    return plain_metrics(core.evaluate(batches.dataset, return_dict=True, verbose=0, callbacks=heard))


def predict_once(core: keras.Model, batches: Mapping[str, Batches], fitted: Fitted) -> None:
    """Predict what was held back, for callbacks that listen to that; nobody else waits for it."""
    heard = [callback for callback in fitted.callbacks if overrides(callback, PREDICT_HOOKS)]
    if heard:
        part = next(name for name in ("test", "validation", "train") if name in batches)
        core.predict(batches[part].dataset, verbose=0, callbacks=heard)


def _begin(report: Report, phase: PhaseName) -> None:
    report(Phase(phase).to_json())
