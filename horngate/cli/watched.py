"""What the events of a run have told so far."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Watched:
    """The state of a run as its events tell it; `take` one after the other."""

    status: str = "queued"
    phase: str = ""
    attempt: int = 0
    epoch: int = 0
    epochs: int = 0
    step: int = 0
    steps: int = 0
    eta_at: float | None = None
    metrics: dict[str, float | None] = field(default_factory=dict)
    epoch_metrics: dict[str, float | None] = field(default_factory=dict)
    epoch_seconds: float | None = None
    best_epoch: int | None = None
    has_ended: bool = False

    def take(self, event: Mapping[str, Any]) -> None:
        take = getattr(self, f"take_{event['kind']}", None)
        if take is not None:
            take(event)

    def take_status(self, event: Mapping[str, Any]) -> None:
        self.status = event["status"]

    def take_phase(self, event: Mapping[str, Any]) -> None:
        self.phase = event["phase"] or ""

    def take_attempt(self, event: Mapping[str, Any]) -> None:
        self.attempt = event["attempt"]

    def take_progress(self, event: Mapping[str, Any]) -> None:
        for name in ("epoch", "epochs", "step", "steps"):
            setattr(self, name, event.get(name) or getattr(self, name))
        self.metrics = dict(event.get("metrics") or {})
        eta = event.get("eta_seconds")
        self.eta_at = None if eta is None else time.monotonic() + eta

    def take_metrics(self, event: Mapping[str, Any]) -> None:
        """An epoch is over."""
        self.epoch = event["epoch"]
        self.step = self.steps
        self.epoch_metrics = dict(event["metrics"])
        self.epoch_seconds = event.get("seconds")
        self.metrics = {}

    def take_checkpoint(self, event: Mapping[str, Any]) -> None:
        if event.get("name") == "best":
            self.best_epoch = event["epoch"]

    def take_end(self, event: Mapping[str, Any]) -> None:
        self.status = event["status"]
        self.has_ended = True

    @property
    def share(self) -> float:
        """How much of all epochs is done, 0 to 1."""
        if not self.epochs:
            return 0.0
        in_epoch = self.step / self.steps if self.steps else 0.0
        return min(1.0, (max(self.epoch - 1, 0) + in_epoch) / self.epochs)

    @property
    def eta_seconds(self) -> float | None:
        return None if self.eta_at is None else max(0.0, self.eta_at - time.monotonic())
