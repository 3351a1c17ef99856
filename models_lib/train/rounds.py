"""Epochs of so many batches, whatever the number of rows: each goes on where the one before has ended."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from models_lib.data.order import order as draw_order
from models_lib.data.preparing import PreparedPart
from models_lib.train.batches import Batches


class Rounds(Batches):
    """The rows come round as often as they are needed, as `dataset.repeat()` has them, each time in a new order.

    The last batch of a round may be smaller, and stand in the middle of an epoch. What an epoch holds depends on its
    number alone.
    """

    def __init__(
        self,
        core: keras.Model,
        part: PreparedPart,
        batch_size: int,
        *,
        steps: int,
        first_epoch: int = 0,
        is_fixed: bool = False,
    ) -> None:
        """`first_epoch` (from 0) begins with the first batch."""
        self._a_round = -(-part.rows // batch_size)
        self._first_epoch = first_epoch
        self._behind = tf.Variable(0, dtype=tf.int64, trainable=False)
        super().__init__(core, part, batch_size, steps=steps, is_fixed=is_fixed)

    def begin_epoch(self, epoch: int, seed: int | None) -> None:
        """The order holds all rounds that the epoch touches, one behind the other."""
        first = (epoch - self._first_epoch) * self.steps
        rounds = range(first // self._a_round, (first + self.steps - 1) // self._a_round + 1)
        self.set_order(np.concatenate([self._order_of(self._first_epoch + number, seed) for number in rounds]))
        self._behind.assign(first % self._a_round)

    @property
    def whole_steps(self) -> int:
        """0 where a smaller batch may stand anywhere: XLA wants it at the end."""
        return 0 if self.rows % self._batch_size else self.steps

    def take_whole(self, step: tf.Tensor, order: tf.Tensor) -> Any:
        return super().take_whole(step + self._behind.read_value(), order)

    def rows_of(self, step: tf.Tensor, order: tf.Tensor) -> tf.Tensor:
        at = step + self._behind.read_value()
        number, batch = at // self._a_round, at % self._a_round
        start = number * self.rows + batch * self._batch_size
        return order[start : tf.minimum(start + self._batch_size, (number + 1) * self.rows)]

    def _order_of(self, number: int, seed: int | None) -> NDArray[np.int64]:
        return np.arange(self.rows) if seed is None else draw_order(seed, number, self.rows)
