"""The queue as people see it: who waits, in which order, and since when."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from store.conditions import has_status
from store.errors import BadCursor
from store.fairness import limits_of, rank_queued
from store.lifecycle import Status
from store.places import count_place
from store.rows import Run
from store.sight import of_everybody
from store.times import now


@dataclass(frozen=True)
class Place:
    """A queued run's place: 1 for the one that its queue's next free worker takes, and what holds it back, if any."""

    position: int
    held_back: str | None


@dataclass(frozen=True)
class Waiting(Place):
    """A queued run and its place."""

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
    ranked = rank_queued(limits_of(session)).c
    statement = of_everybody(select(*(ranked[field.name] for field in fields(Waiting))))
    if projects is not None:
        statement = statement.where(ranked.project_id.in_(projects))
    if after is not None:
        statement = statement.where(tuple_(ranked.queue, ranked.position) > tuple_(*_place_of(session, after)))
    return [Waiting(*row) for row in session.execute(statement.order_by(ranked.queue, ranked.position).limit(limit))]


def queue_place(session: Session, run: Run) -> Place | None:
    """None when it is not queued."""
    if run.status != Status.QUEUED:
        return None
    limits = limits_of(session)
    if (counted := count_place(session, run, limits)) is not None:
        return Place(*counted)
    ranked = rank_queued(limits).c
    place = select(ranked.position, ranked.held_back).where(ranked.run_id == run.id)
    row = session.execute(of_everybody(place)).one_or_none()
    return None if row is None else Place(*row)


def oldest_waiting(session: Session) -> dict[str, tuple[int, datetime]]:
    """For each queue how many runs wait, and since when the oldest does."""
    statement = select(Run.queue, func.count(), func.min(Run.available_at)).where(has_status(Status.QUEUED))
    rows = session.execute(of_everybody(statement.group_by(Run.queue).order_by(Run.queue)))
    return {queue: (count, since) for queue, count, since in rows}


def clock(session: Session) -> datetime:
    """The database's time, against which every age is told."""
    return session.execute(select(now())).scalar_one()


def _place_of(session: Session, run_id: str) -> Sequence[object]:
    """Of a run that has left its queue: before its first, since those who stood before it have left as well."""
    run = session.get(Run, run_id)
    if run is None:
        raise BadCursor
    place = queue_place(session, run)
    return run.queue, 0 if place is None else place.position
