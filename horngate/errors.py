"""What may go wrong for somebody who uses the client; each message says what to do.

HorngateError
├── NotReachable      nobody answers at the address
├── NotRunning        local mode does not run, or could not start
├── UsageError        the call itself makes no sense
│   └── FitRefused    an argument of remote.fit; a ValueError too, as Keras raises
├── CaptureRefused    source cannot be had of an object; `faults` name each, and the mend
├── RunFailed         the run ended as failed or cancelled
├── JobFailed         a data set could not be predicted or evaluated
└── Problem           the service refused; carries status, code, detail and faults
    ├── SignInNeeded  401
    ├── NotAllowed    403
    ├── NotFound      404
    ├── Conflict      409, 412
    ├── Refused       400, 413, 415, 422: a spec, a file or rows, with every fault
    └── ServerFault   5xx

Detached is a KeyboardInterrupt: somebody stopped watching, and the run goes on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


class HorngateError(Exception):
    """Everything that this package raises on purpose."""


class NotReachable(HorngateError):
    """No answer from the address."""


class NotRunning(HorngateError):
    """Local mode does not run, or could not start."""


class UsageError(HorngateError):
    """The call makes no sense as it is."""


class FitRefused(UsageError, ValueError):
    """An argument of `remote.fit` that cannot be served: `argument` names it, the message says what to do."""

    def __init__(self, argument: str, reason: str) -> None:
        super().__init__(f"{argument} {reason}.")
        self.argument = argument


class Detached(KeyboardInterrupt):
    """Ctrl-C while watching: the run goes on."""

    def __init__(self, run_id: str) -> None:
        super().__init__(f"Run {run_id} goes on. Come back: remote.attach({run_id!r}, model=model).")
        self.run_id = run_id


@dataclass(frozen=True)
class CaptureFault:
    """Why one object cannot be captured: which name in it stands in the way, and what to do."""

    object: str
    name: str
    reason: str
    mend: str

    def __str__(self) -> str:
        of = self.object if self.object == self.name else f"{self.object}, which mentions {self.name}"
        return f"{of}: {self.reason}. To mend it: {self.mend}."


class CaptureRefused(HorngateError):
    """Objects whose source cannot be had as it is; `faults` name each."""

    def __init__(self, faults: Sequence[CaptureFault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n  ".join(["These objects cannot be captured as source:", *map(str, self.faults)]))


class RunFailed(HorngateError):
    """The run did not succeed; `run` holds what is known of it."""

    def __init__(self, message: str, run: Mapping[str, Any]) -> None:
        super().__init__(message)
        self.run = run


class JobFailed(HorngateError):
    """A whole data set could not be worked through; `job` holds what is known of it."""

    def __init__(self, message: str, job: Mapping[str, Any]) -> None:
        super().__init__(message)
        self.job = job


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong in what was sent: where, what stood there, what would be allowed."""

    message: str
    pointer: str = ""
    found: Any = None
    allowed: Any = None
    did_you_mean: str | None = None
    line: int | None = None
    more: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def from_json(cls, fault: Mapping[str, Any]) -> "Fault":
        known = {name: fault.get(name) for name in ("found", "allowed", "did_you_mean", "line")}
        more = {name: value for name, value in fault.items() if name not in (*known, "pointer", "message")}
        return cls(fault.get("message") or "", fault.get("pointer") or "", **known, more=more)

    def __str__(self) -> str:
        place = self.pointer + (f" (line {self.line})" if self.line else "")
        said = f"{place}: {self.message}" if place else self.message
        needs_hint = self.did_you_mean and self.did_you_mean not in self.message
        return f"{said} Did you mean {self.did_you_mean}?" if needs_hint else said


class Problem(HorngateError):
    """The service's `application/problem+json`, as an exception."""

    def __init__(self, problem: Mapping[str, Any], status: int) -> None:
        self.status = status
        self.code = problem.get("code")
        self.title = problem.get("title") or f"The service answered {status}"
        self.detail = problem.get("detail") or ""
        self.faults = tuple(Fault.from_json(fault) for fault in problem.get("errors") or ())
        self.source: tuple[str, str] | None = None
        """The file's name and text that the faults' lines belong to, where the caller knows them."""
        super().__init__(self.headline)

    @property
    def headline(self) -> str:
        return self.detail or self.title

    def __str__(self) -> str:
        return "\n".join([self.headline, *(f"  {fault}" for fault in self.faults)])


class SignInNeeded(Problem):
    """401: no key, or one that is not valid any more."""


class NotAllowed(Problem):
    """403: the key is valid, but may not do this."""


class NotFound(Problem):
    """404."""


class Conflict(Problem):
    """409 or 412: it is not in a state that allows this."""


class Refused(Problem):
    """What was sent cannot be used; `faults` name each place."""


class ServerFault(Problem):
    """5xx: not the caller's fault."""


BY_STATUS: dict[int, type[Problem]] = {401: SignInNeeded, 403: NotAllowed, 404: NotFound, 409: Conflict, 412: Conflict}


def problem_of(problem: Mapping[str, Any], status: int) -> Problem:
    """The exception that stands for a refusal."""
    kind = BY_STATUS.get(status) or (ServerFault if status >= 500 else Refused)
    return kind(problem, status)
