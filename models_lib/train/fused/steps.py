"""Many steps in one call: a loop in a graph over data on the device."""

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from models_lib.train.batches import Batches
from models_lib.train.devices import share_batch

Step = Callable[[Any], Any]


class TracedStep:
    """The graph of one step as `make_train_function` traces it: alone, by the strategy, for batches of any size.

    A loop that calls it therefore computes what Keras' own does, to the last bit. Nothing is executed; raises what
    tracing raises. Several devices take a part of each batch. Where they `agree` the means of their logs are its logs,
    which waits for the other machines; else the first device's are.
    """

    def __init__(self, core: keras.Model, step: Step, batch: Any, *, agree: bool = False) -> None:
        strategy = core.distribute_strategy

        @tf.autograph.experimental.do_not_convert  # type: ignore[untyped-decorator]  # TensorFlow ships no types
        def one_step(data: Any) -> Any:
            return strategy.run(step, args=(data,))

        @tf.autograph.experimental.do_not_convert  # type: ignore[untyped-decorator]
        def shared_step(data: Any) -> Any:
            logs = strategy.run(lambda whole: step(share_batch(whole)), args=(data,))
            return tf.nest.map_structure(take_mean if agree else take_first, logs)

        def take_mean(log: Any) -> tf.Tensor:
            return strategy.reduce(tf.distribute.ReduceOp.MEAN, log, axis=None)

        def take_first(log: Any) -> tf.Tensor:
            return strategy.experimental_local_results(log)[0]

        if strategy.num_replicas_in_sync == 1:
            function = tf.function(one_step, reduce_retracing=True, jit_compile=core.jit_compile)
        else:
            core._maybe_symbolic_build(data_batch=batch)  # no variable can be made inside a replica
            function = tf.function(shared_step, reduce_retracing=True)
        self.batch, self.graph = batch, function.get_concrete_function(batch)


class FusedSteps:
    """Runs the batches from one number to another in one call, each by the model's own step.

    Where the loss is heeded, a call ends after the batch in which that is no finite number.
    """

    def __init__(self, traced: TracedStep, batches: Batches, *, heeds_loss: bool = False) -> None:
        self._batches = batches
        self._step = traced.graph
        self.outputs = self._step.structured_outputs
        self._heeds_loss = heeds_loss
        number = tf.TensorSpec((), tf.int64)
        self._call = tf.function(self._loop, autograph=False).get_concrete_function(number, number)

    def run(self, first: int, end: int) -> tuple[int, Any]:
        """Do the batches from `first` until before `end`: how many are done then, and the last one's logs."""
        done, logs = self._call(tf.constant(first, tf.int64), tf.constant(end, tf.int64))
        return int(done), logs

    def _loop(self, first: tf.Tensor, end: tf.Tensor) -> tuple[tf.Tensor, Any]:
        order = self._batches.read_order()
        return loop(
            lambda at: self._step(self._batches.take(at, order)), self.outputs, first, end, heeds_loss=self._heeds_loss
        )


def loop(
    do: Callable[[tf.Tensor], Any], outputs: Any, first: tf.Tensor, end: tf.Tensor, *, heeds_loss: bool
) -> tuple[tf.Tensor, Any]:
    """Steps from `first` until before `end`, each giving logs like `outputs`: how many are done, and the last one's."""
    loss = loss_of(outputs) if heeds_loss else None

    def is_left(at: tf.Tensor, logs: Any) -> tf.Tensor:
        return at < end if loss is None else tf.logical_and(at < end, tf.math.is_finite(loss_of(logs)))

    empty = tf.nest.map_structure(_empty, outputs)
    shapes = tf.nest.map_structure(lambda output: output.shape, outputs)
    done, logs = tf.while_loop(
        is_left, lambda at, _: (at + 1, do(at)), (first, empty), shape_invariants=(first.shape, shapes)
    )
    return done, logs


def _empty(output: Any) -> tf.Tensor:
    return tf.zeros([size or 0 for size in output.shape], output.dtype)


def loss_of(logs: Any) -> Any:
    """The loss among the logs, where it is a number."""
    loss = logs.get("loss") if isinstance(logs, dict) else None
    is_number = loss is not None and loss.shape.rank == 0 and loss.dtype.is_floating
    return loss if is_number else None
