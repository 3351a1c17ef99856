"""Inside an epoch: checkpoints by the clock, leaving when the place is wanted back, and going on at a batch."""

import math
from collections.abc import Callable, Sequence

import keras

from models_lib.train.batches import Batches
from models_lib.train.checkpoints import CheckpointFolder
from models_lib.train.state import TrainingState, put_state, take_state

EVERY_SECONDS = 60.0


class Paused(BaseException):
    """The training has left its place after a batch or an epoch; what it did is in its last checkpoint.

    No Exception: a loop of the user's own that catches those must not go on in a place that is wanted back.
    """


class InsideEpoch:
    """Told of every batch. A cursor inside an epoch is a number of batches done there.

    Keras' own loop goes on to the end of its data set, which always has all batches of an epoch: a resumed epoch is
    therefore ended by `stop_training` at its last real batch, and that is taken back before anybody sees it. Running
    into the end of a shorter data set would move optimizer and random numbers once more.
    """

    def __init__(
        self,
        core: keras.Model,
        callbacks: Sequence[keras.callbacks.Callback],
        batches: Batches,
        checkpoints: CheckpointFolder,
        *,
        every: float | None,
        can_save: bool,
        should_pause: Callable[[], bool],
        resumed: TrainingState | None,
        is_due: Callable[[], bool] | None = None,
    ) -> None:
        """`is_due`: who decides when to save, where it is not the clock of this process."""
        self._core, self._callbacks, self._batches, self._checkpoints = core, callbacks, batches, checkpoints
        self._every = EVERY_SECONDS if every is None else every
        self._can_save, self._should_pause = can_save, should_pause
        self._resumed = resumed if resumed is not None and resumed.step else None
        self._is_due = is_due or (lambda: self.seconds_to_save <= 0)
        self._done_before = 0
        self._has_ended_early = False

    def save_every(self, seconds: float) -> None:
        """From now on."""
        self._every = seconds

    @property
    def seconds_to_save(self) -> float:
        """How long it is until the next checkpoint is due; negative where it is late."""
        if not self._can_save:
            return math.inf
        return max(self._every - self._checkpoints.seconds_since, self._checkpoints.seconds_to_rest)

    def begin_epoch(self) -> None:
        """After the callbacks have begun it: they are put back to where they were in the middle of this epoch."""
        self._done_before = 0
        if self._resumed is not None:
            put_state(self._core, self._callbacks, self._resumed)
            self._done_before, self._resumed = self._resumed.step, None
        self._batches.begin_at(self._done_before)

    def number(self, batch: int) -> int:
        """The batch's number in its whole epoch, from 0."""
        return self._done_before + batch

    def end_batch(self, epoch: int, batch: int) -> None:
        """Save where it is time; raises Paused where the place is wanted back."""
        done = batch + 1
        if done >= self._batches.steps:
            self._has_ended_early = self._done_before > 0 and not self._core.stop_training
            self._core.stop_training = self._core.stop_training or self._has_ended_early
            return
        self._checkpoints.flush_if_due()
        is_leaving = self._should_pause()
        if self._can_save and (is_leaving or self._is_due()):
            self._save(epoch, done)
        if is_leaving:
            raise Paused

    def end_batches(self) -> None:
        """Before validation and the epoch's end."""
        if self._has_ended_early:
            self._has_ended_early = self._core.stop_training = False

    def end_epoch(self) -> None:
        """The epoch's own checkpoint is kept; raises Paused where the place is wanted back and more is to come."""
        if self._should_pause() and not self._core.stop_training:
            self._checkpoints.flush()
            raise Paused

    def _save(self, epoch: int, done: int) -> None:
        state = take_state(self._core, self._callbacks, step=done)
        self._checkpoints.write_inside(state, epoch=epoch, step=done)
