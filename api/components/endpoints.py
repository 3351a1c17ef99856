"""Components: uploaded Python source with Keras objects."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from api.components import examining, service
from api.components.schemas import (
    FORM,
    Asked,
    Component,
    ComponentChecked,
    ComponentsAsked,
    ComponentSource,
    DoctorReport,
)
from api.idempotency import IdempotencyKey
from api.parts import Calling, Here
from api.reading import StrictRoute
from api.shapes import InProject, Page

router = APIRouter(prefix="/v1", tags=["components"], route_class=StrictRoute)

KNOWN: dict[int | str, dict[str, Any]] = {200: {"model": Component}}


@router.post("/components", status_code=201, response_model=Component, responses=KNOWN, openapi_extra=FORM)
async def create_component(
    here: Here, caller: Calling, request: Request, project: InProject = None, idempotency_key: IdempotencyKey = None
) -> Response:
    """Upload source: JSON, or a .py or .zip file. A known name makes its next version; equal source answers with its
    version (200)."""
    return await service.create_component(here, caller, request, project, idempotency_key)


@router.get("/components")
def list_components(here: Here, caller: Calling, asked: Annotated[ComponentsAsked, Query()]) -> Page[Component]:
    """Components, newest first."""
    return service.list_components(here, caller, asked)


@router.post("/components:check")
async def check_source(here: Here, caller: Calling, body: ComponentChecked) -> DoctorReport:
    """Examine source without keeping it: every object is run on small tensors."""
    return await examining.check_source(here, caller, body)


@router.post("/components/{component_id}:check")
async def check_component(here: Here, caller: Calling, component_id: str, body: Asked | None = None) -> DoctorReport:
    """Examine one version: by id, by `name@version`, or by name."""
    return await examining.check_component(here, caller, component_id, body or Asked())


@router.get("/components/{component_id}")
def get_component(here: Here, caller: Calling, component_id: str) -> Component:
    """One version of a component: by id, by `name@version`, or by name (the latest)."""
    return service.get_component(here, caller, component_id)


@router.get("/components/{component_id}/source")
def get_source(here: Here, caller: Calling, component_id: str) -> ComponentSource:
    """Its files."""
    return service.get_source(here, caller, component_id)


@router.delete("/components/{component_id}", status_code=204)
def delete_component(here: Here, caller: Calling, component_id: str) -> None:
    """Delete it, unless a run that has not ended needs it."""
    service.delete_component(here, caller, component_id)
