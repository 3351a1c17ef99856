"""Many steps in one call, compiled by XLA: faster, and equal to Keras' own within rounding."""

from typing import Any

import keras
import tensorflow as tf

from models_lib.train.batches import Batches
from models_lib.train.fused.steps import FusedSteps, loop, loss_of


class CompiledSteps:
    """As FusedSteps, with batches of one size, so that XLA compiles once; a smaller last one is done by `tail`."""

    def __init__(self, core: keras.Model, batches: Batches, tail: FusedSteps) -> None:
        """Raises what compiling raises; nothing is executed."""
        if not batches.whole_steps:
            raise ValueError("its batches are not of one size but for the last.")
        self._core, self._batches, self._tail = core, batches, tail
        number = tf.TensorSpec((), tf.int64)
        call = tf.function(self._loop, autograph=False, jit_compile=True)
        self._call = call.get_concrete_function(number, number)
        nothing = tf.constant(0, tf.int64)
        self._call(nothing, nothing)

    def run(self, first: int, end: int) -> tuple[int, Any]:
        """Do the batches from `first` until before `end`: how many are done then, and the last one's logs."""
        whole, done, logs = min(end, self._batches.whole_steps), first, None
        if first < whole:
            at, logs = self._call(tf.constant(first, tf.int64), tf.constant(whole, tf.int64))
            done = int(at)
            loss = loss_of(logs)
            if done < whole or (loss is not None and not bool(tf.math.is_finite(loss))):
                return done, logs
        return self._tail.run(done, end) if done < end else (done, logs)

    def _loop(self, first: tf.Tensor, end: tf.Tensor) -> tuple[tf.Tensor, Any]:
        order = self._batches.read_order()

        def do(at: tf.Tensor) -> Any:
            return self._core.train_step(self._batches.take_whole(at, order))

        return loop(do, self._tail.outputs, first, end, heeds_loss=True)
