"""Claiming the next run, and holding it by a lease. All times are the database's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, func, insert, select, update
from sqlalchemy.orm import Session

from store.components import pinned_components
from store.conditions import has_status, pins_components
from store.events import append_events
from store.fairness import first_in_line, limits_of, stand_in_line
from store.ids import new_id
from store.lifecycle import Status, Wanted
from store.rows import Attempt, Dataset, Run, RunDataset
from store.table import Json
from store.times import now, now_plus


@dataclass(frozen=True)
class PinnedDataset:
    """What a part of the run (train, validation, test) is read from: the blob `datasets/<sha256>`, or its `link`."""

    part: str
    dataset_id: str
    name: str
    version: int
    format: str
    bytes: int
    sha256: str
    profile: Json
    link: Json | None = None


@dataclass(frozen=True)
class Claim:
    """An attempt at a run, and the proof with which its worker writes."""

    run_id: str
    attempt: int
    worker_id: str
    name: str
    queue: str
    wanted: Wanted
    spec: Json
    datasets: tuple[PinnedDataset, ...]
    live: Json | None = None
    origin: Json | None = None
    components: Mapping[str, str] = field(default_factory=dict)
    """Name → SHA-256 of the components that the run pins; their blobs are `components/<sha256>`."""
    called_seconds: float = 0.0
    """How long ago a worker was woken for it; 0 where none was."""
    workers: int = 1
    """How many train it together, this one among them."""


def claim_next_run(
    session: Session,
    *,
    worker_id: str,
    queues: Sequence[str],
    lease_seconds: float,
    with_components: bool = True,
    within_limits: bool = True,
    gpus: int | None = None,
    wanted: Sequence[ColumnElement[bool]] = (),
) -> Claim | None:
    """Take the run that is first in these queues (`store.fairness`), or None; no two workers get the same.

    Runs that pin components are left to others where `with_components` is false; those that need more than `gpus` are;
    and those of which what is `wanted` beside that is not true.
    """
    wanted = [Run.queue.in_(queues), *wanted]
    if not with_components:
        wanted.append(~pins_components())
    if gpus is not None:
        wanted.append(Run.gpus <= gpus)
    stand_in_line(session)
    next_id = first_in_line(limits_of(session) if within_limits else None, worker_id=worker_id, wanted=wanted)
    row = _take_next(session, next_id, worker_id, lease_seconds)
    if row is None and session.get_bind().dialect.name == "postgresql":
        row = _take_next(session, next_id, worker_id, lease_seconds)  # the first has ended while its row was waited for
    if row is None:
        return None
    session.execute(insert(Attempt).values(id=new_id("att"), run_id=row.id, number=row.attempt, worker_id=worker_id))
    started: Json = {"number": row.attempt, "worker": worker_id, "state": "started", "reason": None}
    running: Json = {"status": Status.RUNNING.value}
    append_events(
        session,
        run_id=row.id,
        attempt=row.attempt,
        last_seq=row.last_seq,
        notes=[("attempt", started), ("status", running)],
    )
    return Claim(
        row.id,
        row.attempt,
        worker_id,
        row.name,
        row.queue,
        row.wanted,
        row.spec,
        pinned_datasets(session, row.id),
        row.live,
        row.origin,
        pinned_components(session, row.id),
        0.0 if row.woken_at is None else (row.lease_until - row.woken_at).total_seconds() - lease_seconds,
        row.workers,
    )


CLAIMED = (
    Run.id,
    Run.attempt,
    Run.name,
    Run.queue,
    Run.wanted,
    Run.spec,
    Run.live,
    Run.origin,
    Run.last_seq,
    Run.woken_at,
    Run.lease_until,
    Run.workers,
)


def _take_next(
    session: Session, next_id: ColumnElement[str], worker_id: str, lease_seconds: float
) -> Row[*tuple[Any, ...]] | None:
    statement = (
        update(Run)
        .where(Run.id == next_id, has_status(Status.QUEUED))
        .values(
            status=Status.RUNNING,
            attempt=Run.attempt + 1,
            worker_id=worker_id,
            lease_until=now_plus(lease_seconds),
            started_at=func.coalesce(Run.started_at, now()),
            last_seq=Run.last_seq + 2,
        )
        .returning(*CLAIMED)
        .execution_options(synchronize_session=False)
    )
    return session.execute(statement).one_or_none()


@dataclass(frozen=True)
class Wish:
    """What the user wants of a run now, and what was changed about it under way."""

    wanted: Wanted
    live: Json | None


def renew_lease(session: Session, claim: Claim, seconds: float) -> Wish | None:
    """Hold the run for `seconds` from now; None when the run is lost."""
    held = update(Run).where(is_held_by(claim)).values(lease_until=now_plus(seconds))
    statement = held.returning(Run.wanted, Run.live).execution_options(synchronize_session=False)
    row = session.execute(statement).one_or_none()
    return None if row is None else Wish(*row)


def look_at_wish(session: Session, claim: Claim) -> Wish | None:
    """The same without renewing."""
    row = session.execute(select(Run.wanted, Run.live).where(is_held_by(claim))).one_or_none()
    return None if row is None else Wish(*row)


def is_held_by(claim: Claim) -> ColumnElement[bool]:
    """True of the run's row while this attempt is the current one and its lease has not run out."""
    return and_(
        Run.id == claim.run_id,
        Run.attempt == claim.attempt,
        has_status(Status.RUNNING),
        Run.lease_until > now(),
    )


def pinned_datasets(session: Session, run_id: str) -> tuple[PinnedDataset, ...]:
    """The data sets that a run reads, by part."""
    statement = (
        select(RunDataset.part, Dataset)
        .join(Dataset, Dataset.id == RunDataset.dataset_id)
        .where(RunDataset.run_id == run_id)
        .order_by(RunDataset.part)
    )
    return tuple(
        PinnedDataset(part, d.id, d.name, d.version, d.format, d.bytes, d.sha256, d.profile, d.link)
        for part, d in session.execute(statement)
    )
