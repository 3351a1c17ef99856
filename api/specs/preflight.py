"""Pre-flight: a run in small on a warm child, before anything is queued."""

from typing import Any, Final

import httpx
from fastapi.concurrency import run_in_threadpool

from api.asking import ask_predictor
from api.parts import Parts
from api.predictions.jobs import describe_file
from api.specs.judging import Judged, judge_spec
from api.specs.schemas import Preflight, PreflightAsked
from store import datasets
from store.access import Caller

PATIENCE: Final = httpx.Timeout(150, connect=2)


async def preflight_spec(here: Parts, caller: Caller, body: PreflightAsked) -> Preflight:
    """Judge the spec, then try everything that the run would do; raises Refused, Away."""
    judged = await judge_spec(here, caller, body, patience=here.settings.check_seconds)
    question = await run_in_threadpool(ask_for, here, judged)
    told = await ask_predictor(
        here, "/preflights", question, refused="preflight_failed", what="The pre-flight", patience=PATIENCE
    )
    return Preflight.model_validate(
        {**told, "spec": question["spec"], "warnings": [*judged.warnings, *told["warnings"]]}
    )


def ask_for(here: Parts, judged: Judged) -> dict[str, Any]:
    """The resolved spec with the files that it reads."""
    with here.database.reading() as session:
        pinned = {part: datasets.get_dataset(session, dataset_id) for part, dataset_id in judged.datasets.items()}
    files = {part: describe_file(dataset) for part, dataset in pinned.items()}
    return {"spec": judged.spec.model_dump(mode="json"), "parts": files, "components": judged.sources}
