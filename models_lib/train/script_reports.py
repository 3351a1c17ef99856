"""What a script says of its training, told as `fit` tells it: progress, epochs, curves, the best epoch, the board."""

import math
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import keras

from models_lib.build.summary import summarise_core
from models_lib.spec.objects import KerasObject
from models_lib.train.recording import BestEpoch
from models_lib.train.reports import Epoch, Progress, Report, Scores, Summary, Warned, plain_metrics
from models_lib.train.script_board import ScriptBoard
from models_lib.train.watching import REPORT_SECONDS, Pace


class ScriptReporter:
    """One for a whole script. Epochs are counted on over all of its fits, so that curves rise in one piece."""

    def __init__(self, report: Report, should_stop: Callable[[], bool], out: Path) -> None:
        self.was_stopped = False
        self.has_reported = False
        self.stopped_early = False
        self.hears = False
        """Whether the script will learn of a wish to stop by itself."""
        self.board = ScriptBoard(out / "tensorboard")
        self.epochs_done = 0
        self._report = report
        self._wants_stop = should_stop
        self._best: tuple[float, int] | None = None
        self._reported = -math.inf
        self._epoch_began = time.monotonic()
        self._is_warned = False

    def hear_fit(self, monitor: str | None, mode: str) -> "FitHooks":
        """Hooks for one callback."""
        self.hears = True
        return FitHooks(self, monitor, mode)

    def hear_report(
        self, metrics: Mapping[str, Any], *, epoch: int | None, epochs: int | None, step: int | None, steps: int | None
    ) -> bool:
        """A loop of the script's own: a step, or a whole epoch."""
        self.hears = True
        if step is not None:
            at = epoch or self.epochs_done + 1
            self.tell_progress(metrics, epoch=at, epochs=max(epochs or 0, at), step=step, steps=max(steps or 0, step))
        else:
            number = max(epoch or 0, self.epochs_done + 1)
            self.tell_epoch(number, metrics, epochs=epochs)
            self.judge(number, metrics)
        return self.should_stop()

    def should_stop(self) -> bool:
        """Asked by a script that can act on it."""
        self.hears = True
        self.was_stopped = self.was_stopped or self._wants_stop()
        return self.was_stopped

    def tell_progress(
        self,
        metrics: Mapping[str, Any],
        *,
        epoch: int,
        epochs: int,
        step: int,
        steps: int,
        eta: Callable[[], float | None] = lambda: None,
        now: bool = False,
    ) -> None:
        """At most ten times a second, but for the last step of all."""
        moment = time.monotonic()
        if now or moment - self._reported >= REPORT_SECONDS:
            self._reported = moment
            self.has_reported = True
            told = plain_metrics(metrics)
            self._report(Progress(epoch, epochs, step, steps, told, eta()).to_json())

    def tell_epoch(self, number: int, metrics: Mapping[str, Any], *, epochs: int | None, model: Any = None) -> None:
        """A point on every curve; `number` counts from 1 over the whole script."""
        now, self.has_reported, self.epochs_done = time.monotonic(), True, number
        told = plain_metrics(metrics)
        self._report(Epoch(number, told, round(now - self._epoch_began, 3)).to_json())
        self._epoch_began = now
        self.board.write(number, told, model, epochs=epochs)
        self._warn_of_losses(number, metrics)

    def begin_epoch(self) -> None:
        self._epoch_began = time.monotonic()

    def judge(self, number: int, metrics: Mapping[str, Any]) -> None:
        """Of a loop of the script's own the lowest `val_loss`, or `loss`, is the best."""
        told = plain_metrics(metrics)
        value = told.get("val_loss", told.get("loss"))
        if value is not None and (self._best is None or value < self._best[0]):
            self._best = value, number
            self.tell_best(number, told)

    def tell_best(self, number: int, metrics: Mapping[str, Any]) -> None:
        self._report(Scores(best={"epoch": number, "metrics": plain_metrics(metrics)}).to_json())

    def summarise(self, model: keras.Model) -> None:
        """The layers of the model that is fitted, as far as they are known."""
        optimizer = KerasObject(class_name=type(getattr(model, "optimizer", None)).__name__)
        summary = summarise_core(model, optimizers=[optimizer], batch_size=1)
        self._report(Summary({key: summary[key] for key in summary if key != "training_bytes"}).to_json())

    def warn(self, code: str, message: str) -> None:
        self._report(Warned("/model", code, message).to_json())

    def _warn_of_losses(self, number: int, metrics: Mapping[str, Any]) -> None:
        loss = metrics.get("loss")
        if not self._is_warned and isinstance(loss, float) and not math.isfinite(loss):
            self._is_warned = True
            self.warn("non_finite", f"The loss became {loss} in epoch {number}. The script goes on: it decides.")


