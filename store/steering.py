"""What is changed about a run under way, and curves that go on where a checkpoint was taken."""

from typing import Any

from sqlalchemy import delete, insert, literal, select
from sqlalchemy.orm import Session

from store.asking import lock_unfinished
from store.claims import Claim
from store.fencing import lock_as
from store.levels import copy_levels, cut_levels
from store.results import find_checkpoint
from store.rows import MetricPoint, Run
from store.table import Json

SYSTEM = "system/"
"""Begins the names of curves over seconds, which go on whatever is trained again; all others are over epochs."""
MOST_LINEAGE = 50
"""Runs that extend one another, of which a board shows the newest."""


def steer_run(session: Session, run_id: str, changes: Json) -> Run:
    """Note what is to be changed; its trainer does it after the batch, or at its start. `number` counts the changes.

    Raises NotFound, RunIsFinal, RunIsEnding.
    """
    run = lock_unfinished(session, run_id)
    before = run.live or {"number": 0}
    run.live = {**before, **changes, "number": int(str(before["number"])) + 1}
    session.flush()
    return run


def planned_epochs(run: Run) -> int:
    """How many epochs the run is to have in all."""
    changed: Any = (run.live or {}).get("epochs")
    fit: Any = run.spec["fit"]
    return int(changed or fit["epochs"])


def done_epochs(run: Run) -> int:
    """How many whole epochs it has behind it."""
    last: Any = run.last or {}
    return int(last.get("epoch") or 0)


def go_on_from(session: Session, run: Run, ended: Run) -> None:
    """Give a run that extends another its curves and scores up to the last checkpoint, from which it goes on.

    What the other did after that is done again; the checkpoint itself is fetched by who trains.
    """
    last = find_checkpoint(session, ended.id, "last")
    epoch = last.epoch if last is not None else 0
    columns = (MetricPoint.name, MetricPoint.step, MetricPoint.value, MetricPoint.at)
    points = select(literal(run.id), *columns, literal(0)).where(
        MetricPoint.run_id == ended.id, MetricPoint.step <= epoch, ~MetricPoint.name.startswith(SYSTEM)
    )
    names = ["run_id", *(column.key for column in columns), "attempt"]
    session.execute(insert(MetricPoint).from_select(names, points))
    copy_levels(session, ended.id, run.id, but=SYSTEM)
    cut_levels(session, run.id, after=epoch, but=SYSTEM)
    run.best = ended.best if _is_of(ended.best, epoch) else None
    run.last = ended.last if _is_of(ended.last, epoch) else _scores_at(session, run.id, epoch)
    session.flush()


def go_back_to(session: Session, claim: Claim, epoch: int) -> None:
    """An attempt goes on after `epoch` whole epochs: take back what a lost one drew beyond; raises StaleAttempt.

    What was best until then the trainer says again, who has it from the checkpoint.
    """
    run = lock_as(session, claim)
    drawn = (MetricPoint.run_id == run.id, MetricPoint.step > epoch, ~MetricPoint.name.startswith(SYSTEM))
    session.execute(delete(MetricPoint).where(*drawn))
    cut_levels(session, run.id, after=epoch, but=SYSTEM)
    run.best = run.best if _is_of(run.best, epoch) else None
    session.flush()


def list_lineage(session: Session, run_id: str) -> list[str]:
    """The run after those that it extends one after the other, as far as they are still there; [] without the run."""
    found: list[str] = []
    following: str | None = run_id
    while following is not None and len(found) < MOST_LINEAGE:
        run = session.get(Run, following)
        if run is None:
            break
        found.append(run.id)
        following = extended_by(run.origin)
    return found[::-1]


def extended_by(origin: Json | None) -> str | None:
    """The run that one of this origin extends."""
    return str(origin["run"]) if origin and origin["by"] == "extend" else None


def _is_of(scores: Json | None, epoch: int) -> bool:
    """Whether they are of this epoch or one before."""
    found: Any = (scores or {}).get("epoch") or 0
    return int(found) <= epoch


def _scores_at(session: Session, run_id: str, epoch: int) -> Json | None:
    """What its curves say of an epoch."""
    at = select(MetricPoint.name, MetricPoint.value).where(MetricPoint.run_id == run_id, MetricPoint.step == epoch)
    metrics: Json = {point.name: point.value for point in session.execute(at.order_by(MetricPoint.name))}
    return {"epoch": epoch, "metrics": metrics} if metrics else None
