"""Predicting: the api finds the run, the predictor holds its model."""

from typing import Final

import httpx
from fastapi.concurrency import run_in_threadpool

from api.parts import Parts
from api.predictions.schemas import PredictionAsked, Predictions
from api.problems import Away, Conflict, Fault, Refused
from store import results, runs
from store.keys import Caller

PATIENCE: Final = httpx.Timeout(60, connect=2)
TOLD: Final = {404, 503, 504, 507}
"""With these the predictor says why it has no answer."""
MODEL: Final = "model.keras"


async def predict(here: Parts, caller: Caller, run_id: str, body: PredictionAsked) -> Predictions:
    """Pass the rows on; raises NotFound, Conflict, Refused, Away."""
    attempt = await run_in_threadpool(find_model, here, run_id)
    question = {"run_id": run_id, "attempt": attempt, "instances": body.instances}
    try:
        answer = await here.predictor.post("/predictions", json=question, timeout=PATIENCE)
    except httpx.TransportError as error:
        raise Away("The predictor does not answer at the moment.", code="predictor_away") from error
    return read_predictions(answer)


def find_model(here: Parts, run_id: str) -> int:
    """The attempt that exported the model; raises NotFound, Conflict."""
    with here.database.reading() as session:
        run = runs.get_run(session, run_id)
        found = [artifact for artifact in results.list_artifacts(session, run_id) if artifact.path == MODEL]
    if not found:
        raise Conflict(f"{run_id} has no model to predict with: it is {run.status}.", code="no_model")
    return found[0].attempt


def read_predictions(answer: httpx.Response) -> Predictions:
    """What the predictor said."""
    if answer.status_code == 200:
        return Predictions.model_validate(answer.json())
    if answer.status_code == 422:
        faults = [Fault.model_validate(fault) for fault in answer.json()["faults"]]
        raise Refused(faults[0].message, code="instances_refused", errors=faults)
    if answer.status_code == 409:
        raise Conflict(answer.json()["detail"], code="no_sandbox")
    told = answer.json() if answer.status_code in TOLD else {"detail": "The predictor failed."}
    raise Away(f"The model gave no answer: {told['detail']}", code="predictor_failed")
