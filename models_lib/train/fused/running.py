"""`fit` and `evaluate` as Keras has them, with many batches in one call."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import keras
from keras.src.utils.python_utils import pythonify_logs

from models_lib.train.batches import Batches
from models_lib.train.fused.compiled import CompiledSteps
from models_lib.train.fused.pacing import ChunkPace
from models_lib.train.fused.steps import FusedSteps, TracedStep
from models_lib.train.hooks import BEGIN_HOOKS, TrainingHooks, overrides
from models_lib.train.steering import FOREVER
from models_lib.train.together import Agreement

Logs = dict[str, Any]
AfterEpoch = Callable[[int, float], None]
"""Told how many epochs there are behind, and how many seconds the last one took."""


class BatchHooks(Protocol):
    """What the batches of an epoch ask for and tell."""

    @property
    def batches_done(self) -> int:
        """Of the epoch, by an attempt before."""

    @property
    def seconds_to_save(self) -> float:
        """Until a call should end for a checkpoint."""

    def on_train_batch_end(self, batch: int, logs: Any) -> None:
        """A call has ended with this batch, counted from 0 in this attempt's part of the epoch."""

    def check_losses(self) -> None:
        """A loss was no number."""


class FusedEngine:
    """A compiled core and its parts in memory; hooks are called as by `fit`, those of batches at each call's end."""

    def __init__(
        self,
        core: keras.Model,
        batches: Mapping[str, Batches],
        callbacks: Sequence[keras.callbacks.Callback] = (),
        agreement: Agreement | None = None,
    ) -> None:
        """Raises what tracing the training step raises."""
        self._core, self._batches, self._agreement = core, dict(batches), agreement
        core.make_train_function()  # not traced unless somebody calls it: callbacks look for it
        core.make_test_function()
        self.traced = self._trace_training()
        self._train: FusedSteps | CompiledSteps = self.traced
        self._traced_for = core.train_function
        if any(overrides(callback, BEGIN_HOOKS) for callback in callbacks):
            self._traced_for = None  # what a component's callback begins with counts, as in `fit`
        self._train_pace, self._test_pace = ChunkPace(), ChunkPace()
        self._test_step: TracedStep | None = None
        self._tests: dict[Batches, FusedSteps | None] = {}

    @property
    def trained_on(self) -> Batches:
        return self._batches["train"]

    @property
    def is_compiled(self) -> bool:
        """Whether XLA does the training's steps: then they are Keras' own within rounding only."""
        return isinstance(self._train, CompiledSteps)

    def compile(self) -> CompiledSteps:
        """The training's steps for XLA, which are not taken yet; raises what compiling raises."""
        return CompiledSteps(self._core, self.trained_on, self.traced)

    def use(self, compiled: CompiledSteps) -> None:
        """For the training's steps from now on."""
        self._train = compiled

    def fit(
        self,
        hooks: TrainingHooks,
        *,
        first_epoch: int,
        validates: Callable[[int], bool],
        after_second: AfterEpoch | None = None,
    ) -> None:
        """`model.fit`, in its order; it ends when `stop_training` says so; the first epoch holds the tracing.

        `validates` says of an epoch (from 1) whether it ends with a validation.
        """
        core, held, logs = self._core, self._batches.get("validation"), None
        core.stop_training = False
        hooks.on_train_begin()
        for epoch in range(first_epoch, FOREVER):
            began = time.monotonic()
            core.reset_metrics()
            hooks.on_epoch_begin(epoch)
            logs = self.train_epoch(hooks)
            if held is not None and validates(epoch + 1):
                logs |= {f"val_{name}": value for name, value in self.evaluate(held, hooks).items()}
            hooks.on_epoch_end(epoch, logs)
            if core.stop_training:
                break
            if after_second is not None and epoch == first_epoch + 1:
                after_second(epoch + 1, time.monotonic() - began)
        if isinstance(core.optimizer, keras.optimizers.Optimizer):
            core.optimizer.finalize_variable_values(core.trainable_weights)
        hooks.on_train_end(logs)

    def evaluate(self, batches: Batches, hooks: TrainingHooks | None = None) -> Logs:
        """`model.evaluate`."""
        core, logs = self._core, None
        if batches not in self._tests:
            self._tests[batches] = self._trace_test(batches)
        test = self._tests[batches]
        if test is None:
            return dict(core.evaluate(batches.dataset, return_dict=True, verbose=0, callbacks=hooks))
        if hooks is not None:
            hooks.on_test_begin()
        core.reset_metrics()
        done = 0
        while done < batches.steps:
            began, first = time.monotonic(), done
            done, logs = test.run(first, min(batches.steps, first + self._test_pace.next_steps()))
            if hooks is not None:
                hooks.on_test_batch_end(done - 1, logs)
            self._test_pace.learn(done - first, time.monotonic() - began)
        scores: Logs = pythonify_logs(core._get_metrics_result_or_logs(logs))
        if hooks is not None:
            hooks.on_test_end(scores)
        return scores

    def train_epoch(self, hooks: BatchHooks) -> Logs:
        """The batches of one epoch, from where an attempt before has left it; ended by `stop_training` too."""
        core, steps, pace = self._core, self._batches["train"].steps, self._train_pace
        self._trace_again_where_remade()
        before, logs = hooks.batches_done, None
        done = before
        while done < steps:
            began, first = time.monotonic(), done
            end = min(steps, first + self._next_steps(hooks))
            done, logs = self._train.run(first, end)
            pace.learn(done - first, time.monotonic() - began)
            if self._agreement is not None:
                to_save = hooks.seconds_to_save
                self._agreement.agree(steps=pace.next_steps(to_save), is_due=to_save <= 0)
            hooks.on_train_batch_end(done - 1 - before, logs)
            if done < end:
                hooks.check_losses()
            if core.stop_training:
                break
        return dict(core._get_metrics_result_or_logs(logs))

    def _next_steps(self, hooks: BatchHooks) -> int:
        agreed = self._agreement
        return self._train_pace.next_steps(hooks.seconds_to_save) if agreed is None else agreed.steps

    def time_step(self, batches: Batches, *, trains: bool) -> float:
        """Seconds a step takes in a call of all these batches; with `trains` it trains on them."""
        traced = TracedStep(
            self._core, self._core.train_step if trains else self._core.test_step, batches.dataset.element_spec
        )
        steps = FusedSteps(traced, batches)
        steps.run(0, 1)  # holds what TensorFlow does once
        began = time.perf_counter()
        steps.run(0, batches.steps)
        return (time.perf_counter() - began) / batches.steps

    def _trace_training(self) -> FusedSteps:
        train = self.trained_on
        return FusedSteps(
            TracedStep(self._core, self._core.train_step, train.dataset.element_spec, agree=True),
            train,
            heeds_loss=True,
        )

    def _trace_test(self, batches: Batches) -> FusedSteps | None:
        """None where it cannot be: then Keras' own evaluates. Parts with batches of one kind share a graph."""
        batch = batches.dataset.element_spec
        try:
            if self._test_step is None or self._test_step.batch != batch:
                self._test_step = TracedStep(self._core, self._core.test_step, batch)
            return FusedSteps(self._test_step, batches)
        except Exception:  # noqa: BLE001 - whatever it is, Keras meets it too, and says it in its own words
            return None

    def _trace_again_where_remade(self) -> None:
        """A callback that unfreezes layers calls `make_train_function(force=True)` to have them trained."""
        if self._core.train_function is not self._traced_for:
            self.traced, self._traced_for = self._trace_training(), self._core.train_function
            self._train = self.compile() if self.is_compiled else self.traced
