"""Checks of losses."""

import warnings
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from models_lib.components.doctor.findings import Finding
from models_lib.components.doctor.numbers import has_no_gradient, judge_extremes, judge_gradient
from models_lib.components.doctor.running import Modes
from models_lib.components.doctor.subjects import CannotMake, Subject, short

ROWS = 6
REFUSALS = (ValueError, tf.errors.InvalidArgumentError)
"""What an object raises that does not want such tensors; other errors are its own faults."""
LARGEST_JUDGED = 100
"""Predictions of more numbers are not compared with finite differences, one by one."""
Array = NDArray[Any]
Pair = tuple[Array, Array]


def samples(name: str = "") -> list[Pair]:
    """Targets and predictions as losses take them: numbers, probabilities of several classes, of one, class numbers.

    Behind them what few losses want: two shares a row, images, a mean and a spread, three codes, sequences of words.
    """
    draw = np.random.default_rng(7)
    probabilities, shares = _softmax(draw.normal(size=(ROWS, 3))), _softmax(draw.normal(size=(ROWS, 3)))
    classes = np.array([0, 1, 2, 0, 1, 2])
    pairs = [
        (draw.normal(size=(ROWS, 1)).astype("float32"), draw.normal(size=(ROWS, 1)).astype("float32")),
        (np.eye(3, dtype="float32")[classes], probabilities),
        (draw.normal(size=(ROWS, 3)).astype("float32"), draw.normal(size=(ROWS, 3)).astype("float32")),
        ((classes % 2)[:, None].astype("float32"), probabilities[:, :1]),
        (classes[:, None].astype("int32"), probabilities),
        (classes.astype("int32"), probabilities),
    ]
    pictures = draw.uniform(size=(2, ROWS, 16, 16, 1)).astype("float32")
    rare = [
        (shares, probabilities),
        (pictures[0].round(), pictures[1]),
        (draw.normal(size=(ROWS, 1)).astype("float32"), draw.normal(size=(ROWS, 2)).astype("float32")),
        (draw.normal(size=(ROWS, 1)).astype("float32"), draw.normal(size=(ROWS, 6)).astype("float32")),
        (classes.reshape(ROWS, 1).repeat(2, 1) + 1, _softmax(draw.normal(size=(ROWS, 5, 4)))),
    ]
    return (pairs[::-1] if "sparse" in name.lower() else pairs) + rare


def _softmax(logits: Array) -> Array:
    powers = np.exp(logits)
    return np.asarray(powers / powers.sum(-1, keepdims=True), "float32")


def function_of(loss: Any) -> Any:
    """What gives one value per instance: a Loss' `call`, a function itself."""
    return loss.call if isinstance(loss, keras.losses.Loss) else loss


def fitting(function: Any, name: str = "") -> Pair:
    """The first sample on which it gives a number and no warning, else the first that it takes; raises its error."""
    first: Exception | None = None
    taken: Pair | None = None
    for pair in samples(name):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", SyntaxWarning)
                value = function(*map(tf.constant, pair))
        except Exception as error:  # another sample may fit
            first = first or error
        else:
            taken = taken or pair
            if np.isfinite(np.asarray(value)).all():
                return pair
    if taken is None:
        raise first or CannotMake("there is nothing to try it on")
    return taken


def check_loss(subject: Subject, modes: list[Modes]) -> Iterator[Finding]:
    """Findings of a loss; raises CannotMake where nothing can be tried."""
    function = function_of(subject.make())
    try:
        pair = fitting(function, subject.name)
    except REFUSALS as error:
        raise CannotMake(f"it refuses targets and predictions of every usual shape: {short(error)}") from error
    except Exception as error:
        yield subject.find(
            "raises",
            "error",
            f"{subject.name} fails on targets and predictions of every usual shape: {short(error)}",
            "It is called as loss(y_true, y_pred) with tensors whose first axis is the batch.",
            line=subject.line_of(error),
        )
        return
    y_true, y_pred = pair
    yield from _one_value_per_instance(subject, function, pair)
    mode = Modes(subject, function, (tf.constant(y_true), tf.constant(y_pred)), any_batch=True)
    modes.append(mode)
    yield from mode.compare()
    if mode.xla is None:
        return
    if has_no_gradient(lambda x: function(tf.constant(y_true), x), y_pred):
        yield subject.find(
            "no-gradient",
            "error",
            f"No gradient flows from {subject.name} to the predictions: nothing would be learned.",
            "Compute it with operations that have a derivative: no casts to integers, argmax, comparisons alone.",
        )
        return
    if not mode.is_random:
        yield from _numbers(subject, function, pair)


