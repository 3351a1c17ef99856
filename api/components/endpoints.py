"""Components: uploaded Python source with Keras objects."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from api.components import service
from api.components.schemas import FORM, Component, ComponentsAsked, ComponentSource
from api.idempotency import IdempotencyKey
from api.parts import Calling, Here
from api.reading import StrictRoute
from api.shapes import Page

router = APIRouter(prefix="/v1/components", tags=["components"], route_class=StrictRoute)


@router.post("", status_code=201, response_model=Component, openapi_extra=FORM)
async def create_component(
    here: Here, caller: Calling, request: Request, idempotency_key: IdempotencyKey = None
) -> Response:
    """Upload source: JSON, or a .py or .zip file. A known name makes its next version; equal source answers with its
    version (200)."""
    return await service.create_component(here, caller, request, idempotency_key)


@router.get("")
def list_components(here: Here, caller: Calling, asked: Annotated[ComponentsAsked, Query()]) -> Page[Component]:
    """Components, newest first."""
    return service.list_components(here, caller, asked)


@router.get("/{component_id}")
def get_component(here: Here, caller: Calling, component_id: str) -> Component:
    """One version of a component: by id, by `name@version`, or by name (the latest)."""
    return service.get_component(here, caller, component_id)


@router.get("/{component_id}/source")
def get_source(here: Here, caller: Calling, component_id: str) -> ComponentSource:
    """Its files."""
    return service.get_source(here, caller, component_id)


@router.delete("/{component_id}", status_code=204)
def delete_component(here: Here, caller: Calling, component_id: str) -> None:
    """Delete it, unless a run that has not ended needs it."""
    service.delete_component(here, caller, component_id)
