"""`compile`, in Keras' own terms."""

import inspect
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import keras

from models_lib.build.arrangement import arrange_outputs
from models_lib.build.component_objects import construct_open
from models_lib.build.objects import construct
from models_lib.build.optimizers import make_optimizer
from models_lib.components.factories import CURVE
from models_lib.spec.objects import KerasObject
from models_lib.spec.training import Compile


def compile_core(core: keras.Model, described: Compile) -> None:
    """Compile the core; `jit_compile: auto` means no XLA, so that every machine computes the same."""
    given = {
        "optimizer": make_optimizer(core, described),
        "loss": _losses(core, described),
        "loss_weights": _loss_weights(core, described),
        "metrics": _metrics(core, described, described.metrics),
        "weighted_metrics": _metrics(core, described, described.weighted_metrics),
        "run_eagerly": described.run_eagerly,
        "steps_per_execution": described.steps_per_execution,
        "jit_compile": described.jit_compile is True,
        "auto_scale_loss": described.auto_scale_loss,
    }
    own = {name: construct_open(name, value) for name, value in described.own.items()}
    with still_open(core):
        core.compile(**taken_arguments(core, given), **own)
    core.run_eagerly = described.run_eagerly


@contextmanager
def still_open(core: keras.Model) -> Iterator[None]:
    """A `compile` of its own may add metrics to the model, as at home, where it stands before the first call."""
    tracker = core._tracker
    was_locked = tracker.locked
    tracker.unlock()
    try:
        yield
    finally:
        if was_locked:
            tracker.lock()


def taken_arguments(core: keras.Model, given: dict[str, Any]) -> dict[str, Any]:
    """Of Keras' arguments those that the model's own `compile` takes, or passes on."""
    parameters = inspect.signature(core.compile).parameters.values()
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        own = {parameter.name for parameter in parameters}
        return {name: value for name, value in given.items() if value is not None or name in own}
    return {name: given[name] for name in given if name in {parameter.name for parameter in parameters}}


def _losses(core: keras.Model, described: Compile) -> Any:
    losses = {name: construct("loss", loss) for name, loss in described.loss.items()}
    return arrange_outputs(core, losses) if losses else None


def _loss_weights(core: keras.Model, described: Compile) -> Any:
    weights = described.loss_weights
    return arrange_outputs(core, {name: weights.get(name, 1.0) for name in described.loss}) if weights else None


def _metric(described: KerasObject) -> Any:
    """What a factory made has a curve of the name that its author gave it, not of the one that it is saved under."""
    metric = construct("metric", described)
    curve = getattr(metric, CURVE, None)
    return keras.metrics.MeanMetricWrapper(metric, name=curve) if curve is not None else metric


def _metrics(core: keras.Model, described: Compile, metrics: Mapping[str, tuple[KerasObject, ...]]) -> Any:
    if not metrics:
        return None
    made = {name: [_metric(metric) for metric in metrics.get(name, ())] for name in described.loss or metrics}
    return arrange_outputs(core, made)
