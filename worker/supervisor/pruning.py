"""Which of a run's epoch checkpoints are given up: all but those that its spec asks for and the budget allows."""

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from models_lib.spec.keeping import Keep, Kept, choose_kept
from store.claims import Claim
from store.rows import Checkpoint

EPOCH_NAMES = "epoch-%"


def prune_checkpoints(session: Session, claim: Claim, keep: Keep, budget: int | None = None) -> list[str]:
    """Forget the others; the prefixes of their blobs, to be deleted after the commit.

    `budget`: bytes of all of the run's, best and last among them. These two are kept even where they alone are more.
    """
    of_run, of_epoch = Checkpoint.run_id == claim.run_id, Checkpoint.name.like(EPOCH_NAMES)
    found = session.execute(
        select(Checkpoint.id, Checkpoint.epoch, Checkpoint.merit, Checkpoint.bytes).where(of_run, of_epoch)
    ).all()
    if budget is not None:
        others = select(func.coalesce(func.sum(Checkpoint.bytes), 0)).where(of_run, ~of_epoch)
        budget -= int(session.execute(others).scalar_one())
    kept = choose_kept([Kept(epoch, merit, size) for _, epoch, merit, size in found], keep, budget=budget)
    old = [checkpoint for checkpoint, epoch, _, _ in found if epoch not in kept]
    return list(session.scalars(delete(Checkpoint).where(Checkpoint.id.in_(old)).returning(Checkpoint.prefix)))
