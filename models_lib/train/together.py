"""Several workers train one model: each computes its part of every batch, and the first decides for all of them.

Keras' own `fit` cannot: it fails on values that lie on several machines. The engine's loop of steps can.
"""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from models_lib.train.wishes import Wishes

LOST = (
    tf.errors.UnavailableError,
    tf.errors.AbortedError,
    tf.errors.CancelledError,
    tf.errors.DeadlineExceededError,
    tf.errors.InternalError,
)
"""What a step ends with when another worker's trainer is gone."""
MOST_SAID = 4096
STEPS, STOP, PAUSE, DUE, BYTES, SAID = range(6)


class OutOfStep(Exception):
    """The trainers do not stand at the same place: they were not given the same checkpoint."""


@dataclass(frozen=True)
class Cluster:
    """The trainers' addresses (`host:port`) by rank, and this one's rank. The first writes for all."""

    addresses: tuple[str, ...]
    rank: int

    @property
    def is_first(self) -> bool:
        return self.rank == 0

    def connect(self) -> tf.distribute.Strategy:
        """Wait for the others; before anything else is asked of TensorFlow."""
        task = {"type": "worker", "index": self.rank}
        os.environ["TF_CONFIG"] = json.dumps({"cluster": {"worker": list(self.addresses)}, "task": task})
        by_ring = tf.distribute.experimental.CommunicationImplementation.RING
        options = tf.distribute.experimental.CommunicationOptions(implementation=by_ring)
        return tf.distribute.MultiWorkerMirroredStrategy(communication_options=options)


class Agreement:
    """What the first trainer wishes and decides, told to all of them after each call of many steps.

    Each must take every sum over all devices with the others, so none may stop, save or go on by its own clock.
    """

    def __init__(self, strategy: tf.distribute.Strategy, wishes: Wishes, *, is_first: bool) -> None:
        self._wishes, self._is_first = wishes, is_first
        self._sum = _sum_over(strategy)
        self._devices = strategy.num_replicas_in_sync
        self._said = np.zeros(MOST_SAID, np.int32)
        self._changes: Mapping[str, Any] | None = None
        self.steps = 1

    def agree(self, *, steps: int, is_due: bool) -> None:
        """`steps` of the next call, and whether a checkpoint `is_due`, are the first trainer's."""
        said = self._say(steps, is_due) if self._is_first else np.zeros(MOST_SAID, np.int32)
        self._said = self._sum(tf.constant(said), only_first=True).numpy()
        self.steps = int(self._said[STEPS])
        if count := int(self._said[BYTES]):
            self._changes = json.loads(bytes(self._said[SAID : SAID + count].astype(np.uint8)))

    def should_stop(self) -> bool:
        return bool(self._said[STOP])

    def should_pause(self) -> bool:
        return bool(self._said[PAUSE])

    def is_due(self) -> bool:
        """Whether the state is to be saved inside the epoch."""
        return bool(self._said[DUE])

    def changes(self) -> Mapping[str, Any] | None:
        return self._changes

    def check_place(self, epoch: int, step: int) -> None:
        """Raises OutOfStep where another trainer begins elsewhere."""
        place = np.array([epoch, step], np.int32)
        if (self._sum(tf.constant(place), only_first=False).numpy() != place * self._devices).any():
            raise OutOfStep(f"This trainer begins after {epoch} epochs and {step} batches, and another elsewhere.")

    def _say(self, steps: int, is_due: bool) -> np.ndarray[Any, np.dtype[np.int32]]:
        wishes = self._wishes
        told = np.frombuffer(json.dumps(wishes.changes()).encode(), np.uint8)
        said = np.zeros(MOST_SAID, np.int32)
        said[:SAID] = steps, wishes.should_stop(), wishes.should_pause(), is_due, len(told)
        said[SAID : SAID + len(told)] = told
        return said


def _sum_over(strategy: tf.distribute.Strategy) -> Callable[..., tf.Tensor]:
    @tf.function(reduce_retracing=True)  # type: ignore[untyped-decorator]  # TensorFlow ships no types
    def add_up(values: tf.Tensor, only_first: bool) -> Any:
        def add() -> tf.Tensor:
            context = tf.distribute.get_replica_context()
            counts = context.replica_id_in_sync_group == 0 if only_first else True
            return context.all_reduce(tf.distribute.ReduceOp.SUM, tf.where(counts, values, tf.zeros_like(values)))

        return strategy.run(add)

    return lambda values, only_first: strategy.experimental_local_results(add_up(values, only_first))[0]
