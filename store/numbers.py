"""Numbers of the whole service, counted in the database when somebody asks."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from store.conditions import has_status
from store.lifecycle import Status
from store.rows import Attempt, MetricPoint, Run
from store.times import now

OUTCOMES = {
    "completed": "succeeded",
    "early_stopping": "succeeded",
    "stop": "succeeded",
    "timeout": "succeeded",
    "cancel": "cancelled",
    "failure": "failed",
    "pause": "given_back",
    "worker_ending": "given_back",
    "files_away": "given_back",
    "database_away": "given_back",
    None: "running",
}
"""What became of the run, by the reason for which its attempt ended; any other reason is a cause to try again."""


@dataclass(frozen=True)
class Ended:
    """So many attempts ended so, and why."""

    outcome: str
    cause: str
    count: int


@dataclass(frozen=True)
class Leases:
    """Runs that are held: how long ago the stalest lease was renewed, and how many have run out."""

    lag_seconds: float
    expired: int


def count_attempts(session: Session) -> Iterator[Ended]:
    """Attempts of all runs that are kept. A failed one counts under the kind of its run's failure."""
    is_last = and_(Run.id == Attempt.run_id, Run.attempt == Attempt.number, Run.status == Status.FAILED)
    kind = Run.failure["kind"].as_string()
    statement = select(Attempt.reason, kind, func.count()).outerjoin(Run, is_last).group_by(Attempt.reason, kind)
    for reason, failed_by, count in session.execute(statement):
        if failed_by is not None:
            yield Ended("failed", failed_by, count)
        else:
            yield Ended(OUTCOMES.get(reason, "tried_again"), reason or "running", count)


def look_at_leases(session: Session, lease_seconds: float) -> Leases:
    """A lease that is well is renewed every third of its term."""
    statement = select(Run.lease_until, now()).where(has_status(Status.RUNNING), Run.lease_until.is_not(None))
    held = [(until - moment).total_seconds() for until, moment in session.execute(statement) if until is not None]
    lag = max((lease_seconds - left for left in held), default=0.0)
    return Leases(max(0.0, lag), sum(left <= 0 for left in held))


def newest_samples(session: Session) -> Iterator[tuple[str, str, float]]:
    """Run, curve (`system/memory_mb`, …) and the newest value of what running trainers take of their machines."""
    newest = (
        select(MetricPoint.run_id, MetricPoint.name, func.max(MetricPoint.step).label("step"))
        .join(Run, Run.id == MetricPoint.run_id)
        .where(has_status(Status.RUNNING), MetricPoint.name.startswith("system/"))
        .group_by(MetricPoint.run_id, MetricPoint.name)
        .subquery()
    )
    columns = newest.c
    is_newest = and_(
        MetricPoint.run_id == columns.run_id, MetricPoint.name == columns.name, MetricPoint.step == columns.step
    )
    statement = select(MetricPoint.run_id, MetricPoint.name, MetricPoint.value).join(newest, is_newest)
    for run_id, name, value in session.execute(statement):
        if value is not None:
            yield run_id, name, value
