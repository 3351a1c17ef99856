"""The weights of a run's checkpoints, weighed by the predictor."""

from typing import Any

from fastapi.concurrency import run_in_threadpool
from sqlalchemy.orm import Session

from api.asking import ask_predictor
from api.parts import Parts
from api.problems import NotThereYet
from api.runs.result_schemas import CheckpointNamed, Weights, WeightsAsked
from store import results, rows, runs
from store.access import Caller
from store.errors import NotFound


async def read_weights(here: Parts, caller: Caller, run_id: str, asked: WeightsAsked) -> Weights:
    """Raises NotFound, NotThereYet, Away."""
    checkpoint, against = await run_in_threadpool(find_checkpoints, here, run_id, asked)
    question = {"checkpoint": place(checkpoint), "against": place(against) if against else None}
    told = await ask_predictor(here, "/weights", question, refused="checkpoint_refused", what="The checkpoint")
    return Weights(
        checkpoint=show_named(checkpoint), against=show_named(against) if against else None, data=told["weights"]
    )


def find_checkpoints(here: Parts, run_id: str, asked: WeightsAsked) -> tuple[rows.Checkpoint, rows.Checkpoint | None]:
    """The one that is asked for, and the one to compare with, perhaps another run's."""
    with here.database.reading() as session:
        found = find_one(session, run_id, asked.checkpoint)
        if asked.against is None and asked.against_run is None:
            return found, None
        return found, find_one(session, asked.against_run or run_id, asked.against)


def find_one(session: Session, run_id: str, name: str | None) -> rows.Checkpoint:
    """By its name; without one the best, else the last. Raises NotFound, NotThereYet."""
    run = runs.get_run(session, run_id)
    if results.find_checkpoint(session, run_id) is None:
        raise NotThereYet(f"{run_id} has no checkpoint yet: it is {run.status}.", code="no_checkpoint_yet")
    if name is not None:
        return results.get_checkpoint(session, run_id, name)
    try:
        return results.get_checkpoint(session, run_id, "best")
    except NotFound:
        return results.get_checkpoint(session, run_id, "last")


def show_named(checkpoint: rows.Checkpoint) -> CheckpointNamed:
    """Which one it is."""
    return CheckpointNamed(run=checkpoint.run_id, name=checkpoint.name, epoch=checkpoint.epoch)


def place(checkpoint: rows.Checkpoint) -> dict[str, Any]:
    """Where its files are."""
    return {"prefix": checkpoint.prefix, "manifest": checkpoint.manifest}
