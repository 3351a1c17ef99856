"""What a database's clock that is set back leaves in the future: nobody shall wait for the old time to come again.

A clock that is set ahead needs no more than what there is: leases run out, and their runs are taken up again.
"""

from sqlalchemy import Update, update
from sqlalchemy.orm import Session

from store.conditions import has_status
from store.lifecycle import Status
from store.retrying import LONGEST_PAUSE_SECONDS
from store.rows import Run, Worker
from store.times import now, now_plus

MOST_TERMS = 3
"""A lease that lasts for more terms than this was not given by the clock that the database has now."""


def follow_clock(session: Session, *, lease_seconds: float, silent_seconds: float) -> None:
    """Bring leases, fresh runs and workers' signs of life back to the present; whoever lives says so again at once."""
    leases = has_status(Status.RUNNING), Run.lease_until > now_plus(MOST_TERMS * lease_seconds)
    session.execute(_plain(update(Run).where(*leases).values(lease_until=now_plus(lease_seconds))))
    fresh = has_status(Status.QUEUED), Run.created_at > now()
    session.execute(_plain(update(Run).where(*fresh).values(created_at=now(), available_at=now(), woken_at=None)))
    seen = Worker.seen_at > now_plus(silent_seconds)
    session.execute(_plain(update(Worker).where(seen).values(seen_at=now())))


def follow_clock_slowly(session: Session) -> None:
    """Pauses before a next attempt that no run is given; to look for them takes the whole queue."""
    waiting = has_status(Status.QUEUED), Run.available_at > now_plus(LONGEST_PAUSE_SECONDS)
    session.execute(_plain(update(Run).where(*waiting).values(available_at=now())))


def _plain(statement: Update) -> Update:
    return statement.execution_options(synchronize_session=False)
