"""What a shop of runs should do, without a database: the oracle of the state machine, written from the contract."""

from dataclasses import dataclass, field

CAPS = {"worker_lost": 5, "oom": 2, "stalled": 2, "disk": 5}
"""So many attempts may end so; the run's own `retry` lowers the sum."""
USER_LIMIT = 2
SUSPECT = 2


@dataclass
class ModelRun:
    """One run as everybody should see it."""

    owner: str
    priority: int
    most_attempts: int = 5
    status: str = "queued"
    wanted: str = "run"
    ended_by: str | None = None
    failure: str | None = None
    attempt: int = 0
    worker: str | None = None
    is_due: bool = True
    has_expired: bool = False
    reasons: list[str] = field(default_factory=list)
    epochs: int = 0
    is_woken: bool = False
    is_in_phase: bool = False
    eta: float | None = None
    saved_by: int = 0
    """The attempt that left the newest checkpoint."""
    curve: list[int] = field(default_factory=list)
    """For each epoch the attempt that trained it last."""

    @property
    def is_final(self) -> bool:
        return self.status in ("succeeded", "failed", "cancelled")

    @property
    def losses(self) -> int:
        return self.reasons.count("worker_lost")

    def start(self, worker: str) -> None:
        self.status, self.worker, self.has_expired = "running", worker, False
        self.attempt += 1

    @property
    def waits_for_a_call(self) -> bool:
        return self.status == "queued" and self.is_due and not self.is_woken

    def hear(self, what: str) -> None:
        """What the trainer reports."""
        match what:
            case "phase":
                self.is_in_phase = True
            case "progress":
                self.eta = 5.0
            case "checkpoint":
                self.saved_by = self.attempt

    def leave(self, reason: str) -> None:
        self.worker, self.is_in_phase = None, False
        self.reasons.append(reason)

    def end(self, status: str, ended_by: str, *, reason: str | None = None, failure: str | None = None) -> None:
        if self.worker is not None:
            self.leave(reason or ended_by)
        self.status, self.ended_by, self.failure, self.eta = status, ended_by, failure, None

    def queue(self, *, is_due: bool = True) -> None:
        self.status, self.is_due, self.is_woken = "queued", is_due, False

    def may_retry(self, cause: str) -> bool:
        same = self.reasons.count(cause) + 1
        is_over = self.most_attempts < 5 and sum(r in CAPS for r in self.reasons) + 1 >= self.most_attempts
        return same < CAPS.get(cause, 1) and not is_over

    def give_back(self, reason: str) -> None:
        if reason == "killed" and self.wanted != "cancel" and self._is_killed_in_vain():
            self.end("failed", "failure", reason="killed", failure="worker_lost")
        else:
            self._let_go(reason, is_due=True)

    def _is_killed_in_vain(self) -> bool:
        """Five times without a new checkpoint; where the spec says less, so often in all."""
        further = self.saved_by if self.most_attempts >= 5 else 0
        ended = [*self.reasons, "killed"]
        return ended[further:].count("killed") >= min(5, self.most_attempts)

    def lose(self) -> None:
        if self.wanted == "cancel":
            self.end("cancelled", "cancel", reason="worker_lost")
        elif not self.may_retry("worker_lost"):
            self.end("failed", "failure", reason="worker_lost", failure="worker_lost")
        else:
            self._let_go("worker_lost", is_due="worker_lost" not in self.reasons)

    def fail(self, kind: str) -> None:
        if self.wanted == "run" and self.may_retry(kind):
            self.leave(kind)
            self.queue(is_due=False)
        else:
            self.end("failed", "failure", failure=kind)

    def _let_go(self, reason: str, *, is_due: bool) -> None:
        if self.wanted == "cancel":
            self.end("cancelled", "cancel", reason=reason)
            return
        self.leave(reason)
        if self.wanted == "pause":
            self.status, self.eta = "paused", None
        else:
            self.queue(is_due=is_due)

    def ask(self, wish: str) -> str | None:
        """The error that the asker gets, if any."""
        if self.is_final:
            return "RunIsFinal"
        if wish in ("pause", "resume") and self.wanted in ("stop", "cancel"):
            return "RunIsEnding"
        {"stop": self._stop, "cancel": self._cancel, "pause": self._pause, "resume": self._resume}[wish]()
        return None

    def _stop(self) -> None:
        if self.status != "running" and self.attempt == 0:
            self.end("cancelled", "stop")
            return
        self.wanted = "cancel" if self.wanted == "cancel" else "stop"
        if self.status == "paused":
            self.queue()

    def _cancel(self) -> None:
        self.wanted = "cancel"
        if self.status != "running":
            self.end("cancelled", "cancel")

    def _pause(self) -> None:
        self.wanted = "pause"
        if self.status == "queued":
            self.status, self.eta = "paused", None

    def _resume(self) -> None:
        self.wanted = "run"
        if self.status == "paused":
            self.queue()

    def train(self) -> int:
        """One more epoch; a later attempt begins where the one before had saved, one epoch back."""
        if self.curve and self.curve[-1] != self.attempt and self.epochs == len(self.curve):
            self.epochs -= 1
        self.epochs += 1
        self.curve[self.epochs - 1 :] = [self.attempt]
        return self.epochs


def next_of(runs: list[ModelRun], worker: str) -> ModelRun | None:
    """Who is claimed by this worker: runs are given in the order of their age."""
    running = [run for run in runs if run.status == "running"]
    here = [run for run in running if run.worker == worker]
    held = {run.owner: sum(other.owner == run.owner for other in running) for run in runs}
    if any(run.losses >= SUSPECT for run in here):
        return None
    able = [
        run
        for run in runs
        if run.status == "queued"
        and run.is_due
        and held[run.owner] < USER_LIMIT
        and not (run.losses >= SUSPECT and here)
    ]
    return min(able, key=lambda run: (-run.priority, held[run.owner], runs.index(run)), default=None)
