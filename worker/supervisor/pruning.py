"""Which of a run's epoch checkpoints are given up: all but the newest that its spec asks for and the budget allows."""

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from store.claims import Claim
from store.rows import Checkpoint

EPOCH_NAMES = "epoch-%"


def prune_checkpoints(session: Session, claim: Claim, keep: int | None, budget: int | None = None) -> list[str]:
    """Forget the older ones; the prefixes of their blobs, to be deleted after the commit.

    `keep`: how many at most, None for all; `budget`: bytes of all of the run's, best and last among them. These
    two are kept even where they alone are more.
    """
    of_run = Checkpoint.run_id == claim.run_id
    newest_first = (
        select(Checkpoint.id, Checkpoint.bytes)
        .where(of_run, Checkpoint.name.like(EPOCH_NAMES))
        .order_by(Checkpoint.epoch.desc())
    )
    others = select(func.coalesce(func.sum(Checkpoint.bytes), 0)).where(of_run, ~Checkpoint.name.like(EPOCH_NAMES))
    taken = int(session.execute(others).scalar_one())
    old: list[str] = []
    for number, (checkpoint, size) in enumerate(session.execute(newest_first)):
        taken += size
        if (keep is not None and number >= keep) or (budget is not None and taken > budget):
            old.append(checkpoint)
    return list(session.scalars(delete(Checkpoint).where(Checkpoint.id.in_(old)).returning(Checkpoint.prefix)))
