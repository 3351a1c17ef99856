"""How often a run is tried again, by what ended its attempt: the one place that knows."""

import math
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from store.lifecycle import FailureKind
from store.rows import Attempt, Checkpoint, Run
from store.table import Json

LOST: Final = FailureKind.WORKER_LOST
ATTEMPTS: Final = {LOST: 5, FailureKind.OOM: 2, FailureKind.STALLED: 2, FailureKind.DISK: 5}
"""How many attempts may end so before the run has failed, each cause counted by itself; any other failure would only
come again."""
KILLED: Final = "killed"
"""An attempt's reason: somebody has killed its training, and neither its worker was lost nor memory was short."""
MOST_KILLED_IN_VAIN: Final = 5
FIRST_PAUSE_SECONDS: Final = 5.0
LONGEST_PAUSE_SECONDS: Final = 300.0


def pause_before_next(session: Session, run: Run, cause: FailureKind) -> float | None:
    """Seconds until the run, whose attempt ends of `cause`, may be tried again; None where it has failed.

    The first loss of a worker says nothing about the run, which goes on at once; each later one doubles the pause.
    Attempts that were given back in good order (a worker that ended, a pause) count for nothing.
    """
    ended = _count_causes(session, run)
    same, all_of_them = ended.get(cause, 0) + 1, sum(ended.values()) + 1
    if same >= ATTEMPTS.get(cause, 1) or all_of_them >= _most_attempts(run):
        return None
    doublings = same - (2 if cause == LOST else 1)
    return 0.0 if doublings < 0 else min(FIRST_PAUSE_SECONDS * 2.0**doublings, LONGEST_PAUSE_SECONDS)


def lost_too_often(session: Session, run: Run) -> Json:
    """The failure of a run that has taken down its worker in every attempt that it may have."""
    times = _count_causes(session, run).get(LOST, 0) + 1
    return {
        "kind": LOST.value,
        "message": f"The worker was lost {times} time{'s' * (times != 1)} while it trained this run.",
        "frame": None,
        "advice": "Look at the worker's own log and memory: a run that takes its worker down is not started again.",
    }


def killed_in_vain(session: Session, run: Run) -> Json | None:
    """The failure of a run whose training is killed from outside before it gets any further, again and again.

    One that leaves a checkpoint each time may be killed as often as somebody likes; not where its `retry` lowers that.
    """
    newest = select(func.coalesce(func.max(Checkpoint.attempt), 0)).where(Checkpoint.run_id == run.id)
    is_lowered = _most_attempts(run) < MOST_KILLED_IN_VAIN
    further = 0 if is_lowered else session.execute(newest).scalar_one()
    statement = select(func.count()).where(Attempt.run_id == run.id, Attempt.reason == KILLED, Attempt.number > further)
    times = session.execute(statement).scalar_one() + (run.attempt > further)
    if times < min(MOST_KILLED_IN_VAIN, _most_attempts(run)):
        return None
    return {
        "kind": LOST.value,
        "message": f"The training was killed from outside {times} time{'s' * (times != 1)} before it got any further.",
        "frame": None,
        "advice": "Find out what kills it: a limit of its container, or somebody's hand.",
    }


def _count_causes(session: Session, run: Run) -> dict[FailureKind, int]:
    causes = [cause.value for cause in ATTEMPTS]
    statement = select(Attempt.reason, func.count()).where(Attempt.run_id == run.id, Attempt.reason.in_(causes))
    found = session.execute(statement.group_by(Attempt.reason))
    return {FailureKind(str(reason)): count for reason, count in found}


def _most_attempts(run: Run) -> float:
    """Of all causes together: what the spec's `retry` lowers them to. The default of a resolved spec lowers nothing."""
    retry: Any = run.spec.get("retry") or {}
    most = retry.get("max_attempts", math.inf)
    return most if most < max(ATTEMPTS.values()) else math.inf
