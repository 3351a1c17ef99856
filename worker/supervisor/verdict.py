"""How an attempt ended, and what its row is told."""

import signal
from dataclasses import asdict, dataclass
from typing import Any, TypeAlias

from store.lifecycle import EndedBy, FailureKind
from store.retrying import KILLED as KILLED_FROM_OUTSIDE


@dataclass(frozen=True)
class Succeeded:
    """The training has done what it could, and its work is kept."""

    ended_by: EndedBy


@dataclass(frozen=True)
class Failed:
    """The training cannot go on, here or elsewhere."""

    kind: FailureKind
    message: str
    advice: str
    frame: str | None = None

    @property
    def ended_by(self) -> EndedBy:
        return EndedBy.TIMEOUT if self.kind is FailureKind.TIMEOUT else EndedBy.FAILURE

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Cancelled:
    """The user wanted no more of it."""


@dataclass(frozen=True)
class GivenBack:
    """Nothing is wrong with the run: another attempt shall go on with it."""

    reason: str


@dataclass(frozen=True)
class Lost:
    """The run is no longer ours to write about."""


Verdict: TypeAlias = Succeeded | Failed | Cancelled | GivenBack | Lost

OUT_OF_MEMORY = Failed(
    FailureKind.OOM,
    "The system killed the training: it needed more memory than there is.",
    "Use a smaller batch_size or a smaller model, or train on a machine with more memory.",
)
OVERTIME = Failed(
    FailureKind.TIMEOUT,
    "The run reached resources.max_minutes and did not end when it was asked to.",
    "Raise resources.max_minutes, or make the batches smaller.",
)
DISK_FULL = Failed(
    FailureKind.DISK,
    "The worker's disk or the store of blobs is full.",
    "Free space, then train again.",
)
SERVICE_FAULT = Failed(
    FailureKind.INTERNAL,
    "The service could not supervise the training.",
    "This is a fault of the service: the worker's own log says more.",
)
FORBIDDEN_CALL = Failed(
    FailureKind.USER_CODE,
    "The sandbox ended the training (SIGSYS): it made a system call of another machine, of i386 or x32.",
    "Code of a run makes this machine's system calls only: look for machine code, ctypes and extension modules in it.",
)
WORKER_ENDING = GivenBack("worker_ending")
PAUSED = GivenBack("pause")
KILLED = GivenBack(KILLED_FROM_OUTSIDE)
COMPANY_LOST = GivenBack(FailureKind.WORKER_LOST)
MOTHER_LOST = GivenBack(FailureKind.WORKER_LOST)
FILES_AWAY = GivenBack("files_away")
DATABASE_AWAY = GivenBack("database_away")


def stalled(seconds: float) -> Failed:
    """It stands still, or computes without end, in a step or in code of its own."""
    return Failed(
        FailureKind.STALLED,
        f"The training stood still: no batch and no output for {seconds:.0f} s, longer than its own pace explains.",
        "Look at the end of the run's log, where the stack of each thread was written, then train again.",
    )


def crashed(
    status: int, last_errors: list[str], *, of_script: bool = False, may_be_oom: bool = True
) -> Failed | GivenBack:
    """What a trainer's exit status means that was not asked to end and said nothing itself."""
    if status == -signal.SIGKILL and not may_be_oom:
        return KILLED
    if status == -signal.SIGKILL or any("bad_alloc" in line for line in last_errors):
        return OUT_OF_MEMORY
    if status == -signal.SIGSYS:
        return FORBIDDEN_CALL
    how = f"was ended by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"
    last = f" Its last words: {last_errors[-1][:500]}" if last_errors else ""
    if of_script and status >= 0:
        message = f"The script ended its own process with status {status}, before its last line.{last}"
        return Failed(
            FailureKind.USER_CODE, message, "Use sys.exit rather than os._exit: the end of its log says more."
        )
    return Failed(
        FailureKind.INTERNAL,
        f"The training process {how} without saying why.{last}",
        "Look at the end of the run's log; if the same spec fails again, report it.",
    )
