"""Having source imported and described, by a child process of the predictor's that is closed in with it."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any, Final

import httpx
from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from api.components.schemas import ComponentSubmitted
from api.datasets.receiving import Upload, receive_upload
from api.parts import Parts
from api.problems import Away, Conflict, DiskFull, Fault, Refused
from models_lib.spec.components import ComponentManifest
from store.quarantine import new_quarantine_key

PATIENCE: Final = httpx.Timeout(120, connect=2)
JSON: Final = "application/json"
NO_SANDBOX: Final = 409


@dataclass(frozen=True)
class Described:
    """What was made of an upload: its files as they are kept, and its manifest."""

    name: str
    packed: bytes
    manifest: ComponentManifest
    project_id: str = ""


Settle = Callable[[str | None], Awaitable[str]]
"""From what a request names as its project to that project's id, before any source is looked at."""


async def describe_request(here: Parts, request: Request, settle: Settle) -> Described:
    """The source that a request carries, described; raises Refused, Away, and what `settle` does."""
    if request.headers.get("content-type", "").partition(";")[0].strip() == JSON:
        body = await read_body(request)
        project_id = await settle(body.project)
        described = await ask_description(here, body.name, {"files": source_of(body)})
        return replace(described, project_id=project_id)
    async with receive_upload(request, here.settings) as upload, in_quarantine(here, upload) as key:
        name = upload.fields.get("name", PurePosixPath(upload.filename.replace("\\", "/")).stem).strip()
        project_id = await settle(upload.fields.get("project"))
        described = await ask_description(here, name, {"blob": key, "filename": upload.filename})
        return replace(described, project_id=project_id)


def source_of(body: ComponentSubmitted) -> dict[str, str]:
    """Texts by path; a single module is the package itself."""
    return body.files if body.files is not None else {"__init__.py": body.source or ""}


async def read_body(request: Request) -> ComponentSubmitted:
    """The JSON body; what is wrong with it is drawn as it is for any other."""
    try:
        return ComponentSubmitted.model_validate(await request.json())
    except json.JSONDecodeError as error:
        place = {"type": "json_invalid", "loc": ("body", error.pos), "ctx": {"error": error.msg}}
        raise RequestValidationError([place]) from error
    except ValidationError as error:
        faults = [{**fault, "loc": ("body", *fault["loc"])} for fault in error.errors(include_context=False)]
        raise RequestValidationError(faults) from error


@asynccontextmanager
async def in_quarantine(here: Parts, upload: Upload) -> AsyncIterator[str]:
    """The upload where the predictor finds it, for as long as it looks."""
    key = new_quarantine_key()
    await run_in_threadpool(here.blobs.put_file, key, upload.path)
    try:
        yield key
    finally:
        await run_in_threadpool(here.blobs.delete, key)


async def ask_description(here: Parts, name: str, source: dict[str, Any]) -> Described:
    """What the predictor's child found; raises Refused, DiskFull, Away."""
    try:
        answer = await here.predictor.post("/components", json={"name": name, **source}, timeout=PATIENCE)
    except httpx.TransportError as error:
        raise away() from error
    if answer.status_code == 200:
        told = answer.json()
        return Described(name, told["packed"].encode(), ComponentManifest.model_validate(told["manifest"]))
    if answer.status_code == 422:
        faults = [Fault.model_validate(fault) for fault in answer.json()["faults"]]
        raise Refused(faults[0].message, code="component_refused", errors=faults)
    refuse_without_sandbox(answer)
    raise DiskFull if answer.json().get("code") == "disk_full" else away()


def refuse_without_sandbox(answer: httpx.Response) -> None:
    """Raise Conflict where the predictor runs nobody's code, in its own words: what is missing, and how to mend it."""
    if answer.status_code == NO_SANDBOX:
        raise Conflict(answer.json()["detail"], code="no_sandbox")


def away() -> Away:
    """Nothing was kept; sending the source again is safe."""
    return Away("The predictor, which looks at uploaded source, does not answer. Send it again.", code="predictor_away")
