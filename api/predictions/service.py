"""Predicting and explaining: the api finds the run, the predictor holds its model."""

from typing import Any, Final

from fastapi.concurrency import run_in_threadpool

from api.asking import ask_predictor
from api.parts import Parts
from api.predictions.schemas import ExplanationAsked, Explanations, PredictionAsked, Predictions
from api.problems import Conflict, Fault, Refused
from store import results, runs
from store.access import Caller

CORE: Final = "core.keras"
WITHOUT_CALL: Final = (
    "{run} has no model to predict with: its class has no `call`. Its parts are in core.keras, to be downloaded. For"
    " predictions give the class a call(self, inputs) that returns them (a GAN's: self.generator of as much noise as"
    " there are rows), and train again."
)
MODEL: Final = frozenset({"model.keras", "inputs.json"})
NOT_SERVED: Final = ("not_served", "model_not_saved")
"""Warnings that say why a run has no model."""


async def predict(here: Parts, caller: Caller, run_id: str, body: PredictionAsked) -> Predictions:
    """Pass the rows on; raises NotFound, Conflict, Refused, Away."""
    if body.instances is None or body.dataset is not None:
        message = "Send either `instances`, raw rows, or `dataset`; not both."
        raise Refused(message, errors=[Fault(pointer="/instances", message=message, code="missing")])
    attempt = here.known_models.get(run_id)
    if attempt is None:
        attempt = await run_in_threadpool(find_model, here, run_id)
    return Predictions.model_validate(await here.batches.predict((run_id, attempt), body.instances))


async def explain(here: Parts, caller: Caller, run_id: str, body: ExplanationAsked) -> Explanations:
    """Pass the rows on; raises NotFound, Conflict, Refused, Away."""
    question = {"instances": body.instances, "question": body.model_dump(exclude={"instances"})}
    told = await ask_model(here, run_id, "/explanations", question)
    return Explanations(method=body.method, explanations=told["explanations"])


async def ask_model(here: Parts, run_id: str, path: str, question: dict[str, Any]) -> Any:
    """The answer of the run's model."""
    attempt = await run_in_threadpool(find_model, here, run_id)
    asked = {"run_id": run_id, "attempt": attempt, **question}
    return await ask_predictor(here, path, asked, refused="instances_refused", what="The model")


def find_model(here: Parts, run_id: str) -> int:
    """The attempt that exported the model; raises NotFound, Conflict."""
    with here.database.reading() as session:
        run = runs.get_run(session, run_id)
        found = {artifact.path: artifact for artifact in results.list_artifacts(session, run_id)}
    if not found.keys() >= MODEL and CORE in found:
        raise Conflict(WITHOUT_CALL.format(run=run_id), code="no_model")
    if not found.keys() >= MODEL:
        reasons = [str(said["message"]) for said in run.warnings if said.get("code") in NOT_SERVED]
        told = reasons[-1] if reasons else f"it is {run.status}."
        raise Conflict(f"{run_id} has no model to predict with: {told}", code="no_model")
    attempt = found["inputs.json"].attempt
    if run.status.is_final:
        here.known_models.keep(run_id, attempt)
    return attempt
