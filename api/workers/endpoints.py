"""The shop floor."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.parts import Calling, Here
from api.reading import StrictRoute
from api.shapes import Page, Paging
from api.workers import service
from api.workers.schemas import QueueEntry, Worker

router = APIRouter(prefix="/v1", tags=["shop floor"], route_class=StrictRoute)


@router.get("/workers")
def list_workers(here: Here, caller: Calling, asked: Annotated[Paging, Query()]) -> Page[Worker]:
    """Workers, the newest first; `state` tells those that live from those that left."""
    return service.list_workers(here, asked)


@router.get("/queue")
def list_queue(here: Here, caller: Calling, asked: Annotated[Paging, Query()]) -> Page[QueueEntry]:
    """The runs that wait, in the order in which they will start."""
    return service.list_queue(here, caller, asked)
