"""A run's states and which may follow which: the one place that knows."""

from enum import StrEnum
from typing import Final


class Status(StrEnum):
    """What is observed of a run."""

    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        return not FOLLOWERS[self]


class Wanted(StrEnum):
    """What the user wants of a run; the system follows when it can."""

    RUN = "run"
    PAUSE = "pause"
    STOP = "stop"
    CANCEL = "cancel"


class Phase(StrEnum):
    """Where a running run is."""

    PREPARING = "preparing"
    BUILDING = "building"
    TRAINING = "training"
    EVALUATING = "evaluating"
    EXPORTING = "exporting"


class EndedBy(StrEnum):
    """What ended a run."""

    COMPLETED = "completed"
    EARLY_STOPPING = "early_stopping"
    STOP = "stop"
    CANCEL = "cancel"
    FAILURE = "failure"
    TIMEOUT = "timeout"


class FailureKind(StrEnum):
    """Whose fault a failure is, and so what can be done."""

    USER_CODE = "user_code"
    DATA = "data"
    OOM = "oom"
    NON_FINITE = "non_finite"
    WORKER_LOST = "worker_lost"
    STALLED = "stalled"
    TIMEOUT = "timeout"
    DISK = "disk"
    INTERNAL = "internal"


class WorkerState(StrEnum):
    """What is known of a worker process."""

    ALIVE = "alive"
    LOST = "lost"
    ENDED = "ended"


FOLLOWERS: Final[dict[Status, frozenset[Status]]] = {
    Status.QUEUED: frozenset({Status.RUNNING, Status.PAUSED, Status.CANCELLED}),
    Status.RUNNING: frozenset({Status.QUEUED, Status.PAUSED, Status.SUCCEEDED, Status.FAILED, Status.CANCELLED}),
    Status.PAUSED: frozenset({Status.QUEUED, Status.CANCELLED}),
    Status.SUCCEEDED: frozenset(),
    Status.FAILED: frozenset(),
    Status.CANCELLED: frozenset(),
}
FINAL: Final = tuple(status for status in Status if not FOLLOWERS[status])
UNFINISHED: Final = tuple(status for status in Status if FOLLOWERS[status])


def may_follow(status: Status, following: Status) -> bool:
    """Whether a run may go from `status` to `following`."""
    return following in FOLLOWERS[status]
