"""Data sets: upload, list, look inside."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from api.datasets import linking, receiving, service
from api.datasets.schemas import Dataset, DatasetsAsked, LinkAsked, Preview, PreviewAsked
from api.idempotency import IdempotencyKey
from api.parts import Calling, Here
from api.reading import StrictRoute
from api.shapes import InProject, Page
from models_lib.spec.dataset import DatasetProfile

router = APIRouter(prefix="/v1/datasets", tags=["datasets"], route_class=StrictRoute)

KNOWN: dict[int | str, dict[str, Any]] = {200: {"model": Dataset}}


@router.post("", status_code=201, response_model=Dataset, responses=KNOWN, openapi_extra=receiving.FORM)
async def create_dataset(
    here: Here, caller: Calling, request: Request, project: InProject = None, idempotency_key: IdempotencyKey = None
) -> Response:
    """Upload a table, arrays, or a zip of images. A known name makes its next version; equal bytes answer 200."""
    return await service.create_dataset(here, caller, request, project, idempotency_key)


@router.get("")
def list_datasets(here: Here, caller: Calling, asked: Annotated[DatasetsAsked, Query()]) -> Page[Dataset]:
    """Data sets, newest first."""
    return service.list_datasets(here, caller, asked)


@router.get("/{dataset_id}")
def get_dataset(here: Here, caller: Calling, dataset_id: str) -> Dataset:
    """One version of a data set: by id, by `name@version`, or by name (the latest)."""
    return service.get_dataset(here, caller, dataset_id)


@router.delete("/{dataset_id}", status_code=204)
def delete_dataset(here: Here, caller: Calling, dataset_id: str) -> None:
    """Delete it, unless a run that has not ended needs it."""
    service.delete_dataset(here, caller, dataset_id)


@router.get("/{dataset_id}/preview")
def preview_dataset(here: Here, caller: Calling, dataset_id: str, asked: Annotated[PreviewAsked, Query()]) -> Preview:
    """Its first rows."""
    return service.preview_dataset(here, caller, dataset_id, asked)


@router.get("/{dataset_id}/profile")
def get_profile(here: Here, caller: Calling, dataset_id: str) -> DatasetProfile:
    """Its columns with their statistics."""
    return service.get_profile(here, caller, dataset_id)


@router.post(":link", status_code=201, response_model=Dataset, responses=KNOWN)
async def link_dataset(
    here: Here, caller: Calling, body: LinkAsked, idempotency_key: IdempotencyKey = None
) -> Response:
    """A data set whose bytes stay where they are, in a place that the operator allows; a run refuses changed ones."""
    return await linking.link_dataset(here, caller, body, idempotency_key)
