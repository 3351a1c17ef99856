"""Runs: submit, look, change, end. The canonical feature: every other folder reads like this one."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response

from api.idempotency import IdempotencyKey
from api.parts import Calling, Here
from api.reading import StrictRoute
from api.runs import results, service, verbs
from api.runs.result_schemas import Sketches, SketchesAsked
from api.runs.schemas import (
    Run,
    RunChanged,
    RunCloned,
    RunExtended,
    RunListed,
    RunQueued,
    RunsAsked,
    RunSteered,
)
from api.shapes import Page
from store import asking

sketches = APIRouter(prefix="/v1/sketches", tags=["results"], route_class=StrictRoute)
router = APIRouter(prefix="/v1/runs", tags=["runs"], route_class=StrictRoute)


@router.post("", status_code=201, response_model=Run)
async def create_run(here: Here, caller: Calling, body: RunQueued, idempotency_key: IdempotencyKey = None) -> Response:
    """Submit a spec: 201 once it is queued, with the resolved spec, warnings and its place in the queue."""
    return await service.submit_run(here, caller, body, idempotency_key)


@router.get("")
def list_runs(here: Here, caller: Calling, asked: Annotated[RunsAsked, Query()]) -> Page[RunListed]:
    """Runs, newest first."""
    return service.list_runs(here, caller, asked)


@sketches.get("")
def read_sketches(here: Here, caller: Calling, asked: Annotated[SketchesAsked, Query()]) -> Sketches:
    """The same curves of many runs, small: what a list draws in its rows, and what lies over one another."""
    return results.read_sketches(here, caller, asked)


@router.get("/{run_id}")
def get_run(here: Here, caller: Calling, run_id: str) -> Run:
    """One run."""
    return service.get_run(here, caller, run_id)


@router.patch("/{run_id}")
def change_run(here: Here, caller: Calling, run_id: str, body: RunChanged) -> Run:
    """Rename it, or replace its tags."""
    return service.change_run(here, caller, run_id, body)


@router.delete("/{run_id}", status_code=204)
def delete_run(here: Here, caller: Calling, run_id: str) -> None:
    """Delete a run that has ended, with everything it left behind."""
    service.delete_run(here, caller, run_id)


@router.patch("/{run_id}/live")
def steer_run(here: Here, caller: Calling, run_id: str, body: RunSteered) -> Run:
    """Change the learning rate, patience, epochs or the checkpoints' period; an event says when it is done."""
    return verbs.steer_run(here, caller, run_id, body)


@router.post("/{run_id}:clone", status_code=201, response_model=Run)
async def clone_run(
    here: Here, caller: Calling, run_id: str, body: RunCloned, idempotency_key: IdempotencyKey = None
) -> Response:
    """Train its spec again, with changes: 201 with the new run."""
    return await verbs.clone_run(here, caller, run_id, body, idempotency_key)


@router.post("/{run_id}:extend", response_model=Run, responses={201: {"model": Run}})
async def extend_run(
    here: Here, caller: Calling, run_id: str, body: RunExtended, idempotency_key: IdempotencyKey = None
) -> Response:
    """Train some epochs more: 200 with the run itself while it lasts; of one that has ended, 201 with a new run that
    goes on from its last checkpoint."""
    return await verbs.extend_run(here, caller, run_id, body, idempotency_key)


@router.post("/{run_id}:stop")
def stop_run(here: Here, caller: Calling, run_id: str) -> Run:
    """End it early and keep its work; one that still waits is cancelled."""
    return service.ask_of_run(here, caller, run_id, asking.ask_stop)


@router.post("/{run_id}:pause")
def pause_run(here: Here, caller: Calling, run_id: str) -> Run:
    """Free its worker within seconds, in the middle of an epoch too; nothing that it has learned is lost."""
    return service.ask_of_run(here, caller, run_id, asking.ask_pause)


@router.post("/{run_id}:resume")
def resume_run(here: Here, caller: Calling, run_id: str) -> Run:
    """Queue a paused run again: it goes on at the batch where it left."""
    return service.ask_of_run(here, caller, run_id, asking.ask_resume)


@router.post("/{run_id}:cancel")
def cancel_run(here: Here, caller: Calling, run_id: str) -> Run:
    """End it at once."""
    return service.ask_of_run(here, caller, run_id, asking.ask_cancel)
