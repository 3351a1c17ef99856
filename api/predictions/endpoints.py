"""Predicting with a run's model."""

from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response, StreamingResponse

from api.parts import Calling, Here
from api.predictions import jobs, service
from api.predictions.schemas import (
    DatasetAsked,
    DatasetJob,
    ExplanationAsked,
    Explanations,
    PredictionAsked,
    Predictions,
)
from api.reading import StrictRoute

router = APIRouter(prefix="/v1/runs", tags=["predictions"], route_class=StrictRoute)

BYTES: dict[int | str, dict[str, Any]] = {200: {"content": {"application/jsonl": {"schema": {"type": "string"}}}}}


@router.post("/{run_id}:predict", responses={202: {"model": DatasetJob}})
async def predict(
    here: Here, caller: Calling, run_id: str, body: PredictionAsked, response: Response
) -> Predictions | DatasetJob:
    """Predict raw rows, as they stood in the data set; or a whole data set, as a job (202) whose result is a file."""
    if body.dataset is None or body.instances is not None:
        return await service.predict(here, caller, run_id, body)
    response.status_code = 202
    return await jobs.start_job(here, caller, run_id, body.dataset, "predict")


@router.post("/{run_id}:evaluate", status_code=202)
async def evaluate(here: Here, caller: Calling, run_id: str, body: DatasetAsked) -> DatasetJob:
    """The run's loss and metrics on a whole data set, as a job."""
    return await jobs.start_job(here, caller, run_id, body.dataset, "evaluate")


@router.get("/{run_id}/jobs/{job_id}")
async def read_job(here: Here, caller: Calling, run_id: str, job_id: str) -> DatasetJob:
    """How far a job is, and what came of it."""
    return await jobs.read_job(here, caller, run_id, job_id)


@router.get("/{run_id}/jobs/{job_id}/result", response_class=StreamingResponse, responses=BYTES)
def download_result(here: Here, caller: Calling, run_id: str, job_id: str) -> StreamingResponse:
    """The predictions of a job, a line of JSON per row."""
    return jobs.download_result(here, caller, run_id, job_id)


@router.post("/{run_id}:explain")
async def explain(here: Here, caller: Calling, run_id: str, body: ExplanationAsked) -> Explanations:
    """What outputs depend on: gradients, jacobians or integrated gradients for raw rows."""
    return await service.explain(here, caller, run_id, body)
