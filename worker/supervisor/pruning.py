"""Which of a run's epoch checkpoints are given up: all but the newest few that the spec asks for."""

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from store.claims import Claim
from store.rows import Checkpoint

EPOCH_NAMES = "epoch-%"


def prune_checkpoints(session: Session, claim: Claim, keep: int) -> list[str]:
    """Forget the older ones; the prefixes of their blobs, to be deleted after the commit."""
    newest_first = (
        select(Checkpoint.id)
        .where(Checkpoint.run_id == claim.run_id, Checkpoint.name.like(EPOCH_NAMES))
        .order_by(Checkpoint.epoch.desc())
    )
    old = list(session.scalars(newest_first))[keep:]
    return list(session.scalars(delete(Checkpoint).where(Checkpoint.id.in_(old)).returning(Checkpoint.prefix)))
