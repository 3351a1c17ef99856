"""How the service is, for machines that watch it."""

from fastapi import APIRouter, Response
from fastapi.responses import PlainTextResponse

from api.health import service
from api.health.schemas import Alive, Checkup, Readiness, Version
from api.openapi import OPEN
from api.parts import Calling, Here
from api.reading import StrictRoute

router = APIRouter(tags=["health"], route_class=StrictRoute)


@router.get("/healthz", openapi_extra=OPEN)
async def get_health() -> Alive:
    """The process answers."""
    return Alive()


@router.get("/readyz", responses={503: {"model": Readiness}}, openapi_extra=OPEN)
async def get_readiness(here: Here, response: Response) -> Readiness:
    """Whether runs can be trained: 200 when every needed part is there, else 503."""
    return await service.get_readiness(here, response)


@router.get("/version", openapi_extra=OPEN)
async def get_version(here: Here) -> Version:
    """What runs here."""
    return service.get_version(here)


@router.get("/metrics", response_class=PlainTextResponse)
def get_prometheus_metrics(here: Here, caller: Calling) -> PlainTextResponse:
    """Queue, runs and requests for Prometheus."""
    return service.get_prometheus_metrics(here)


@router.get("/v1/checkup")
def check_up(here: Here, caller: Calling) -> Checkup:
    """What is wrong with the service as a whole, and how to mend it: tables, disks, clocks, versions, stuck runs."""
    return service.check_up(here)
