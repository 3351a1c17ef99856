"""The pre-flight of a run that was submitted: asked for when the caller has his answer, kept beside the run."""

import json

import httpx
import structlog
from fastapi.concurrency import run_in_threadpool

from api.parts import Parts
from api.problems import NotThereYet
from api.specs.judging import Judged
from api.specs.preflight import ask_for
from api.specs.schemas import Preflight
from store import runs
from store.access import Caller
from store.errors import BlobMissing

log = structlog.get_logger()


async def plan_flight(here: Parts, run_id: str, judged: Judged) -> None:
    """Ask the predictor for it; where it is away the run goes without."""
    question = await run_in_threadpool(ask_for, here, judged)
    try:
        answer = await here.predictor.post("/flights", json={"run_id": run_id, "question": question}, timeout=5)
        answer.raise_for_status()
    except httpx.HTTPError as error:
        log.warning("no_flight", run=run_id, reason=repr(error))


def read_flight(here: Parts, caller: Caller, run_id: str) -> Preflight:
    """What was tried and found, and what the whole run will take; raises NotFound, NotThereYet."""
    with here.database.reading() as session:
        run = runs.get_run(session, run_id)
    try:
        told = json.loads(here.blobs.read_bytes(runs.flight_key(run_id)))
    except BlobMissing as error:
        raise NotThereYet(
            f"{run_id} has no pre-flight: short runs and refused ones have none.", code="no_preflight"
        ) from error
    return Preflight.model_validate({**told, "spec": run.spec})