class FitHooks:
    """What one `horngate.Callback` calls; the same one may be given to several fits."""

    def __init__(self, reporter: ScriptReporter, monitor: str | None, mode: str) -> None:
        self._reporter, self._monitor, self._mode = reporter, monitor, mode
        self._judge: BestEpoch | None = None
        self._model: Any = None
        self._is_summarised, self._is_judged = False, True
        self._steps = self._batch = self._epochs = 0
        self._first: int | None = None
        self._logs: Mapping[str, Any] = {}
        self._pace = Pace(0)

    def begin_fit(self, model: keras.Model, params: Mapping[str, Any]) -> None:
        """`params` are Keras' own: `epochs`, and `steps` where they are known."""
        self._is_summarised = self._is_summarised and model is self._model
        self._model, self._first, self._batch = model, None, 0
        self._epochs, self._steps = int(params.get("epochs") or 1), int(params.get("steps") or 0)
        self._summarise()

    def begin_epoch(self, epoch: int) -> None:
        """Keras' number, from 0; the fit's first one may be a later one (`initial_epoch`)."""
        if self._first is None:
            self._first = epoch
            self._epochs = self._reporter.epochs_done + max(1, self._epochs - epoch)
            self._pace = Pace(self._steps)
        self._batch = 0
        self._pace.begin_epoch(self._reporter.epochs_done)
        self._reporter.begin_epoch()

    def end_batch(self, batch: int, logs: Mapping[str, Any]) -> None:
        self._batch, self._logs = batch + 1, logs
        self._tell_progress()
        self._heed_stop()

    def end_test_batch(self) -> None:
        """A wish to stop that comes while validating ends the fit after this epoch."""
        self._heed_stop()

    def end_epoch(self, logs: Mapping[str, Any]) -> None:
        """The learning rate is a curve, too, whether or not a callback logs it."""
        reporter, number = self._reporter, self._reporter.epochs_done + 1
        logs = {**_learning_rate(self._model), **logs}
        self._steps = self._steps or self._batch
        self._pace.end_epoch()
        self._summarise()
        reporter.tell_epoch(number, logs, epochs=self._epochs, model=self._model)
        self._judge_epoch(number, logs)
        self._heed_stop()

    def end_fit(self) -> None:
        if self._batch:
            self._tell_progress(now=True)
        is_early = bool(self._model.stop_training) and not self._reporter.was_stopped
        self._reporter.stopped_early = is_early

    def _tell_progress(self, *, now: bool = False) -> None:
        done = self._reporter.epochs_done
        self._reporter.tell_progress(
            self._logs,
            epoch=done if now else done + 1,
            epochs=max(self._epochs, done),
            step=self._batch,
            steps=max(self._steps, self._batch),
            eta=lambda: self._pace.seconds_left(self._batch, self._epochs) if self._steps else None,
            now=now,
        )

    def _heed_stop(self) -> None:
        if self._reporter.should_stop():
            self._model.stop_training = True

    def _judge_epoch(self, number: int, logs: Mapping[str, Any]) -> None:
        """By Keras' own EarlyStopping, which knows of each metric whether more is better; it stops nothing here."""
        if self._judge is None:
            monitor = self._monitor or ("val_loss" if "val_loss" in logs else "loss")
            self._judge = BestEpoch(monitor, self._mode)
            self._judge.set_model(self._model)
            self._judge.on_train_begin()
        if self._is_judged and self._judge.monitor in logs:
            try:
                self._judge.on_epoch_end(number, dict(logs))
            except ValueError as error:  # Keras cannot tell whether more is better
                self._is_judged = False
                return self._reporter.warn("no_best_epoch", f"Which epoch is the best is not known: {error}"[:2000])
            if self._judge.is_best(number):
                self._reporter.tell_best(number, logs)
        return None

    def _summarise(self) -> None:
        """Once for each model, when it has weights: a subclassed one has them after its first batch."""
        if self._model.built and not self._is_summarised:
            self._is_summarised = True
            with suppress(Exception):  # a model may be of any make, and trains all the same
                self._reporter.summarise(self._model)


def _learning_rate(model: keras.Model) -> dict[str, float]:
    optimizer = getattr(model, "optimizer", None)
    rate = getattr(optimizer, "learning_rate", None)
    return {} if rate is None else {"learning_rate": float(keras.ops.convert_to_numpy(rate))}
