"""The places of several workers in one attempt: taken, held by a lease, and left. All times are the database's.

The worker that claims such a run sits in the first, writes for all, and alone holds the run. The others only compute:
where one of them is lost the attempt is, and the next begins at the last checkpoint.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, exists, func, insert, or_, select, update
from sqlalchemy.orm import Session, aliased

from store.claims import Claim, pinned_datasets
from store.conditions import has_status
from store.lifecycle import Status, Wanted, WorkerState
from store.rows import Run, Seat, Worker
from store.sight import of_everybody
from store.table import Json
from store.times import now, now_plus


@dataclass(frozen=True)
class Seated:
    """A place that was taken; the claim is of the run's own attempt, and writes nothing."""

    claim: Claim
    rank: int


@dataclass(frozen=True)
class Company:
    """Those who sit in an attempt. `addresses` are by rank, None of who has not come yet."""

    addresses: tuple[str | None, ...]
    is_lost: bool
    """One has left, or has not been heard of for a lease."""
    is_leaving: bool
    """One must leave soon: the training is saved, and given back."""
    failure: Json | None
    """What went wrong with one."""

    @property
    def missing(self) -> int:
        return sum(address is None for address in self.addresses)


DONE, LEAVING, LOST = "done", "leaving", "lost"
"""Why somebody has left a place, or will: the work is done, the worker ends, the trainer is gone."""


def take_seat(
    session: Session, *, worker_id: str, queues: Sequence[str], gpus: int, lease_seconds: float
) -> Seated | None:
    """Sit down where a run waits for another worker, or None; nobody sits twice in one attempt."""
    mine = aliased(Seat)
    is_there = exists().where(mine.run_id == Seat.run_id, mine.attempt == Seat.attempt, mine.worker_id == worker_id)
    statement = (
        select(Seat.rank, Run)
        .join(Run, Run.id == Seat.run_id)
        .where(_is_open(Seat, Run), Run.queue.in_(queues), Run.gpus <= gpus, ~is_there)
        .where(Run.wanted == Wanted.RUN)
        .order_by(Run.created_at, Seat.rank)
        .limit(1)
        .with_for_update(of=Seat, skip_locked=True)
    )
    found = session.execute(statement).first()
    if found is None:
        return None
    rank, run = found
    _change(session, run.id, run.attempt, rank, worker_id=worker_id, lease_until=now_plus(lease_seconds))
    claim = Claim(
        run.id,
        run.attempt,
        worker_id,
        run.name,
        run.queue,
        run.wanted,
        run.spec,
        pinned_datasets(session, run.id),
        run.live,
        run.origin,
        workers=run.workers,
    )
    return Seated(claim, rank)


def set_out_seats(session: Session, claim: Claim) -> None:
    """For an attempt of several workers, the first taken by the one that claimed it."""
    rows = [
        {"run_id": claim.run_id, "attempt": claim.attempt, "rank": rank, "worker_id": None if rank else claim.worker_id}
        for rank in range(claim.workers)
    ]
    session.execute(insert(Seat), rows)


def tell_address(session: Session, claim: Claim, rank: int, address: str) -> None:
    """Where the trainer in this place is reached."""
    _change(session, claim.run_id, claim.attempt, rank, address=address)


def hold_seat(session: Session, claim: Claim, rank: int, seconds: float) -> None:
    """Stay for `seconds` from now."""
    _change(session, claim.run_id, claim.attempt, rank, lease_until=now_plus(seconds))


def is_going_on(session: Session, claim: Claim) -> bool:
    """Whether the attempt is not over."""
    going_on = exists().where(
        Run.id == claim.run_id, Run.attempt == claim.attempt, has_status(Status.RUNNING), Run.lease_until > now()
    )
    return bool(session.scalar(select(going_on)))


def leave_seat(session: Session, claim: Claim, rank: int, why: str, failure: Json | None = None) -> None:
    """Nobody sits there any more, or (`LEAVING`) soon."""
    _change(session, claim.run_id, claim.attempt, rank, left=why, failure=failure)


def look_round(session: Session, claim: Claim) -> Company:
    """Who is there."""
    statement = select(
        Seat.address,
        Seat.left,
        Seat.failure,
        and_(Seat.lease_until.is_not(None), Seat.lease_until <= now(), Seat.left.is_distinct_from(DONE)).label(
            "is_silent"
        ),
    ).where(Seat.run_id == claim.run_id, Seat.attempt == claim.attempt)
    rows = session.execute(statement.order_by(Seat.rank)).all()
    return Company(
        addresses=tuple(row.address for row in rows),
        is_lost=any(row.is_silent or row.left == LOST for row in rows),
        is_leaving=any(row.left == LEAVING for row in rows),
        failure=next((row.failure for row in rows if row.failure is not None), None),
    )


def may_be_claimed() -> ColumnElement[bool]:
    """True of a run for one worker, and of one for several where as many live and no other waits for its own.

    Two that had half of their workers each would wait for ever.
    """
    seat, waiting = aliased(Seat), aliased(Run)
    is_waiting = exists().where(waiting.id == seat.run_id, _is_open(seat, waiting))
    living = select(func.count()).select_from(Worker).where(Worker.state == WorkerState.ALIVE).scalar_subquery()
    return or_(Run.workers == 1, and_(Run.workers <= living, ~is_waiting))


def seats_taken(session: Session) -> dict[str, int]:
    """How many places each worker holds beside the runs that it has claimed."""
    statement = (
        select(Seat.worker_id, func.count())
        .join(Run, and_(Run.id == Seat.run_id, Run.attempt == Seat.attempt))
        .where(has_status(Status.RUNNING), Seat.rank > 0, Seat.worker_id.is_not(None))
        .group_by(Seat.worker_id)
    )
    return {str(worker_id): count for worker_id, count in session.execute(of_everybody(statement))}


def _is_open(seat: type[Seat], run: type[Run]) -> ColumnElement[bool]:
    return and_(
        seat.worker_id.is_(None),
        seat.left.is_(None),
        run.attempt == seat.attempt,
        run.status == Status.RUNNING,
        run.lease_until > now(),
    )


def _change(session: Session, run_id: str, attempt: int, rank: int, **changes: object) -> None:
    statement = update(Seat).where(Seat.run_id == run_id, Seat.attempt == attempt, Seat.rank == rank).values(**changes)
    session.execute(statement.execution_options(synchronize_session=False))
