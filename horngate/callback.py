"""`horngate.Callback()`: a Keras callback that reports a script's training."""

from typing import Any

import keras

from horngate.inside import find_listener


class Callback(keras.callbacks.Callback):  # type: ignore[misc]  # Keras ships no types
    """Progress, curves, learning rate, the run's board, and a stop on request, for `model.fit(callbacks=[…])`.

    `monitor` says which epoch is the best one: `val_loss`, or `loss` where nothing is validated; `mode` ("min", "max")
    is needed where Keras cannot tell. Outside Horngate it does nothing, and says so once.
    """

    def __init__(self, monitor: str | None = None, mode: str = "auto") -> None:
        super().__init__()
        listener = find_listener()
        self._hooks = listener.hear_fit(monitor, mode) if listener is not None else None

    def on_train_begin(self, logs: Any = None) -> None:
        if self._hooks is not None:
            self._hooks.begin_fit(self.model, self.params)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        if self._hooks is not None:
            self._hooks.begin_epoch(epoch)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        if self._hooks is not None:
            self._hooks.end_batch(batch, logs or {})

    def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
        if self._hooks is not None:
            self._hooks.end_test_batch()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        if self._hooks is not None:
            self._hooks.end_epoch(logs or {})

    def on_train_end(self, logs: Any = None) -> None:
        if self._hooks is not None:
            self._hooks.end_fit()
