"""Models that were trained elsewhere, imported as runs."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.idempotency import IdempotencyKey
from api.imports import service
from api.parts import Calling, Here
from api.reading import StrictRoute
from api.runs.schemas import Run
from api.shapes import InProject

router = APIRouter(prefix="/v1", tags=["runs"], route_class=StrictRoute)


@router.post("/runs:import", status_code=201, response_model=Run, openapi_extra=service.FORM)
async def import_run(
    here: Here, caller: Calling, request: Request, project: InProject = None, idempotency_key: IdempotencyKey = None
) -> Response:
    """Make a completed run of a trained `.keras` file: predicted with, explained, weighed, and begun with by others."""
    return await service.import_run(here, caller, request, project, idempotency_key)
