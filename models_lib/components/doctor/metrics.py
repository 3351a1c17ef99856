"""Checks of metrics: that they stream."""

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from models_lib.components.doctor.findings import Finding
from models_lib.components.doctor.losses import REFUSALS, Pair, fitting, samples
from models_lib.components.doctor.running import Modes, are_close
from models_lib.components.doctor.subjects import CannotMake, Subject, short

STREAM_ADVICE = (
    "Add up what is needed over all batches in update_state (self.add_weight(…), assign_add), and divide in result."
)


def check_metric(subject: Subject, modes: list[Modes]) -> Iterator[Finding]:
    """Findings of a metric, class or function; raises CannotMake."""
    made = subject.make()
    if isinstance(made, keras.metrics.Metric):
        yield from _check_streaming(subject, made, modes)
    else:
        yield from _check_function(subject, made, modes)


def _check_streaming(subject: Subject, metric: Any, modes: list[Modes]) -> Iterator[Finding]:
    pair, error = _fitting(metric, subject.name)
    if pair is None and isinstance(error, REFUSALS):
        raise CannotMake(f"it refuses targets and predictions of every usual shape: {short(error)}")
    if pair is None:
        yield subject.find(
            "raises",
            "error",
            f"{subject.name} fails on targets and predictions of every usual shape: {short(error)}",
            "update_state(y_true, y_pred, sample_weight=None) gets tensors whose first axis is the batch.",
            line=subject.line_of(error),
        )
        return
    yield from _forgets(subject, metric, pair)
    yield from _adds_up(subject, metric, pair)
    mode = Modes(subject, _updating(metric), tuple(map(tf.constant, pair)), any_batch=True)
    modes.append(mode)
    yield from mode.compare()


def _fitting(metric: Any, name: str) -> tuple[Pair | None, Exception]:
    first: Exception | None = None
    for pair in samples(name):
        try:
            metric.reset_state()
            metric.update_state(*map(tf.constant, pair))
            metric.result()
        except Exception as error:  # another sample may fit
            first = first or error
        else:
            return pair, ValueError()
    return None, first or ValueError()


def _updating(metric: Any) -> Any:
    def update(y_true: Any, y_pred: Any) -> Any:
        metric.reset_state()
        metric.update_state(y_true, y_pred)
        return metric.result()

    return update


def _result(metric: Any, *batches: Pair) -> Any:
    metric.reset_state()
    for pair in batches:
        metric.update_state(*map(tf.constant, pair))
    return keras.tree.map_structure(np.asarray, metric.result())


def _forgets(subject: Subject, metric: Any, pair: Pair) -> Iterator[Finding]:
    once, again = _result(metric, pair), _result(metric, pair)
    if not are_close(once, again):
        yield subject.find(
            "metric-not-reset",
            "error",
            f"{subject.name} gives another result for the same batch after reset_state: an epoch's value would carry "
            "the epochs before it.",
            "Keep its state in self.add_weight(…), which reset_state sets to zero, or reset your own there.",
        )


def _adds_up(subject: Subject, metric: Any, pair: Pair) -> Iterator[Finding]:
    """Two batches of unequal size must give what one batch of all their rows gives."""
    whole = _result(metric, pair)
    parts = _result(metric, (pair[0][:2], pair[1][:2]), (pair[0][2:], pair[1][2:]))
    last = _result(metric, (pair[0][2:], pair[1][2:]))
    if are_close(whole, parts):
        return
    what = "of the last batch alone" if are_close(parts, last) else "that depends on how rows fall into batches"
    yield subject.find(
        "metric-does-not-stream",
        "error",
        f"{subject.name} gives a result {what}: {_shown(parts)} over two batches, {_shown(whole)} over both at once.",
        STREAM_ADVICE,
    )


def _shown(value: Any) -> str:
    return ", ".join(f"{float(np.mean(part)):.4g}" for part in keras.tree.flatten(value)[:3])


def _check_function(subject: Subject, function: Any, modes: list[Modes]) -> Iterator[Finding]:
    """Keras averages a function's values over instances; one value a batch is averaged over batches."""
    pair = fitting(function, subject.name)
    mode = Modes(subject, function, tuple(map(tf.constant, pair)), any_batch=True)
    modes.append(mode)
    yield from mode.compare()
    shape = np.asarray(function(*map(tf.constant, pair))).shape
    if not shape or shape[0] != len(pair[0]):
        yield subject.find(
            "metric-mean-of-batches",
            "warning",
            f"{subject.name} gives one value a batch, so that an epoch's value is a mean over batches, whatever their "
            "sizes.",
            "Return one value per instance, or write a keras.metrics.Metric. " + STREAM_ADVICE,
        )
