"""A training script's way to the service that runs it: `horngate.report`, `horngate.should_stop`.

Run anywhere else, on a laptop say, a script says once that nobody listens, and goes on as if it had not asked.
"""

import sys
from collections.abc import Mapping
from typing import Any, Protocol


class Listener(Protocol):
    """What the service puts in place before a script's first line."""

    def hear_fit(self, monitor: str | None, mode: str) -> Any:
        """Hooks for one `horngate.Callback`."""

    def hear_report(
        self, metrics: Mapping[str, Any], *, epoch: int | None, epochs: int | None, step: int | None, steps: int | None
    ) -> bool:
        """What a loop of the script's own says; True when it is time to stop."""

    def should_stop(self) -> bool:
        """Whether the run was asked to end."""


NOBODY = "horngate: this script does not run inside Horngate, so nothing is reported. It goes on all the same.\n"
_listeners: list[Listener] = []
_told: list[str] = []


def attach(listener: Listener) -> None:
    """Called by the service."""
    _listeners[:] = [listener]


def find_listener() -> Listener | None:
    """Who listens; where nobody does that is said, once."""
    if not _listeners and not _told:
        _told.append(NOBODY)
        sys.stderr.write(NOBODY)
    return _listeners[0] if _listeners else None


def report(
    metrics: Mapping[str, Any] | None = None,
    *,
    epoch: int | None = None,
    epochs: int | None = None,
    step: int | None = None,
    steps: int | None = None,
    **more: Any,
) -> bool:
    """Tell how far a training loop of your own is; numbers count from 1. True when it is time to stop.

    With a `step` it is progress within an epoch; without one the epoch is done, and each metric has a point on its
    curve: `horngate.report(epoch=3, epochs=10, loss=0.2, val_loss=0.3)`.
    """
    listener = find_listener()
    if listener is None:
        return False
    told = {**(metrics or {}), **more}
    return listener.hear_report(told, epoch=epoch, epochs=epochs, step=step, steps=steps)


def should_stop() -> bool:
    """Whether the run was asked to end early: a loop of your own saves what it has, and ends."""
    listener = find_listener()
    return listener is not None and listener.should_stop()
