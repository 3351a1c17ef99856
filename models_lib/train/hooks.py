"""Our one hook into `fit`: Keras' own list of callbacks, told about batches cheaply."""

from collections.abc import Sequence
from typing import Any

import keras

from models_lib.train.inside import InsideEpoch
from models_lib.train.steering import Steering
from models_lib.train.watching import BatchWatch

BATCH_HOOKS = tuple(f"on_{part}batch_{moment}" for part in ("", "train_", "test_") for moment in ("begin", "end"))
TEST_HOOKS = ("on_test_begin", "on_test_end", "on_test_batch_begin", "on_test_batch_end")
BEGIN_HOOKS = ("set_model", "on_train_begin", "on_epoch_begin")
PREDICT_HOOKS = ("on_predict_begin", "on_predict_end", "on_predict_batch_begin", "on_predict_batch_end")


class TrainingHooks(keras.callbacks.CallbackList):  # type: ignore[misc]  # Keras ships no types
    """Calls callbacks in order and in this thread; only those that listen to batches are called at each batch.

    Keras would turn every batch's logs into numbers once a callback. Its TensorBoard counts as a listener only where it
    writes by batch.
    """

    def __init__(
        self,
        callbacks: Sequence[keras.callbacks.Callback],
        *,
        watch: BatchWatch,
        inside: InsideEpoch,
        steering: Steering,
        core: keras.Model,
        steps: int,
    ) -> None:
        super().__init__(list(callbacks), add_history=False, model=core, epochs=steering.epochs, steps=steps, verbose=0)
        self._async_train = self._async_test = self._async_predict = False
        self._watch = watch
        self._inside = inside
        self._steering = steering
        self._epoch = 0
        self._hear_batches = any(_listens(callback) for callback in callbacks)

    @property
    def epochs(self) -> int:
        """How many there are to be."""
        return self._steering.epochs

    @property
    def batches_done(self) -> int:
        """Of the epoch that has begun, by an attempt before."""
        return self._inside.number(0)

    @property
    def seconds_to_save(self) -> float:
        """How long it is until the next checkpoint inside the epoch is due."""
        return self._inside.seconds_to_save

    def check_losses(self) -> None:
        """Raises NonFinite where a loss since the last look is no number."""
        self._watch.check_losses()

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        super().on_epoch_begin(epoch, logs)
        self._epoch = epoch
        self._inside.begin_epoch()
        self._steering.heed(epoch, self._inside.number(0))
        self._watch.begin_epoch(epoch)

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        if self._hear_batches:
            super().on_train_batch_begin(self._inside.number(batch), logs)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        batch = self._inside.number(batch)
        if self._hear_batches:
            super().on_train_batch_end(batch, logs)
        self._watch.note_batch(batch, logs)
        self._steering.heed(self._epoch, batch + 1)
        self._inside.end_batch(self._epoch, batch)

    def on_test_begin(self, logs: Any = None) -> None:
        self._inside.end_batches()
        super().on_test_begin(logs)

    def on_test_batch_begin(self, batch: int, logs: Any = None) -> None:
        if self._hear_batches:
            super().on_test_batch_begin(batch, logs)

    def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
        if self._hear_batches:
            super().on_test_batch_end(batch, logs)
        self._watch.note_test_batch()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self._inside.end_batches()
        self._watch.end_epoch()
        super().on_epoch_end(epoch, logs)
        self._steering.end_epoch(epoch)
        self._inside.end_epoch()

    def on_train_end(self, logs: Any = None) -> None:
        self._watch.end_training()
        super().on_train_end(logs)


def _listens(callback: keras.callbacks.Callback) -> bool:
    return isinstance(callback, keras.callbacks.TerminateOnNaN) or needs_each_batch(callback)


def needs_each_batch(callback: keras.callbacks.Callback) -> bool:
    """Whether it must be called at each single batch; a loss that is no number ends a call of many by itself."""
    if isinstance(callback, keras.callbacks.TensorBoard):
        return bool(callback.update_freq != "epoch" or callback.write_steps_per_second or callback._should_trace)
    return overrides(callback, BATCH_HOOKS)


def overrides(callback: keras.callbacks.Callback, hooks: Sequence[str]) -> bool:
    """Whether a component's callback has one of these hooks itself, or was given a function for one."""
    if any(hook in vars(callback) for hook in hooks):  # a LambdaCallback's functions
        return True
    own = type(callback)
    if own.__module__.startswith(("keras.", "models_lib.")):
        return False
    return any(getattr(own, hook) is not getattr(keras.callbacks.Callback, hook) for hook in hooks)
