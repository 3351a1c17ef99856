"""Checks of layers: shapes and types that they will meet, what they do in training, where their gradients go."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from models_lib.components.doctor.calling import call_layer, counts_its_inputs, layer_of, tensors_of, wants_training
from models_lib.components.doctor.configs import check_saving, shape_of
from models_lib.components.doctor.findings import Finding
from models_lib.components.doctor.numbers import judge_extremes, judge_gradient
from models_lib.components.doctor.running import Modes, are_close, as_array, explain, run
from models_lib.components.doctor.subjects import CannotMake, Subject, short

ROWS = 5
NO_KERNEL = (tf.errors.NotFoundError, tf.errors.UnimplementedError)
"""What TensorFlow cannot do in float16 on this device is no fault of the layer."""


def inputs() -> list[Any]:
    """Batches as layers take them: rows, sequences, images, indices, two of a kind."""
    draw = np.random.default_rng(7)

    def some(*shape: int) -> Any:
        return draw.normal(size=(ROWS, *shape)).astype("float32")

    return [
        some(8),
        some(6, 8),
        some(8, 8, 3),
        draw.integers(0, 4, size=(ROWS, 6)).astype("int32"),
        [some(8), some(8)],
        [some(6, 8), some(6, 8)],
        [some(5), some(6)],
        some(4, 8, 8, 3),
        some(600),
        *(some(4), some(4, 4), some(8, 8, 4), [some(4), some(4)]),  # of the width that is guessed for a size
        some(2, 4, 4, 4, 2),
    ]


def as_tensors(x: Any) -> Any:
    return keras.tree.map_structure(tf.constant, x)


def check_layer(subject: Subject, modes: list[Modes]) -> Iterator[Finding]:
    """Findings of a layer; raises CannotMake where no usual input fits."""
    if wants_training(subject):
        yield subject.find(
            "training-argument",
            "error",
            f"{subject.name} cannot be called without training, which Keras does where a model is built.",
            "Give it a default: def call(self, x, training=None).",
        )
        return
    try:
        x, layer = fitting(subject)
    except CannotMake as refused:
        if not isinstance(refused.__cause__, OSError):
            raise
        yield _forbidden(subject, refused.__cause__)
        return
    yield from _compare_modes(subject, layer, x, modes)
    yield from _batches(subject, layer, x)
    yield from _in_training(subject, layer, x)
    yield from _half_precision(subject, x)
    if not modes[-1].is_random and modes[-1].xla is not None and is_numbers(x):
        yield from _gradients(subject, layer, x)
    yield from check_saving(subject, x)


def _forbidden(subject: Subject, error: OSError) -> Finding:
    return subject.find(
        "forbidden-call",
        "error",
        f"{subject.name} asks the machine for what no code of a run is given: {short(error)}",
        "There is no network, no other program, no file outside its own folder: give it what it needs as an argument.",
        line=subject.line_of(error),
    )


def fitting(subject: Subject) -> tuple[Any, Any]:
    """The usual input that suits it best, and an instance that took it; raises CannotMake.

    An input suits that it takes symbolically and one row at a time, too: an image layer takes a batch of sequences for
    one image.
    """
    first: Exception | None = None
    taken: tuple[Any, Any] | None = None
    wants_list = counts_its_inputs(subject) or tensors_of(layer_of(subject)) > 1
    for x in sorted(inputs(), key=lambda x: not isinstance(x, list)) if wants_list else inputs():
        if isinstance(x, list) and taken is not None:
            continue  # who takes one tensor is not meant for two, though it may loop over a list as well
        layer = layer_of(subject)
        try:
            call_layer(layer, as_tensors(x))
        except Exception as error:  # another input may fit
            first = first if first is not None and subject.line_of(first) else error
            continue
        if _suits(subject, layer, x):
            return x, layer
        taken = taken or (x, layer)
    if taken is None:
        raise CannotMake(f"no usual input fits: {short(first)}" if first else "no input fits") from first
    return taken


def _suits(subject: Subject, layer: Any, x: Any) -> bool:
    try:
        call_layer(layer_of(subject), symbolic(x))
        call_layer(layer, as_tensors(keras.tree.map_structure(lambda part: part[:1], x)))
    except Exception:  # told by the checks that follow
        return False
    return True


def is_numbers(x: Any) -> bool:
    return all(part.dtype == np.float32 for part in keras.tree.flatten(x))


def _compare_modes(subject: Subject, layer: Any, x: Any, modes: list[Modes]) -> Iterator[Finding]:
    mode = Modes(
        subject,
        lambda *parts: call_layer(layer, _packed(x, parts)),
        keras.tree.flatten(as_tensors(x)),
        layer,
        any_batch=True,
    )
    modes.append(mode)
    yield from mode.compare()


def _packed(x: Any, parts: Sequence[Any]) -> Any:
    return keras.tree.pack_sequence_as(x, list(parts))


def _batches(subject: Subject, layer: Any, x: Any) -> Iterator[Finding]:
    """One row alone, and a batch whose size is not known."""
    one = run(partial(call_layer, layer), (as_tensors(keras.tree.map_structure(lambda part: part[:1], x)),))
    whole = run(partial(call_layer, layer), (as_tensors(x),))
    sizes = [np.shape(part)[:1] for part in keras.tree.flatten(one.value)] if one.error is None else []
    batched = all(np.shape(part)[:1] == (ROWS,) for part in keras.tree.flatten(whole.value))
    is_lost = one.error is None and not _are_finite(one.value) and _are_finite(whole.value)
    if one.error is not None or is_lost or (batched and any(size != (1,) for size in sizes)):
        said = (
            f": {short(one.error)}"
            if one.error is not None
            else ": it gives NaN"
            if is_lost
            else f": it gives {sizes} rows"
        )
        yield subject.find(
            "batch-of-one",
            "error",
            f"{subject.name} fails on a batch of one row{said}.",
            "Do not squeeze the batch axis away: name the axis, keras.ops.squeeze(x, axis=-1).",
            line=subject.line_of(one.error) if one.error is not None else None,
        )
    fresh = layer_of(subject)
    try:
        call_layer(fresh, symbolic(x))
    except Exception as error:  # told to its author
        rule, advice = explain(error, "unknown-batch-size")
        yield subject.find(
            rule,
            "error",
            f"{subject.name} fails where the batch size is not known yet: {short(error)}",
            advice if rule != "unknown-batch-size" else "Take sizes from keras.ops.shape(x), or give them as -1.",
            line=subject.line_of(error),
        )


def _are_finite(value: Any) -> bool:
    return all(np.isfinite(part).all() for part in keras.tree.flatten(value) if np.asarray(part).dtype.kind == "f")


def symbolic(x: Any) -> Any:
    """Keras inputs of any batch size."""
    return keras.tree.map_structure(lambda part: keras.Input(part.shape[1:], dtype=str(part.dtype)), x)


def _in_training(subject: Subject, layer: Any, x: Any) -> Iterator[Finding]:
    """What is random must be so in training alone."""
    if isinstance(x, list) or "training=True" in subject.source:
        return  # draws from a distribution that it is given, or is random on purpose, as Monte Carlo dropout is
    calm = [run(lambda t: layer(t, training=False), (as_tensors(x),)) for _ in range(2)]
    if calm[0].error is not None:
        return
    if not are_close(calm[0].value, calm[1].value):
        yield subject.find(
            "random-at-inference",
            "warning",
            f"{subject.name} is random also with training=False: the same row would get another prediction each time.",
            "Take an argument: def call(self, x, training=None), and change nothing unless it is true.",
        )


def _half_precision(subject: Subject, x: Any) -> Iterator[Finding]:
    """As `dtype_policy: mixed_float16` has it: computing in float16, with variables in float32."""
    if not is_numbers(x):
        return
    keras.config.set_dtype_policy("mixed_float16")
    try:
        layer = layer_of(subject)
        tried = run(
            partial(call_layer, layer), (keras.tree.map_structure(lambda part: tf.constant(part, tf.float16), x),)
        )
    finally:
        keras.config.set_dtype_policy("float32")
    if tried.error is not None and not isinstance(tried.error, NO_KERNEL):
        yield subject.find(
            "mixed-precision",
            "warning",
            f"{subject.name} fails under mixed precision: {short(tried.error)}",
            "Make constants in the input's type: keras.ops.cast(…, x.dtype); leave weights to self.add_weight.",
            line=subject.line_of(tried.error),
        )


def _gradients(subject: Subject, layer: Any, x: Any) -> Iterator[Finding]:
    with tf.GradientTape() as tape:
        value = keras.tree.flatten(call_layer(layer, as_tensors(x)))
        total = tf.add_n([tf.reduce_sum(part**2) for part in value if part.dtype.is_floating] or [tf.constant(0.0)])
        total += tf.add_n([tf.cast(tf.reduce_sum(part), total.dtype) for part in layer.losses] or [tf.constant(0.0)])
    weights = list(layer.trainable_variables)
    found = tape.gradient(total, [variable.value for variable in weights])
    silent = [variable.path for variable, part in zip(weights, found, strict=True) if part is None]
    if silent:
        yield subject.find(
            "weight-without-gradient",
            "warning",
            f"No gradient reaches {', '.join(silent)} of {subject.name}, which {shape_of(silent)} never learned.",
            "Use every trainable weight in call, or make it with trainable=False.",
        )
    if isinstance(x, np.ndarray) and x.ndim == 2 and not _turns_gradients(subject, layer, x):
        yield from _in_float64(subject, layer, x)


def _turns_gradients(subject: Subject, layer: Any, x: Any) -> bool:
    """Whether another gradient than its own is what it is for: a straight-through estimator, gradients reversed."""
    return "stop_gradient" in subject.source or are_close(as_array(layer(as_tensors(x))), x, tolerance=1e-7)


def _in_float64(subject: Subject, layer: Any, x: Any) -> Iterator[Finding]:
    """The same layer in float64, and all layers within it, tells what exact arithmetic would give."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float64")
    try:
        exact = subject.make()
        exact(tf.constant(x, tf.float64))
        exact.set_weights(layer.get_weights())
    except Exception:  # it knows no float64, so nothing can be said
        return
    finally:
        keras.config.set_dtype_policy(before)

    def either(tensor: Any) -> Any:
        made = exact if tensor.dtype == tf.float64 else layer
        return tf.add_n([tf.reduce_sum(part) for part in keras.tree.flatten(made(tensor, training=False))])

    yield from judge_gradient(subject, either, [x[:2, :]], "its input")
    yield from judge_extremes(subject, either, np.outer([-100.0, 100.0], np.sign(x[0])), "x")