def _one_value_per_instance(subject: Subject, function: Any, pair: Pair) -> Iterator[Finding]:
    shape = np.asarray(function(*map(tf.constant, pair))).shape
    chosen = {"axis", "reduction_axis"} & {parameter.name for parameter in subject.parameters}
    if (not shape or shape[0] != ROWS) and not chosen:
        yield subject.find(
            "one-value-per-instance",
            "warning",
            f"{subject.name} gives a result of shape {shape} for {ROWS} instances, not one value each: sample weights, "
            "class weights and masks are applied to the mean, which is silently wrong.",
            "Leave out the mean over the batch: return keras.ops.mean(…, axis=-1), and Keras averages.",
        )


def _numbers(subject: Subject, function: Any, pair: Pair) -> Iterator[Finding]:
    y_true, y_pred = pair
    target = y_true if y_true.dtype.kind == "i" else None

    def of_prediction(x: Any) -> Any:
        return function(tf.constant(y_true if target is not None else y_true.astype(x.dtype.as_numpy_dtype)), x)

    judged = [y_pred] if y_pred.size <= LARGEST_JUDGED else []
    yield from judge_gradient(subject, of_prediction, judged, "y_pred")
    yield from _at_the_edges(subject, function)
    if y_pred.shape[1:] == (1,) and target is None:
        zero = np.zeros((1, 1))
        points = np.array([[-100.0], [-30.0], [30.0], [100.0]])
        yield from judge_extremes(
            subject, lambda x: function(tf.constant(zero.astype(x.dtype.as_numpy_dtype)), x), points, "y_pred"
        )


def _at_the_edges(subject: Subject, function: Any) -> Iterator[Finding]:
    """Where the prediction is the target, and where a probability is 0 or 1, as a sigmoid or a softmax gives them.

    A loss takes more kinds of targets than it is meant for, a crossentropy any numbers: it is at fault where it
    fails on each kind on which it gives a number at all.
    """
    told: list[tuple[str, str]] = []
    taken = [pair for pair in samples(subject.name) if pair[1].ndim == 2 and _gives_numbers(function, pair)]
    alike = [pair for pair in taken if pair[0].shape == pair[1].shape]
    for pair in alike or [pair for pair in taken if pair[0].dtype.kind == "i"]:
        wrong = _wrong_at_an_edge(function, pair)
        if wrong is None:
            return
        told.append(wrong)
    if told:
        yield subject.find(
            "non-finite",
            "error",
            f"The {told[0][0]} of {subject.name} is NaN or infinite where {told[0][1]}.",
            "Keep logarithms, roots and divisions away from 0: add keras.config.epsilon(), or keras.ops.clip.",
        )


def _gives_numbers(function: Any, pair: Pair) -> bool:
    try:
        return bool(np.isfinite(np.asarray(function(*map(tf.constant, pair)))).all())
    except Exception:  # not meant for it
        return False


def _wrong_at_an_edge(function: Any, pair: Pair) -> tuple[str, str] | None:
    """What is not finite, and where."""
    y_true, y_pred = pair
    width = y_pred.shape[1]
    sure = (
        np.eye(width, dtype="float32")[np.arange(ROWS) % width]
        if width > 1
        else np.array([[0.0], [1.0]] * 3, "float32")
    )
    equal = y_true.astype("float32") if y_true.shape == y_pred.shape else sure
    edges = (
        ("the prediction equals the target", y_true, equal),
        ("a prediction is 0 or 1", y_true, sure),
        ("a target is 0 in all places", np.zeros_like(y_true), y_pred),
    )
    for name, target, prediction in edges:
        x = tf.constant(prediction)
        with tf.GradientTape() as tape:
            tape.watch(x)
            value = tf.convert_to_tensor(function(tf.constant(target), x))
        found = tape.gradient(value, x)
        wrong = [
            what
            for what, part in (("value", value), ("gradient", found))
            if part is not None and not np.isfinite(np.asarray(tf.convert_to_tensor(part))).all()
        ]
        if wrong:
            return " and the ".join(wrong), name
    return None
