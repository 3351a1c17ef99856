"""The queue as people see it: who waits, in which order, and since when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from store.claims import has_status
from store.errors import BadCursor
from store.lifecycle import Status
from store.rows import Run
from store.sight import of_everybody
from store.times import now


@dataclass(frozen=True)
class Waiting:
    """A queued run and its place: 1 for the one that its queue's next free worker takes."""

    position: int
    run_id: str
    name: str
    queue: str
    priority: int
    created_at: datetime


def list_waiting(
    session: Session, *, projects: Sequence[str] | None = None, limit: int = 50, after: str | None = None
) -> list[Waiting]:
    """Queued runs, queue by queue, in the order of their claiming, from the run `after` on; raises BadCursor.

    With `projects` theirs alone, at the places that they have among all.
    """
    order = (Run.queue, -Run.priority, Run.created_at, Run.id)
    position = func.row_number().over(partition_by=Run.queue, order_by=order[1:]).label("position")
    queued = select(position, Run.id, Run.name, Run.queue, Run.priority, Run.created_at, Run.project_id)
    queued_runs = queued.where(has_status(Status.QUEUED)).subquery()
    columns = queued_runs.c
    place = (columns.queue, -columns.priority, columns.created_at, columns.id)
    shown = (columns.position, columns.id, columns.name, columns.queue, columns.priority, columns.created_at)
    statement = of_everybody(select(*shown))
    if projects is not None:
        statement = statement.where(columns.project_id.in_(projects))
    if after is not None:
        statement = statement.where(tuple_(*place) > tuple_(*_place_of(session, after)))
    return [Waiting(*row) for row in session.execute(statement.order_by(*place).limit(limit))]


def oldest_waiting(session: Session) -> dict[str, tuple[int, datetime]]:
    """For each queue how many runs wait, and since when the oldest does."""
    statement = select(Run.queue, func.count(), func.min(Run.available_at)).where(has_status(Status.QUEUED))
    rows = session.execute(of_everybody(statement.group_by(Run.queue).order_by(Run.queue)))
    return {queue: (count, since) for queue, count, since in rows}


def clock(session: Session) -> datetime:
    """The database's time, against which every age is told."""
    return session.execute(select(now())).scalar_one()


def _place_of(session: Session, run_id: str) -> Sequence[object]:
    run = session.get(Run, run_id)
    if run is None:
        raise BadCursor
    return run.queue, -run.priority, run.created_at, run.id
