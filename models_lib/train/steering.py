"""What is changed about a training under way: the learning rate, patience, epochs, how often it is saved."""

from collections.abc import Callable, Mapping
from typing import Any

import keras

from models_lib.train.reports import Report, Steered
from models_lib.train.state import TrainingState, own_optimizers

Changes = Mapping[str, Any]
FOREVER = 2**31
"""Epochs that `fit` is given: where the training ends may change under way, so it is told so by `stop_training`."""


class Steering:
    """Takes the newest changes between two batches: numbered, so that each is made once, in whichever attempt."""

    def __init__(
        self,
        core: keras.Model,
        report: Report,
        changes: Callable[[], Changes | None],
        *,
        epochs: int,
    ) -> None:
        self.epochs = epochs
        self.is_complete = False
        self._core, self._report, self._changes = core, report, changes
        self._made: Changes = {"number": 0}
        self._callbacks: list[keras.callbacks.Callback] = []
        self._save_every: Callable[[float], None] = lambda seconds: None

    @property
    def state(self) -> dict[str, Any]:
        """The changes made so far, which a checkpoint keeps."""
        return dict(self._made)

    @state.setter
    def state(self, made: Changes) -> None:
        """The learning rate is in the optimizer's state; all else is made anew."""
        self._made = made
        self._settle(made)

    @property
    def is_as_specified(self) -> bool:
        """Whether the spec alone says how it was trained: nothing changed under way, no other run gone on from."""
        return self._made == {"number": 0}

    def steer(self, callbacks: list[keras.callbacks.Callback], save_every: Callable[[float], None]) -> None:
        """Name the callbacks whose patience may be changed, and who is told how often to save."""
        self._callbacks, self._save_every = callbacks, save_every

    def look_ahead(self, resumed: TrainingState) -> None:
        """How many epochs there are to be, before the state is put back and before the newest changes are made."""
        made = resumed.plain["callbacks"][-1].get("steered", self._made)
        changes = self._changes() or made
        newest = changes if changes["number"] > made["number"] else made
        self.epochs = newest.get("epochs") or self.epochs

    def heed(self, epoch: int, step: int) -> None:
        """After `step` batches of the epoch (from 0): make what is new."""
        changes = self._changes()
        if changes is None or changes["number"] <= self._made["number"]:
            return
        new = {name: value for name, value in changes.items() if self._made.get(name) != value and name != "number"}
        self._made = {**self._made, **changes}
        self._settle(new)
        if "learning_rate" in new:
            self._set_rates(new["learning_rate"])
        self._report(Steered(epoch + 1, step, new).to_json())

    def end_epoch(self, epoch: int) -> None:
        """Stop `fit`, which knows no end, after the last one."""
        if epoch + 1 >= self.epochs and not self._core.stop_training:
            self.is_complete = self._core.stop_training = True

    def _settle(self, changes: Changes) -> None:
        self.epochs = changes.get("epochs") or self.epochs
        if "checkpoint_every" in changes:
            self._save_every(changes["checkpoint_every"])
        for callback in self._callbacks:
            if "patience" in changes and isinstance(callback, keras.callbacks.EarlyStopping):
                callback.patience = changes["patience"]

    def _set_rates(self, rates: float | Mapping[str, float]) -> None:
        for name, optimizer in named_optimizers(self._core).items():
            rate = rates.get(name) if isinstance(rates, Mapping) else rates
            if rate is not None:
                optimizer.learning_rate = rate


def forget_end(resumed: TrainingState) -> None:
    """What a run that had ended has decided about its end is not said of the run that extends it."""
    resumed.plain["stop"] = False
    made = resumed.plain["callbacks"][-1].get("steered", {})
    resumed.plain["callbacks"][-1]["steered"] = {**made, "number": 0, "epochs": None, "extends": True}


def named_optimizers(core: keras.Model) -> dict[str, keras.optimizers.Optimizer]:
    """The optimizer that Keras drives, or its parts by name where there are several; and a component model's own."""
    driven = getattr(core.optimizer, "inner_optimizer", core.optimizer)
    parts = {part.name: part for part in getattr(driven, "optimizers", ())}
    return {**(parts or {"optimizer": driven}), **own_optimizers(core)}
