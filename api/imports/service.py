"""Importing: the predictor's child judges the file and makes a run's files of it; the rows are written here."""

from copy import deepcopy
from typing import Any, Final

import httpx
from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from api.asking import ask_predictor
from api.datasets.receiving import FORM as UPLOAD_FORM
from api.datasets.receiving import Upload, receive_upload
from api.datasets.service import Place, find_place, name_of, refuse_over_quota
from api.idempotency import Once, once
from api.parts import Parts
from api.runs.schemas import Run
from api.runs.service import answer_again
from api.runs.showing import show_run
from store.access import Caller
from store.ids import new_id
from store.imports import ImportedFiles, add_imported_run
from store.quarantine import new_quarantine_key

PATIENCE: Final = httpx.Timeout(150, connect=2)


def _form() -> dict[str, Any]:
    form = deepcopy(UPLOAD_FORM)
    fields = form["requestBody"]["content"]["multipart/form-data"]["schema"]["properties"]
    fields["file"]["description"] = "What model.save('name.keras') writes."
    return form


FORM: Final = _form()


async def import_run(here: Parts, caller: Caller, request: Request, project: str | None, key: str | None) -> Response:
    """Receive the file, have it judged and made a run's, and only then write the rows; raises Refused, Away."""
    async with receive_upload(request, here.settings) as upload:
        name = name_of(upload)
        place = await run_in_threadpool(find_place, here, caller, project or upload.fields.get("project"))
        await run_in_threadpool(refuse_over_quota, here, caller, place, upload.bytes)
        asked = once(caller, key=key, route="import_run", request=[place, name, upload.sha256])
        if answer := await run_in_threadpool(answer_again, here, asked):
            return answer
        run_id = new_id("run")
        made = await ask_import(here, upload, run_id, name)
    return await run_in_threadpool(keep_run, here, caller, asked, run_id, Place(place, name), made)


async def ask_import(here: Parts, upload: Upload, run_id: str, name: str) -> dict[str, Any]:
    """The run's spec, summary and files, which lie in the blobs."""
    blob = new_quarantine_key()
    await run_in_threadpool(here.blobs.put_file, blob, upload.path)
    question = {"blob": blob, "run_id": run_id, "name": name}
    try:
        made = await ask_predictor(
            here, "/imports", question, refused="import_refused", what="The import", patience=PATIENCE
        )
    except BaseException:
        await run_in_threadpool(here.blobs.delete_prefix, f"runs/{run_id}")
        raise
    finally:
        await run_in_threadpool(here.blobs.delete, blob)
    return dict(made)


def keep_run(here: Parts, caller: Caller, asked: Once, run_id: str, place: Place, made: dict[str, Any]) -> Response:
    """The rows of a run that has succeeded, and the answer."""

    def create() -> tuple[int, Run]:
        run = add_imported_run(
            session,
            run_id=run_id,
            **place._asdict(),
            spec=made["spec"],
            summary=made["summary"],
            owner_id=caller.user.id,
            files=ImportedFiles(made["artifacts"], made["checkpoints"]),
        )
        session.refresh(run)
        return 201, show_run(session, run)

    with here.database.transaction() as session:
        return asked.create(session, create)
