"""The one way back from every loss: idempotent, and run by any number of workers at once."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from store.conditions import has_status
from store.endings import let_go
from store.idempotency import forget_old_requests
from store.keys import forget_dead_keys
from store.lifecycle import Status
from store.retrying import LOST
from store.rows import Run
from store.times import now, now_plus
from store.workers import forget_old_workers, mark_lost_workers

BATCH = 100


@dataclass(frozen=True)
class WakeUp:
    """A queued run for which a worker should be woken."""

    run_id: str
    queue: str


@dataclass(frozen=True)
class Reconciled:
    """What was found: runs to wake workers for (then `mark_woken`), runs that changed, workers that are gone."""

    wake: tuple[WakeUp, ...]
    changed: tuple[str, ...]
    lost_workers: tuple[str, ...]


def reconcile(
    session: Session, *, silent_seconds: float = 30, rewake_seconds: float = 60, limit: int = 20
) -> Reconciled:
    """Recover runs whose lease ran out, mark silent workers lost, and name queued runs that nobody was woken for.

    Of these at most `limit`, the first of the queues: a worker that wakes up takes one run after the other anyway.
    """
    changed = tuple(let_go(session, run, reason=LOST).id for run in _expired_runs(session))
    lost = mark_lost_workers(session, silent_seconds)
    return Reconciled(tuple(_forgotten_runs(session, rewake_seconds, limit)), changed, tuple(lost))


def sweep(session: Session) -> None:
    """Forget what is of no use any more: old idempotency keys, dead sessions and tokens, workers long gone."""
    forget_old_requests(session)
    forget_dead_keys(session)
    forget_old_workers(session)


def _expired_runs(session: Session) -> Sequence[Run]:
    statement = select(Run).where(has_status(Status.RUNNING), Run.lease_until <= now()).order_by(Run.lease_until)
    statement = statement.limit(BATCH).with_for_update(skip_locked=True)
    return session.scalars(statement.execution_options(populate_existing=True)).all()


def _forgotten_runs(session: Session, rewake_seconds: float, limit: int) -> list[WakeUp]:
    statement = (
        select(Run.id, Run.queue)
        .where(
            has_status(Status.QUEUED),
            Run.available_at <= now(),
            or_(Run.woken_at.is_(None), Run.woken_at < now_plus(-rewake_seconds)),
        )
        .order_by(Run.priority.desc(), Run.created_at, Run.id)
        .limit(limit)
    )
    return [WakeUp(run_id, queue) for run_id, queue in session.execute(statement)]
