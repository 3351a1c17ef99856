"""Tensors in batches, in an order that is set before each epoch."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from models_lib.build.arrangement import arrange_inputs, arrange_outputs
from models_lib.data.order import order as draw_order
from models_lib.data.preparing import PreparedPart
from models_lib.data.windows import Gathered

AHEAD = 8


class Batches:
    """A `tf.data` pipeline over tensors in memory; the last batch may be smaller.

    Its batches follow the order that was set last, so Keras may start a new iterator each epoch.
    """

    def __init__(
        self,
        core: keras.Model,
        part: PreparedPart,
        batch_size: int,
        *,
        steps: int | None = None,
        is_fixed: bool = False,
    ) -> None:
        """`steps` of an epoch where that is not all rows, once each.

        `is_fixed`: where the rows fill all batches, graphs know their size, as those of Keras do for arrays.
        """
        self.rows = part.rows
        self.steps = -(-part.rows // batch_size) if steps is None else steps
        self._batch_size = batch_size
        self._is_fixed = is_fixed and part.rows % batch_size == 0
        # Held by resources, not by constants: a graph with the data inside would be copied when it is traced.
        size = (self.rows if steps is None else None,)
        self._order = tf.Variable(np.arange(self.rows, dtype=np.int64), trainable=False, shape=size)
        self._start = tf.Variable(0, dtype=tf.int64, trainable=False)
        tensors = _structure(core, part)
        self.is_in_memory = not any(_is_in_file(tensor) for tensor in tf.nest.flatten(tensors))
        self._tensors = tf.nest.map_structure(_hold, tensors)
        self.dataset = tf.data.Dataset.range(self.steps).map(self._take).prefetch(AHEAD)

    def set_order(self, order: NDArray[np.int64]) -> None:
        """The order of the rows from the next iterator on."""
        self._order.assign(order)

    def begin_epoch(self, epoch: int, seed: int | None) -> None:
        """The rows in this epoch's order (from 0); without a seed as they stand."""
        if seed is not None:
            self.set_order(draw_order(seed, epoch, self.rows))

    def begin_at(self, step: int) -> None:
        """The batch (from 0) that the next iterator begins with; after the last batch it gives empty ones."""
        self._start.assign(step)

    def read_order(self) -> tf.Tensor:
        """The order that was set last."""
        return self._order.read_value()

    @property
    def whole_steps(self) -> int:
        """Batches of the full size."""
        return self.rows // self._batch_size

    def take_whole(self, step: tf.Tensor, order: tf.Tensor) -> Any:
        """As `take`, of a batch of the full size, which XLA sees and Keras does not.

        Keras counts losses of outputs by the size of their batch where it knows that, and each batch alike where not.
        """
        rows = tf.slice(order, [step * self._batch_size], [self._batch_size])
        taken = tf.nest.map_structure(lambda held: _of_any_size(held(rows)), self._tensors)
        return tf.nest.pack_sequence_as(self.dataset.element_spec, tf.nest.flatten(taken))

    def take(self, step: tf.Tensor, order: tf.Tensor) -> Any:
        """The batch of this number in its epoch, in the dataset's own structure; of any size, as the dataset has it."""
        rows = self._sized(self.rows_of(step, order))
        taken = tf.nest.map_structure(lambda held: held(rows), self._tensors)
        return tf.nest.pack_sequence_as(self.dataset.element_spec, tf.nest.flatten(taken))

    def rows_of(self, step: tf.Tensor, order: tf.Tensor) -> tf.Tensor:
        """Which rows the batch of this number holds."""
        start = step * self._batch_size
        return order[start : tf.minimum(start + self._batch_size, self.rows)]

    def _sized(self, rows: tf.Tensor) -> tf.Tensor:
        return tf.ensure_shape(rows, (self._batch_size,)) if self._is_fixed else rows

    @tf.autograph.experimental.do_not_convert  # type: ignore[untyped-decorator]  # TensorFlow ships no types
    def _take(self, step: tf.Tensor) -> Any:
        rows = self._sized(self.rows_of(step + self._start, self._order))
        return tf.nest.map_structure(lambda held: held(rows), self._tensors)


def _of_any_size(batch: tf.Tensor) -> tf.Tensor:
    return tf.raw_ops.PlaceholderWithDefault(input=batch, shape=(None, *batch.shape[1:]))


def _is_in_file(tensor: Any) -> bool:
    return isinstance(tensor.base if isinstance(tensor, Gathered) else tensor, np.memmap)


def _hold(tensor: Any) -> Callable[[tf.Tensor], tf.Tensor]:
    """What gives the chosen rows of a tensor, or its chosen windows."""
    if isinstance(tensor, np.memmap):
        tensor = Gathered(tensor, np.arange(len(tensor)))
    if isinstance(tensor, Gathered) and isinstance(tensor.base, np.memmap):
        return _read_from(tensor)
    if isinstance(tensor, Gathered):
        base, steps = tf.constant(tensor.base), tf.constant(tensor.steps)
        return lambda rows: tf.gather(base, tf.gather(steps, rows))
    held = tf.constant(tensor)
    return lambda rows: tf.gather(held, rows)


def _read_from(tensor: Gathered) -> Callable[[tf.Tensor], tf.Tensor]:
    """Rows of a tensor in a file: the same values in the same order as from memory."""

    def read(rows: NDArray[np.int64]) -> NDArray[Any]:
        return np.ascontiguousarray(tensor.base[tensor.steps[rows]])

    def gather(rows: tf.Tensor) -> tf.Tensor:
        found = tf.numpy_function(read, [rows], tensor.dtype, stateful=False)
        return tf.ensure_shape(found, (None, *tensor.shape[1:]))

    return gather


def _structure(core: keras.Model, part: PreparedPart) -> Any:
    """(inputs, targets) or (inputs, targets, weights), as Keras takes them; without targets the inputs alone."""
    inputs = arrange_inputs(core, part.inputs)
    if not part.targets:
        return (inputs,) if isinstance(inputs, tuple) else inputs
    structure = (inputs, arrange_outputs(core, part.targets))
    return (*structure, arrange_outputs(core, part.weights)) if part.weights else structure
