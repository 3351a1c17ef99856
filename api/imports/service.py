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
from api.problems import Refused
from api.runs.schemas import Run
from api.runs.service import answer_again
from api.runs.showing import show_run
from api.specs.component_references import know_components
from models_lib.spec.exports import FORMATS
from store.access import Caller
from store.ids import new_id
from store.imports import ImportedFiles, add_imported_run
from store.quarantine import new_quarantine_key

PATIENCE: Final = httpx.Timeout(150, connect=2)


def _form() -> dict[str, Any]:
    form = deepcopy(UPLOAD_FORM)
    fields = form["requestBody"]["content"]["multipart/form-data"]["schema"]["properties"]
    fields["file"]["description"] = "What model.save('name.keras') writes."
    fields["components"] = {
        "type": "string",
        "description": "The components that have its own classes: package or package@version, commas between.",
    }
    fields["export"] = {
        "type": "string",
        "description": f"Formats beside keras, commas between: {', '.join(FORMATS)}. None may fail.",
    }
    return form


FORM: Final = _form()


async def import_run(here: Parts, caller: Caller, request: Request, project: str | None, key: str | None) -> Response:
    """Receive the file, have it judged and made a run's, and only then write the rows; raises Refused, Away."""
    async with receive_upload(request, here.settings, fields=("name", "project", "components", "export")) as upload:
        name = name_of(upload)
        place = await run_in_threadpool(find_place, here, caller, project or upload.fields.get("project"))
        await run_in_threadpool(refuse_over_quota, here, caller, place, upload.bytes)
        more = {field: list_words(upload.fields.get(field, "")) for field in ("components", "export")}
        asked = once(caller, key=key, route="import_run", request=[place, name, upload.sha256, *more.values()])
        if answer := await run_in_threadpool(answer_again, here, asked):
            return answer
        named = await run_in_threadpool(find_components, here, place, more["components"])
        run_id = new_id("run")
        made = await ask_import(here, upload, run_id, {"name": name, "packages": named, "export": more["export"]})
    return await run_in_threadpool(keep_run, here, caller, asked, run_id, Place(place, name), made)


def list_words(text: str) -> list[str]:
    """What a field lists, each once."""
    return list(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))


def find_components(here: Parts, project_id: str, references: list[str]) -> list[dict[str, Any]]:
    """Those that were named, as the predictor is told of them; raises Refused."""
    with here.database.reading() as session:
        known, _ = know_components(session, project_id, {"components": references})
        if known.faults:
            raise Refused("The import was refused.", code="import_refused", errors=known.faults)
        named = [known.found[package.reference] for package in known.packages if package.is_pinned]
        return [
            {"name": row.name, "version": row.version, "manifest": row.manifest, "sha256": row.sha256} for row in named
        ]


async def ask_import(here: Parts, upload: Upload, run_id: str, asked: dict[str, Any]) -> dict[str, Any]:
    """The run's spec, summary and files, which lie in the blobs."""
    blob = new_quarantine_key()
    await run_in_threadpool(here.blobs.put_file, blob, upload.path)
    question = {"blob": blob, "run_id": run_id, **asked}
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
        known, _ = know_components(session, place.project_id, {"components": made["spec"]["components"]})
        pinned = [known.found[reference].id for reference in made["spec"]["components"] if reference in known.found]
        run = add_imported_run(
            session,
            run_id=run_id,
            **place._asdict(),
            spec=made["spec"],
            summary=made["summary"],
            owner_id=caller.user.id,
            files=ImportedFiles(made["artifacts"], made["checkpoints"]),
            component_ids=pinned,
        )
        session.refresh(run)
        return 201, show_run(session, run)

    with here.database.transaction() as session:
        return asked.create(session, create)
