"""`model.fit`, or an engine that computes the same, driven with our order of the rows."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import keras

from models_lib.data.preparing import PreparedPart
from models_lib.spec.types import RunSpec
from models_lib.train.batches import Batches
from models_lib.train.callbacks import make_callbacks
from models_lib.train.checkpoints import CheckpointFolder
from models_lib.train.fused.choosing import choose_engine, tell_gain
from models_lib.train.fused.running import FusedEngine
from models_lib.train.hooks import TrainingHooks
from models_lib.train.inside import InsideEpoch, Paused
from models_lib.train.looping import run_loop
from models_lib.train.recording import EpochRecorder
from models_lib.train.reports import Report
from models_lib.train.state import TrainingState, build_for, restore_tables
from models_lib.train.steering import FOREVER, Steering
from models_lib.train.together import Agreement
from models_lib.train.watching import BatchWatch
from models_lib.train.wishes import Wishes

EndedBy = Literal["completed", "early_stopping", "stop"]


@dataclass(frozen=True)
class Fitted:
    """How a training ended; `restored_epoch` is the epoch whose weights early stopping went back to.

    `is_as_specified`: whether the spec alone says what was done.
    """

    ended_by: EndedBy
    history: dict[str, list[Any]]
    best: dict[str, Any] | None
    last: dict[str, Any] | None
    restored_epoch: int | None
    is_as_specified: bool = True
    callbacks: list[keras.callbacks.Callback] = field(default_factory=list)
    engine: FusedEngine | None = None


def fit_core(
    core: keras.Model,
    spec: RunSpec,
    batches: Mapping[str, Batches],
    *,
    out: Path,
    report: Report,
    wishes: Wishes | Agreement,
    resumed: TrainingState | None = None,
    parts: Mapping[str, PreparedPart] | None = None,
) -> Fitted:
    """Train the compiled core on `batches` of train, and of validation where there is one; raises NonFinite, Paused.

    Epochs are recorded and checkpointed as they end, long ones inside too. `parts` are what a loop of a component's own
    is given: what its Python remembers inside an epoch nobody can save, so that it goes on from a whole one.
    """
    train, agreement = batches["train"], wishes if isinstance(wishes, Agreement) else None
    checkpoints = CheckpointFolder(out, spec.fit.checkpoint, report)
    asked = make_callbacks(spec, out)
    steering = Steering(core, report, wishes.changes, epochs=spec.fit.epochs)
    recorder = EpochRecorder(
        spec, train, asked, checkpoints=checkpoints, report=report, steering=steering, resumed=resumed
    )
    if resumed is not None:
        restore_tables(recorder.callbacks, resumed)
    # Built before the first batch: else Keras traces the training step twice.
    if core.optimizer is not None:
        core.optimizer.build(core.trainable_variables)
    engine = choose_engine(core, spec, batches, asked, report, is_first=resumed is None, agreement=agreement)
    watch = BatchWatch(core, report, wishes.should_stop, steering=steering, steps=train.steps)
    inside = InsideEpoch(
        core,
        recorder.callbacks,
        train,
        checkpoints,
        every=spec.fit.checkpoint.every,
        can_save=engine is not None or (spec.fit.loop is None and spec.compile.steps_per_execution == 1),
        should_pause=wishes.should_pause,
        resumed=resumed,
        is_due=agreement.is_due if agreement else None,
    )
    steering.steer(asked, inside.save_every)
    hooks = TrainingHooks(
        recorder.callbacks, watch=watch, inside=inside, steering=steering, core=core, steps=train.steps
    )
    if resumed is not None and engine is None:
        build_for(core, train.dataset, resumed)
    first = spec.fit.initial_epoch if resumed is None else _epoch_to_go_on(steering, resumed)
    try:
        if spec.fit.loop is not None:
            run_loop(core, spec, spec.fit.loop, parts or {}, batches, hooks=hooks, first_epoch=first, resumed=resumed)
        elif engine is not None:
            after = tell_gain(engine, core, spec, report) if resumed is None else None
            engine.fit(hooks, first_epoch=first, validates=spec.fit.validates, after_second=after)
        else:
            _fit(core, spec, batches, hooks, first)
    except (Exception, Paused, SystemExit):
        with suppress(OSError):  # whatever ended the training is what is told
            checkpoints.flush()
        raise
    scores = {"best": recorder.best_score, "last": recorder.last_score}
    return Fitted(
        _ended_by(watch, steering, core),
        recorder.history,
        **scores,
        restored_epoch=_restored_epoch(asked),
        is_as_specified=steering.is_as_specified,
        callbacks=asked,
        engine=engine,
    )


def _fit(
    core: keras.Model, spec: RunSpec, batches: Mapping[str, Batches], hooks: TrainingHooks, first_epoch: int
) -> None:
    when = spec.fit.validation_freq
    core.fit(
        batches["train"].dataset,
        epochs=FOREVER,
        initial_epoch=first_epoch,
        validation_data=batches["validation"].dataset if "validation" in batches else None,
        validation_freq=list(when) if isinstance(when, tuple) else when,
        shuffle=False,
        verbose=0,
        callbacks=hooks,
    )


def _epoch_to_go_on(steering: Steering, resumed: TrainingState) -> int:
    """Where the checkpoint left off; past the end where it had been decided to stop, or all epochs are done."""
    steering.look_ahead(resumed)
    epoch = int(resumed.plain["epoch"])
    return FOREVER if resumed.plain["stop"] or epoch >= steering.epochs else epoch


def _ended_by(watch: BatchWatch, steering: Steering, core: keras.Model) -> EndedBy:
    if watch.was_stopped:
        return "stop"
    return "early_stopping" if core.stop_training and not steering.is_complete else "completed"


def _restored_epoch(callbacks: list[keras.callbacks.Callback]) -> int | None:
    for callback in callbacks:
        if isinstance(callback, keras.callbacks.EarlyStopping) and callback.best_weights is not None:
            return int(callback.best_epoch) + 1
    return None
