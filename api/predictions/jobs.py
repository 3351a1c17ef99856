"""Predicting and evaluating whole data sets: jobs of the predictor, whose results are downloaded."""

import json
from collections.abc import Iterator
from typing import Any, Final

from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from api.asking import ask_predictor
from api.parts import Parts
from api.predictions.schemas import DatasetJob
from api.predictions.service import find_model
from api.problems import Conflict, NotThereYet
from api.runs.files import PIECE, SHUT_IN, attachment
from models_lib.spec.scripts import is_script
from store import components, datasets, runs
from store.access import Caller, require_role
from store.errors import BlobMissing, NotFound
from store.ids import new_id
from store.roles import Role
from store.rows import Dataset

RESULT: Final = "predictions.jsonl"


async def start_job(here: Parts, caller: Caller, run_id: str, dataset: str, kind: str) -> DatasetJob:
    """Have the predictor begin; raises NotFound, NotAllowed, Conflict, Away. Its result is kept, so that it changes."""
    await run_in_threadpool(require_change, here, caller, run_id)
    question = await run_in_threadpool(describe_job, here, run_id, dataset, kind)
    told = await ask_predictor(here, "/jobs", question, refused="dataset_refused", what="The predictor")
    return show_job(told)


def require_change(here: Parts, caller: Caller, run_id: str) -> None:
    """Predicting rows only looks, predicting a data set leaves a file."""
    with here.database.reading() as session:
        require_role(session, caller, runs.get_run(session, run_id).project_id, Role.EDITOR)


def describe_job(here: Parts, run_id: str, dataset: str, kind: str) -> dict[str, Any]:
    """The job with all that it reads."""
    attempt = find_model(here, run_id)
    with here.database.reading() as session:
        run = runs.get_run(session, run_id)
        if kind == "evaluate" and is_script(run.spec):
            raise Conflict(f"{run_id} is a script: only the script knows how it scores.", code="not_evaluated")
        asked = datasets.find_dataset(session, run.project_id, dataset)
        pins = datasets.list_pins(session, [run_id]) if kind == "evaluate" else []
        parts = {pin.part: datasets.get_dataset(session, pin.dataset_id) for pin in pins}
        sources = dict(components.pinned_components(session, run_id))
    files = {part: describe_file(dataset) for part, dataset in (parts | {"test": asked}).items()}
    state = {"id": new_id("job"), "run_id": run_id, "kind": kind, "dataset": f"{asked.name}@{asked.version}"}
    state |= {"status": "running"}
    return {"state": state, "attempt": attempt, "spec": run.spec, "files": files, "components": sources}


def describe_file(dataset: Dataset) -> dict[str, Any]:
    """As the predictor finds it."""
    about = {"format": dataset.format, "profile": dataset.profile, "link": dataset.link}
    return {"name": f"{dataset.name}@{dataset.version}", "sha256": dataset.sha256, **about}


async def read_job(here: Parts, caller: Caller, run_id: str, job_id: str) -> DatasetJob:
    """How far it is; one that the predictor no longer knows of is lost. Raises NotFound, Away."""
    state = await run_in_threadpool(read_state, here, run_id, job_id)
    if state["status"] == "running":
        told = await ask_predictor(
            here, "/jobs/status", {"job_id": job_id}, refused="dataset_refused", what="The predictor"
        )
        # It may have ended between the two questions.
        state = await run_in_threadpool(read_state, here, run_id, job_id)
        if state["status"] == "running" and not told["unfinished"]:
            state |= {"status": "failed", "reason": "The predictor was started anew: start the job again."}
        elif state["status"] == "running":
            state |= {"progress": told["progress"]}
    return show_job(state)


def read_state(here: Parts, run_id: str, job_id: str) -> dict[str, Any]:
    with here.database.reading() as session:
        runs.get_run(session, run_id)
    try:
        return dict(json.loads(here.blobs.read_bytes(f"{folder_of(run_id, job_id)}/job.json")))
    except BlobMissing as error:
        raise NotFound("job", job_id) from error


def folder_of(run_id: str, job_id: str) -> str:
    """A job's id has no slash: it is one step of the address."""
    return f"runs/{run_id}/jobs/{job_id}"


def show_job(state: dict[str, Any]) -> DatasetJob:
    """With the address of its result, where it has one."""
    path = f"/v1/runs/{state['run_id']}/jobs/{state['id']}"
    has_file = state["kind"] == "predict" and state["status"] == "succeeded"
    return DatasetJob.model_validate({**state, "href": path, "result": f"{path}/result" if has_file else None})


def download_result(here: Parts, caller: Caller, run_id: str, job_id: str) -> StreamingResponse:
    """The predictions, a line of JSON per row; raises NotFound, NotThereYet."""
    state = read_state(here, run_id, job_id)
    key = f"{folder_of(run_id, job_id)}/{RESULT}"
    if state["status"] != "succeeded" or state["kind"] != "predict":
        raise NotThereYet(f"{job_id} has no file: it is {state['status']}.", code="no_result")
    headers = {
        **SHUT_IN,
        "Content-Disposition": attachment(f"{job_id}.jsonl"),
        "Content-Length": str(here.blobs.size(key)),
    }

    def pieces() -> Iterator[bytes]:
        with here.blobs.open(key) as file:
            while piece := file.read(PIECE):
                yield piece

    return StreamingResponse(pieces(), media_type="application/jsonl", headers=headers)
