"""Runs: submit, look, change, end. The canonical feature: every other folder reads like this one."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response

from api.idempotency import IdempotencyKey
from api.parts import Calling, Here
from api.reading import StrictRoute
from api.runs import service
from api.runs.schemas import Run, RunChanged, RunListed, RunQueued, RunsAsked
from api.shapes import Page

router = APIRouter(prefix="/v1/runs", tags=["runs"], route_class=StrictRoute)


@router.post("", status_code=201, response_model=Run)
async def create_run(here: Here, caller: Calling, body: RunQueued, idempotency_key: IdempotencyKey = None) -> Response:
    """Submit a spec: 201 once it is queued, with the resolved spec, warnings and its place in the queue."""
    return await service.submit_run(here, caller, body, idempotency_key)


@router.get("")
def list_runs(here: Here, caller: Calling, asked: Annotated[RunsAsked, Query()]) -> Page[RunListed]:
    """Runs, newest first."""
    return service.list_runs(here, caller, asked)


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


@router.post("/{run_id}:stop")
def stop_run(here: Here, caller: Calling, run_id: str) -> Run:
    """End it early and keep its work; one that still waits is cancelled."""
    return service.stop_run(here, caller, run_id)


@router.post("/{run_id}:cancel")
def cancel_run(here: Here, caller: Calling, run_id: str) -> Run:
    """End it at once."""
    return service.cancel_run(here, caller, run_id)
