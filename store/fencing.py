"""The two ways in which an attempt writes: both are refused as soon as it does not hold its run any more."""

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from store.claims import Claim, is_held_by
from store.errors import StaleAttempt
from store.events import Note, append_events
from store.rows import Run


def write_as(session: Session, claim: Claim, *notes: Note, **changes: object) -> None:
    """Change columns of the run and write events, in one fenced statement and one insert; raises StaleAttempt."""
    statement = (
        update(Run)
        .where(is_held_by(claim))
        .values(last_seq=Run.last_seq + len(notes), **changes)
        .returning(Run.last_seq)
        .execution_options(synchronize_session=False)
    )
    last_seq = session.scalar(statement)
    if last_seq is None:
        raise StaleAttempt(claim.run_id, claim.attempt)
    if notes:
        append_events(session, run_id=claim.run_id, attempt=claim.attempt, last_seq=last_seq, notes=notes)


def lock_as(session: Session, claim: Claim) -> Run:
    """The run's row, locked until the transaction ends; raises StaleAttempt."""
    statement = select(Run).where(is_held_by(claim)).with_for_update().execution_options(populate_existing=True)
    run = session.scalar(statement)
    if run is None:
        raise StaleAttempt(claim.run_id, claim.attempt)
    return run
