"""Predicting with a run's model."""

from fastapi import APIRouter

from api.parts import Calling, Here
from api.predictions import service
from api.predictions.schemas import ExplanationAsked, Explanations, PredictionAsked, Predictions
from api.reading import StrictRoute

router = APIRouter(prefix="/v1/runs", tags=["predictions"], route_class=StrictRoute)


@router.post("/{run_id}:predict")
async def predict(here: Here, caller: Calling, run_id: str, body: PredictionAsked) -> Predictions:
    """Predict raw rows, as they stood in the data set."""
    return await service.predict(here, caller, run_id, body)


@router.post("/{run_id}:explain")
async def explain(here: Here, caller: Calling, run_id: str, body: ExplanationAsked) -> Explanations:
    """What outputs depend on: gradients, jacobians or integrated gradients for raw rows."""
    return await service.explain(here, caller, run_id, body)
