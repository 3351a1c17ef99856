"""Gradients against finite differences, and values and gradients where numbers are large."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from models_lib.components.doctor.findings import Finding
from models_lib.components.doctor.subjects import Subject

Array = NDArray[Any]
Function = Callable[[Any], Any]
LARGEST_FLOAT32 = float(np.finfo(np.float32).max)
STEP = 1e-5
TOLERANCE = 1e-3
FEW = 0.1
"""The share of elements that may disagree: a kink may lie between two of the points that are compared."""


def gradient(function: Function, x: Array) -> tuple[Array, Array | None]:
    """The value, and the gradient of its sum with respect to `x`; None where none flows."""
    tensor = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(tensor)
        value = tf.convert_to_tensor(function(tensor))
        total = tf.reduce_sum(value)
    found = tape.gradient(total, tensor)
    return value.numpy(), None if found is None else tf.convert_to_tensor(found).numpy()


def has_no_gradient(function: Function, x: Array) -> bool:
    return gradient(function, x)[1] is None


def disagreement(function: Function, points: Sequence[Array]) -> tuple[float, float] | None:
    """A derivative as the tape has it and as finite differences have it, where some elements of all points disagree.

    In float64, elementwise central differences; an element whose one-sided ones differ sits at a kink and is left out.
    """
    wrong: list[tuple[float, float]] = []
    judged = 0
    for point in points:
        try:
            x = point.astype(np.float64)
            _, told = gradient(function, x)
            pairs = list(_pairs(function, x, told)) if told is not None and told.dtype == np.float64 else []
        except Exception:  # it knows no float64, so nothing can be said
            return None
        judged += len(pairs)
        wrong += [pair for pair in pairs if abs(pair[0] - pair[1]) > TOLERANCE * max(1.0, abs(pair[1]))]
    return wrong[0] if len(wrong) > judged * FEW else None


def _pairs(function: Function, x: Array, told: Array) -> Iterator[tuple[float, float]]:
    def total(at: Array) -> float:
        value = tf.reduce_sum(function(tf.constant(at)))
        return float(value)

    middle = total(x)
    for index in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[index] += STEP
        down[index] -= STEP
        right, left = (total(up) - middle) / STEP, (middle - total(down)) / STEP
        if np.isfinite(right + left) and abs(right - left) < 0.05 * max(1.0, abs(right)):
            yield float(told[index]), (right + left) / 2


def judge_gradient(subject: Subject, function: Function, points: Sequence[Array], of: str) -> Iterator[Finding]:
    """Finding where the gradient is not the one of the function."""
    found = disagreement(function, points)
    if found is not None:
        told, measured = found
        yield subject.find(
            "gradient",
            "warning",
            f"The gradient of {subject.name} with respect to {of} is {told:.4g} where finite differences give "
            f"{measured:.4g}.",
            "Mend the function of its custom gradient; leave it if it is meant (a straight-through estimator).",
        )


def judge_extremes(subject: Subject, function: Function, points: Array, of: str) -> Iterator[Finding]:
    """Findings where float32 gives NaN or infinity and exact arithmetic, told by float64, would give a float32.

    `points`: one a row; each row is tried alone, so that it can be named.
    """
    values: list[float] = []
    gradients: list[float] = []
    for row in points:
        x = row.reshape(1, -1)
        got = _both(function, x.astype(np.float32))
        exact = _both(function, x.astype(np.float64))
        if got is None:
            continue
        at = float(x.flat[np.argmax(np.abs(x))])
        if _is_lost(got[0], exact and exact[0]):
            values.append(at)
        if got[1] is not None and _is_lost(got[1], exact and exact[1]):
            gradients.append(at)
    advice = (
        "Write it so that no intermediate overflows: keras.ops has softplus, logsumexp, log1p, expm1; or use where."
    )
    if gradients:
        message = f"The gradient of {subject.name} is not finite at {of} = {_listed(gradients)}, where it could be."
        yield subject.find(
            "non-finite-gradient", "error", message, advice + " tf.custom_gradient mends the gradient alone."
        )
    if values:
        message = f"{subject.name} is not finite at {of} = {_listed(values)}, where it could be."
        yield subject.find("non-finite", "warning" if not gradients else "error", message, advice)


def _both(function: Function, x: Array) -> tuple[Array, Array | None] | None:
    try:
        return gradient(function, x)
    except Exception:  # types or shapes that it does not take: other checks tell
        return None


def _is_lost(got: Array, exact: Array | None) -> bool:
    """Not finite, though exactly computed it is a number that float32 can hold. Not known: only NaN counts."""
    bad = ~np.isfinite(got)
    if exact is None or exact.shape != got.shape or exact.dtype != np.float64:
        return bool(np.isnan(got).any())
    fits = np.isfinite(exact) & (np.abs(exact) < LARGEST_FLOAT32)
    return bool((bad & fits).any())


def _listed(values: list[float]) -> str:
    return ", ".join(f"{value:g}" for value in values[:4])
