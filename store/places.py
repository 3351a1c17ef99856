"""The place of one queued run, counted by user: what ranking the queue (`store.fairness.rank_queued`) would find.

A run's turn is how many of its owner's runs go before it, those that run counted. Of every other owner there go before
it those of a higher priority, those of the same with a smaller turn, and with an equal turn the older: three counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, exists, func, select, tuple_
from sqlalchemy.orm import Session

from store.conditions import has_status
from store.fairness import USER_LIMIT, Limits
from store.lifecycle import Status
from store.rows import Project, Run, User
from store.sight import of_everybody
from store.times import now


@dataclass(frozen=True)
class Line:
    """What one owner has waiting in a queue, seen from one run: all, of higher priority, of the same, and older ones
    of the same. `running`: theirs; `limit`: how many those may be."""

    owner_id: str
    waiting: int
    higher: int
    same: int
    older: int
    running: int
    limit: int | None

    @property
    def room(self) -> int:
        """How many of those that wait are not held back by the limit."""
        return self.waiting if self.limit is None else min(self.waiting, max(0, self.limit - self.running))

    def before(self, turn: int, waiting: slice) -> int:
        """How many of those that stand at these places of the line go before a run with this turn."""
        smaller = min(max(turn - self.running - self.higher, 0), self.same)
        is_tied = smaller == turn - self.running - self.higher and smaller < self.older
        ahead = range(self.higher + smaller + is_tied)
        return len(range(self.waiting)[waiting][: max(0, len(ahead) - (waiting.start or 0))])


def count_place(session: Session, run: Run, limits: Limits) -> tuple[int, str | None] | None:
    """Position and what holds the run back; None where that takes the whole ranking.

    It does with limits of projects, and where the run or one that is held back with it pauses before its next attempt.
    """
    paused = _paused_ids(session, run.queue)
    if run.id in paused or _limits_projects(session, limits):
        return None
    lines = _read_lines(session, run, limits, paused)
    own = next((line for line in lines if line.owner_id == run.owner_id), None)
    if own is None:  # it was claimed since its row was read
        return None
    turn = own.running + own.higher + own.older
    if own.limit is None or turn < own.limit:
        return 1 + sum(line.before(turn, slice(0, line.room)) for line in lines), None
    if paused:
        return None
    free = sum(line.room for line in lines)
    return 1 + free + sum(line.before(turn, slice(line.room, None)) for line in lines), USER_LIMIT


def _paused_ids(session: Session, queue: str) -> Sequence[str]:
    statement = select(Run.id).where(has_status(Status.QUEUED), Run.available_at > now(), _is_in(queue))
    return session.scalars(of_everybody(statement)).all()


def _limits_projects(session: Session, limits: Limits) -> bool:
    if limits.per_project is not None:
        return True
    return bool(session.scalar(of_everybody(select(exists().where(Project.running_limit.is_not(None))))))


def _read_lines(session: Session, run: Run, limits: Limits, paused: Sequence[str]) -> list[Line]:
    is_same = Run.priority == run.priority
    is_older = and_(is_same, tuple_(Run.created_at, Run.id) < tuple_(run.created_at, run.id))
    counted = (_count(Run.priority > run.priority), _count(is_same), _count(is_older))
    waiting = (
        select(Run.owner_id, func.count(), *counted)
        .where(has_status(Status.QUEUED), _is_in(run.queue), Run.id.not_in(paused))
        .group_by(Run.owner_id)
    )
    running = select(Run.owner_id, func.count()).where(has_status(Status.RUNNING)).group_by(Run.owner_id)
    own = select(User.id, User.running_limit).where(User.running_limit.is_not(None))
    held = dict(session.execute(of_everybody(running)).tuples().all())
    limit = dict(session.execute(own).tuples().all())
    return [
        Line(owner, every, higher, same, older, held.get(owner, 0), limit.get(owner, limits.per_user))
        for owner, every, higher, same, older in session.execute(of_everybody(waiting))
    ]


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count().filter(condition)


def _is_in(queue: str) -> ColumnElement[bool]:
    """Written so that the index by queue is of no use: SQLite would take it, and read every row for what it lacks."""
    return Run.queue.concat("") == queue
