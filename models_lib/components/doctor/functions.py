"""Checks of activations, initializers, regularizers, constraints and schedules."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import tensorflow as tf

from models_lib.components.doctor.findings import Finding
from models_lib.components.doctor.numbers import has_no_gradient, judge_extremes, judge_gradient
from models_lib.components.doctor.running import Modes, in_graph, run
from models_lib.components.doctor.subjects import CannotMake, Subject, short

SHAPES = ((4, 3), (3, 3, 2, 4), (3, 1, 6), (4,))
EXTREMES = np.array([[-1000.0], [-100.0], [-30.0], [0.0], [30.0], [100.0], [1000.0]])


def numbers(rows: int = 4, columns: int = 4) -> np.ndarray[Any, Any]:
    return np.random.default_rng(7).normal(size=(rows, columns)).astype("float32")


def check_activation(subject: Subject, modes: list[Modes]) -> Iterator[Finding]:
    """Findings of an activation: same shape, same result everywhere, a sound gradient, also far out."""
    function = subject.make()
    x = numbers()
    mode = Modes(subject, function, (tf.constant(x),), any_batch=True)
    modes.append(mode)
    yield from mode.compare()
    tried = run(function, (tf.constant(x),))
    if tried.error is not None:
        return
    if np.shape(tried.value)[:-1] != x.shape[:-1]:
        message = f"{subject.name} makes {np.shape(tried.value)} of {x.shape}: an activation keeps the rows."
        yield subject.find("shape", "error", message, "Compute element by element, or write a layer.")
        return
    if mode.is_random:
        return
    if has_no_gradient(function, x):
        message = f"No gradient flows through {subject.name}: layers before it would learn nothing."
        yield subject.find("no-gradient", "warning", message, "Give it a gradient with tf.custom_gradient.")
        return
    yield from judge_gradient(subject, function, [x, x * 3], "its input")
    yield from judge_extremes(subject, function, EXTREMES, "x")


def check_initializer(subject: Subject, modes: list[Modes]) -> Iterator[Finding]:
    """Findings of an initializer: the shape and type that were asked for, finite."""
    function = subject.make()
    tries = [(shape, run(lambda shape=shape: function(shape, dtype="float32"), ())) for shape in SHAPES]
    if all(tried.error is not None for _, tried in tries):
        yield _fails(subject, tries[0][1].error, "It is called as initializer(shape, dtype=…).")
    for shape, tried in tries:
        if tried.error is not None:
            continue  # some are made for matrices alone
        value = np.asarray(tried.value)
        if value.shape != shape or value.dtype != np.float32 or not np.isfinite(value).all():
            message = f"{subject.name} gives {value.dtype} {value.shape} where float32 {shape}, finite, was asked for."
            yield subject.find("initializer", "error", message, "Return a tensor of the shape and the dtype given.")
            return


def check_regularizer(subject: Subject, modes: list[Modes]) -> Iterator[Finding]:
    """Findings of a regularizer: one finite number with a gradient."""
    function = _that_holds(subject)
    x = numbers()
    mode = Modes(subject, function, (tf.constant(x),))
    modes.append(mode)
    yield from mode.compare()
    tried = run(function, (tf.constant(x),))
    if tried.error is not None:
        return
    if np.shape(tried.value) != ():
        message = f"{subject.name} gives a result of shape {np.shape(tried.value)}: a regularizer gives one number."
        yield subject.find("regularizer", "error", message, "Sum over the weights: keras.ops.sum(…).")
        return
    if has_no_gradient(function, x):
        message = f"No gradient flows through {subject.name}: it would hold nothing back."
        yield subject.find("no-gradient", "error", message, "Compute it with operations that have a derivative.")
        return
    yield from judge_gradient(subject, function, [x], "the weights")


def _that_holds(subject: Subject) -> Any:
    """One whose strengths are not 0, which would hold nothing back by its author's wish."""
    zeros = {p.name: 0.5 for p in subject.parameters if type(p.default) in (int, float) and not p.default}
    try:
        return subject.make(**zeros) if subject.is_class or subject.is_factory else subject.make()
    except CannotMake:
        return subject.make()


def check_constraint(subject: Subject, modes: list[Modes]) -> Iterator[Finding]:
    """Findings of a constraint: weights of the same shape and type, finite."""
    function = subject.make()
    x = numbers()
    mode = Modes(subject, function, (tf.constant(x),))
    modes.append(mode)
    yield from mode.compare()
    tried = run(function, (tf.constant(x),))
    if tried.error is None:
        value = np.asarray(tried.value)
        if value.shape != x.shape or value.dtype != x.dtype or not np.isfinite(value).all():
            message = f"{subject.name} makes {value.dtype} {value.shape} of float32 {x.shape} weights."
            yield subject.find("constraint", "error", message, "Return the weights, changed, in their shape and dtype.")
            return
        zeros = run(function, (tf.zeros_like(x),))
        if zeros.error is None and not np.isfinite(np.asarray(zeros.value)).all():
            message = f"{subject.name} makes NaN or infinity of weights that are 0, as biases are at first."
            yield subject.find("constraint", "error", message, "Add keras.config.epsilon() to what is divided by.")


def check_schedule(subject: Subject, modes: list[Modes]) -> Iterator[Finding]:
    """Findings of a learning-rate schedule: one positive number for a step, in a graph as eagerly."""
    made = subject.make()
    mode = Modes(subject, made, (tf.constant(3, tf.int64),))
    modes.append(mode)
    yield from mode.compare()
    for step in (0, 1, 1000, 100_000):
        tried = run(in_graph(made), (tf.constant(step, tf.int64),))
        if tried.error is None and (np.shape(tried.value) != () or not 0 <= float(tried.value) < np.inf):
            message = (
                f"{subject.name} gives {tried.value!r} for step {step}: a learning rate is one number, not negative."
            )
            yield subject.find("schedule", "error", message, "Return a scalar; cast the step to float32 first.")
            return


def _fails(subject: Subject, error: Exception | None, advice: str) -> Finding:
    assert error is not None
    message = f"{subject.name} fails: {short(error)}"
    return subject.find("raises", "error", message, advice, line=subject.line_of(error))
