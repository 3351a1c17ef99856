"""What a run shows while it trains and leaves when it is done."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Query
from fastapi.responses import Response, StreamingResponse

from api.parts import Calling, Here
from api.reading import StrictRoute
from api.runs import eject, events, files, flights, histograms, log, results, weights
from api.runs.event_schemas import EventNumber, EventPage, EventsAsked
from api.runs.histogram_schemas import Histograms, HistogramsAsked
from api.runs.result_schemas import (
    Artifact,
    Checkpoint,
    Ejected,
    Log,
    LogsAsked,
    Metrics,
    MetricsAsked,
    Summary,
    Weights,
    WeightsAsked,
)
from api.shapes import Page
from api.specs.schemas import Preflight

Responses = dict[int | str, dict[str, Any]]

router = APIRouter(prefix="/v1/runs/{run_id}", tags=["results"], route_class=StrictRoute)

STREAM: Responses = {200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}}
BYTES: Responses = {200: {"content": {"*/*": {}}}}
ZIP: Responses = {200: {"content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}}}}


@router.get("/events", response_model=EventPage, responses=STREAM)
async def read_events(
    here: Here,
    caller: Calling,
    run_id: str,
    asked: Annotated[EventsAsked, Query()],
    accept: Annotated[str, Header(include_in_schema=False)] = "",
    last_event_id: Annotated[EventNumber | None, Header()] = None,
) -> Response:
    """Events after `?after=`, or, asked for `text/event-stream`, those and all that follow until the `end` event."""
    return await events.answer_events(here, caller, run_id, asked, accept, last_event_id)


@router.get("/metrics")
def read_metrics(here: Here, caller: Calling, run_id: str, asked: Annotated[MetricsAsked, Query()]) -> Metrics:
    """The run's curves, thinned alike every time."""
    return results.read_metrics(here, caller, run_id, asked)


@router.get("/logs")
def read_logs(here: Here, caller: Calling, run_id: str, asked: Annotated[LogsAsked, Query()]) -> Log:
    """What the training printed."""
    return log.read_logs(here, caller, run_id, asked)


@router.get("/summary")
def read_summary(here: Here, caller: Calling, run_id: str) -> Summary:
    """Layers, shapes and parameters."""
    return results.read_summary(here, caller, run_id)


@router.get("/checkpoints")
def list_checkpoints(here: Here, caller: Calling, run_id: str) -> Page[Checkpoint]:
    """The checkpoints that are kept."""
    return results.list_checkpoints(here, caller, run_id)


@router.get("/checkpoints/{checkpoint}/{file}", response_class=StreamingResponse, responses=BYTES)
def download_checkpoint(here: Here, caller: Calling, run_id: str, checkpoint: str, file: str) -> StreamingResponse:
    """One file of a checkpoint, which is given by its name or by its epoch's number: `state.npz`, weights, optimizer
    and all else as arrays by name; `core.weights.h5` where `fit.checkpoint.weights` is true."""
    return files.download_checkpoint(here, caller, run_id, checkpoint, file)


@router.get("/preflight")
def read_flight(here: Here, caller: Calling, run_id: str) -> Preflight:
    """What its pre-flight found: layers with shapes and memory, exports, an estimate of time and memory, warnings."""
    return flights.read_flight(here, caller, run_id)


@router.get("/eject")
def eject_run(here: Here, caller: Calling, run_id: str) -> Ejected:
    """The run as a plain Keras script that ends with its weights, bit for bit, on the same machine."""
    return eject.eject_run(here, caller, run_id)


@router.get("/weights")
async def read_weights(here: Here, caller: Calling, run_id: str, asked: Annotated[WeightsAsked, Query()]) -> Weights:
    """A checkpoint's weights in numbers; with `?against=` and `?against_run=`, how far they are from another's."""
    return await weights.read_weights(here, caller, run_id, asked)


@router.get("/histograms")
async def read_histograms(
    here: Here, caller: Calling, run_id: str, asked: Annotated[HistogramsAsked, Query()]
) -> Histograms:
    """Weights as histograms over the epochs, as the trainer wrote them for TensorBoard."""
    return await histograms.read_histograms(here, run_id, asked)


@router.get("/artifacts")
def list_artifacts(here: Here, caller: Calling, run_id: str) -> Page[Artifact]:
    """The files of the result."""
    return results.list_artifacts(here, caller, run_id)


@router.get("/artifacts.zip", response_class=StreamingResponse, responses=ZIP)
def download_artifacts(here: Here, caller: Calling, run_id: str) -> StreamingResponse:
    """All files of the result in one archive."""
    return files.download_all(here, caller, run_id)


@router.get("/artifacts/{path:path}", response_class=StreamingResponse, responses=BYTES)
def download_artifact(here: Here, caller: Calling, run_id: str, path: str) -> StreamingResponse:
    """One file of the result."""
    return files.download_one(here, caller, run_id, path)
