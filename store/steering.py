"""What is changed about a run under way, and a run that goes on where another has ended."""

from typing import Any

from sqlalchemy import insert, literal, select
from sqlalchemy.orm import Session

from store.asking import lock_unfinished
from store.levels import copy_levels
from store.rows import MetricPoint, Run
from store.table import Json


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
    """Give a run that extends another its curves and scores; the checkpoint is fetched by who trains."""
    columns = (MetricPoint.name, MetricPoint.step, MetricPoint.value, MetricPoint.at)
    points = select(literal(run.id), *columns, literal(0)).where(
        MetricPoint.run_id == ended.id, ~MetricPoint.name.startswith("system/")
    )
    names = ["run_id", *(column.key for column in columns), "attempt"]
    session.execute(insert(MetricPoint).from_select(names, points))
    copy_levels(session, ended.id, run.id, but="system/")
    run.best, run.last = ended.best, ended.last
    session.flush()
