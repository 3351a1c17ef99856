"""What is done between two epochs: the order of the rows, the report, the checkpoint."""

import math
import time
from collections.abc import Mapping, Sequence
from typing import Any

import keras

from models_lib.build.direction import settle_mode
from models_lib.spec.keeping import KeepSome
from models_lib.spec.types import RunSpec
from models_lib.train.batches import Batches
from models_lib.train.checkpoints import CheckpointFolder, Standing
from models_lib.train.reports import Epoch, Report, Scores, numbers_in, plain_metrics
from models_lib.train.state import TrainingState, put_state, take_state
from models_lib.train.steering import Steering

NEVER = 10**9
# Keras writes smaller numbers with an exponent.
SMALL = 1e-3


class History(keras.callbacks.History):  # type: ignore[misc]  # Keras ships no types
    """Keras' own, with lists for metrics that are no single number: it is kept as JSON."""

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        plain = {name: value.tolist() if hasattr(value, "tolist") else value for name, value in (logs or {}).items()}
        super().on_epoch_end(epoch, plain)


class BestEpoch(keras.callbacks.EarlyStopping):  # type: ignore[misc]  # Keras ships no types
    """Keras' own judgement of what is best, by the run's monitor; it never stops anything."""

    def __init__(self, monitor: str, mode: str, *, most: int = 0) -> None:
        """`most`: how many of the best epochs are remembered."""
        super().__init__(monitor=monitor, mode=mode, patience=NEVER)
        self.leading: list[list[float]] = []
        self.merit: float | None = None
        self._most = most

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Epochs without a finite monitor (validation every few epochs) are not judged."""
        value = float((logs or {}).get(self.monitor, math.nan))
        self.merit = None
        if math.isfinite(value):
            super().on_epoch_end(epoch, logs)
            self.merit = value if bool(self.monitor_op(1.0, 0.0)) else -value
            lead = sorted([*self.leading, [self.merit, epoch]], key=lambda led: (-led[0], led[1]))
            self.leading = lead[: self._most]

    def is_leading(self, epoch: int) -> bool:
        """Whether the epoch is one of the `most` best so far."""
        return any(led[1] == epoch for led in self.leading)

    def is_best(self, epoch: int) -> bool:
        return self.best is not None and self.best_epoch == epoch


class EpochRecorder(keras.callbacks.Callback):  # type: ignore[misc]  # Keras ships no types
    """The last of the callbacks, so that what it saves holds what the others did at the epoch's end.

    `callbacks` are all of them in their order: those that the spec asks for, the history, the judge, and this one.
    """

    def __init__(
        self,
        spec: RunSpec,
        batches: Batches,
        asked: Sequence[keras.callbacks.Callback],
        *,
        checkpoints: CheckpointFolder,
        report: Report,
        steering: Steering,
        resumed: TrainingState | None,
    ) -> None:
        super().__init__()
        monitor = spec.fit.monitor or "loss"
        self.best_score: dict[str, Any] | None = None
        self.last_score: dict[str, Any] | None = None
        self._curves = History()
        keep = spec.fit.checkpoint.keep
        most = keep.best if isinstance(keep, KeepSome) else 0
        self._judge = BestEpoch(monitor, settle_mode(spec, monitor, spec.fit.mode), most=most)
        self.callbacks = [*asked, self._curves, self._judge, self]
        self._steering = steering
        self._spec = spec
        self._batches = batches
        self._checkpoints = checkpoints
        self._report = report
        self._resumed = resumed
        self._began = 0.0

    @property
    def steered(self) -> dict[str, Any]:
        """What was changed under way so far."""
        return self._steering.state

    @steered.setter
    def steered(self, state: dict[str, Any]) -> None:
        self._steering.state = state

    @property
    def seconds(self) -> float:
        """How long the epoch has taken so far, in all attempts."""
        return time.monotonic() - self._began

    @seconds.setter
    def seconds(self, taken: float) -> None:
        self._began = time.monotonic() - taken

    @property
    def history(self) -> dict[str, list[Any]]:
        """All curves, and the epochs (counted from 1) that they run over."""
        return {"epoch": [epoch + 1 for epoch in self._curves.epoch], **self._curves.history}

    def on_train_begin(self, logs: Any = None) -> None:
        """The other callbacks have reset themselves by now, so their state can be put back.

        What was best until then is said again: a lost attempt may have found something better, which is gone.
        """
        if self._resumed is not None:
            put_state(self.model, self.callbacks, self._resumed)
            self._resumed = None
            if self.best_score is not None:
                self._report(Scores(best=self.best_score).to_json())

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._began = time.monotonic()
        self._batches.begin_epoch(epoch, self._spec.seed if self._spec.fit.shuffle else None)

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        metrics = plain_metrics(logs or {})
        seconds = self.seconds
        print(epoch_line(epoch + 1, self._steering.epochs, seconds, logs or {}), flush=True)  # noqa: T201 - the run's log
        self._report(Epoch(epoch + 1, metrics, round(seconds, 3)).to_json())
        self.last_score = {"epoch": epoch + 1, "metrics": metrics}
        is_best = self._judge.is_best(epoch)
        if is_best:
            self.best_score = self.last_score
            self._report(Scores(best=self.best_score).to_json())
        state = take_state(self.model, self.callbacks)
        standing = Standing(is_best, self._judge.is_leading(epoch), self._judge.merit)
        weights = self.model.save_weights if self._spec.fit.checkpoint.weights else None
        self._checkpoints.keep(state, epoch=epoch + 1, metrics=metrics, standing=standing, weights=weights)

    def on_train_end(self, logs: Any = None) -> None:
        self._checkpoints.flush()


def epoch_line(epoch: int, epochs: int, seconds: float, logs: Mapping[str, Any]) -> str:
    """An epoch as the log shows it: Keras' own words of `verbose=2`, in one line."""
    curves = [f"{name}: {_short(value)}" for name, value in numbers_in(logs).items()]
    return " - ".join([f"Epoch {epoch}/{epochs}", f"{seconds:.1f}s", *curves])


def _short(value: float) -> str:
    return f"{value:.4e}" if 0 < abs(value) <= SMALL else f"{value:.4f}"
