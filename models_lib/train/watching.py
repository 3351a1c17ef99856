"""What is watched batch by batch: progress, a wish to stop, a loss that is no number any more."""

import math
import time
from collections.abc import Callable, Mapping
from typing import Any

import keras

from models_lib.train.failures import NonFinite
from models_lib.train.reports import Progress, Pulse, Report, plain_metrics
from models_lib.train.steering import Steering

REPORT_SECONDS = 0.1
PULSE_SECONDS = 1.0


class BatchWatch:
    """Cheap at every batch; looks at the losses since the last look every 100 ms, so that a GPU is not waited for."""

    def __init__(
        self, core: keras.Model, report: Report, should_stop: Callable[[], bool], *, steering: Steering, steps: int
    ) -> None:
        self.was_stopped = False
        self._core = core
        self._report = report
        self._should_stop = should_stop
        self._steering = steering
        self._steps = steps
        self._epoch = 0
        self._batch = 0
        self._logs: Mapping[str, Any] = {}
        self._unseen: list[tuple[int, Any]] = []
        self._reported = 0.0
        self._pace = Pace(steps)

    def begin_epoch(self, epoch: int) -> None:
        """Epochs count from 0 here, as in Keras."""
        self._epoch = epoch
        self._unseen = []
        self._pace.begin_epoch(epoch)

    def note_batch(self, batch: int, logs: Mapping[str, Any]) -> None:
        """After each call of the train function; `batch` counts from 0."""
        self._batch, self._logs = batch + 1, logs
        self._unseen.append((batch + 1, logs.get("loss")))
        now = time.monotonic()
        if now - self._reported >= REPORT_SECONDS:
            self._reported = now
            self.check_losses()
            self._report_progress()
        self._heed_stop()

    def note_test_batch(self) -> None:
        """A wish to stop that comes while validating ends the run after this epoch; validation is never cut short."""
        now = time.monotonic()
        if now - self._reported >= PULSE_SECONDS:
            self._reported = now
            self._report(Pulse().to_json())
        self._heed_stop()

    def end_epoch(self) -> None:
        """Before the epoch's callbacks: none of them shall save what is no number."""
        self.check_losses()
        self._pace.end_epoch()

    def end_training(self) -> None:
        """What was done in the end, however soon after the last report; nothing where no batch was left to do."""
        if self._batch:
            self._report_progress()

    def _heed_stop(self) -> None:
        if not self.was_stopped and self._should_stop():
            self.was_stopped = True
            self._core.stop_training = True

    def check_losses(self) -> None:
        """Raises NonFinite where one since the last look is no number."""
        for batch, loss in self._unseen:
            if loss is not None and not math.isfinite(value := float(loss)):
                raise NonFinite(self._epoch + 1, batch, value)
        self._unseen = []

    def _report_progress(self) -> None:
        self._report(
            Progress(
                epoch=self._epoch + 1,
                epochs=self._steering.epochs,
                step=self._batch,
                steps=self._steps,
                metrics=plain_metrics(self._logs),
                eta_seconds=self._pace.seconds_left(self._batch, self._steering.epochs),
            ).to_json()
        )


class Pace:
    """How long the rest will take, from the last whole epoch, or from the batches of the first one."""

    def __init__(self, steps: int) -> None:
        self._steps = steps
        self._epoch = 0
        self._began = 0.0
        self._epoch_seconds: float | None = None
        self._first_batch: float | None = None

    def begin_epoch(self, epoch: int) -> None:
        now = time.monotonic()
        if self._began:
            self._epoch_seconds = now - self._began
        self._epoch, self._began = epoch, now

    def end_epoch(self) -> None:
        """The pace of the first epoch holds until the second has begun."""
        self._first_batch = None

    def seconds_left(self, batch: int, epochs: int) -> float | None:
        """None until there is something to judge by: the first batch holds the tracing, so it does not count."""
        now = time.monotonic()
        if self._epoch_seconds is None:
            if self._first_batch is None:
                self._first_batch = now
                return None
            per_batch = (now - self._first_batch) / max(1, batch - 1)
            return round(per_batch * (self._steps * (epochs - self._epoch) - batch), 1)
        left = self._epoch_seconds * (epochs - self._epoch) - (now - self._began)
        return round(max(0.0, left), 1)
