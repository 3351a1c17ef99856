"""What is done with data sets. The api keeps their bytes and never reads them: a profile is made by the predictor."""

import re
from pathlib import PurePosixPath
from typing import Final, NamedTuple

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from sqlalchemy.orm import Session

from api.datasets.profiling import ask_profile
from api.datasets.receiving import Upload, receive_upload, refuse_part
from api.datasets.schemas import Dataset, DatasetsAsked, Preview, PreviewAsked
from api.datasets.showing import list_shown, show_dataset, show_preview
from api.idempotency import Once, draw_answer, once
from api.parts import Parts
from api.shapes import Page, is_visible
from models_lib.spec.dataset import DatasetProfile
from store import datasets, quotas, rows
from store.access import Caller, settle_project

NAME: Final = re.compile(r"[^@/\\\x00-\x1f\x7f]{1,200}")


async def create_dataset(
    here: Parts, caller: Caller, request: Request, project: str | None, key: str | None
) -> Response:
    """Receive the file, have it profiled, keep its bytes, and only then write the row."""
    if project is not None:
        await run_in_threadpool(find_place, here, caller, project)
    async with receive_upload(request, here.settings) as upload:
        place = Place(
            await run_in_threadpool(find_place, here, caller, project or upload.fields.get("project")), name_of(upload)
        )
        await run_in_threadpool(refuse_over_quota, here, caller, place.project_id, upload.bytes)
        asked = once(caller, key=key, route="create_dataset", request=[*place, upload.sha256])
        if answer := await run_in_threadpool(answer_known, here, asked, place, upload):
            return answer
        profile = await ask_profile(here, upload)
        return await run_in_threadpool(keep_dataset, here, caller, asked, place, upload, profile)


class Place(NamedTuple):
    """Where a data set shall be kept."""

    project_id: str
    name: str


def find_place(here: Parts, caller: Caller, project: str | None) -> str:
    """The id of the project that is named, or of the caller's own; raises what settle_project does."""
    with here.database.reading() as session:
        return settle_project(session, caller, project).id


def refuse_over_quota(here: Parts, caller: Caller, project_id: str, size: int) -> None:
    """Raise OverQuota for a file that the project's or the caller's limits do not allow."""
    with here.database.reading() as session:
        quotas.refuse_upload(session, project_id, caller.user.id, size)


def name_of(upload: Upload) -> str:
    """What the form calls it, else the file's own name; raises Refused."""
    return settle_name(upload.fields.get("name"), upload.filename)


def settle_name(given: str | None, filename: str) -> str:
    """The name that was given, else the file's without its ending; raises Refused."""
    name = (PurePosixPath(filename.replace("\\", "/")).stem if given is None else given).strip()
    if not NAME.fullmatch(name) or not all(map(is_visible, name)) or name in (".", ".."):
        raise refuse_part("name", "A name has 1 to 200 characters, all of them seen, and none of them @, / or \\.")
    return name


def answer_known(here: Parts, asked: Once, place: Place, upload: Upload) -> Response | None:
    """The answer where the request came before, or where a version of the name has these very bytes."""
    with here.database.reading() as session:
        if answer := asked.find_answer(session):
            return answer
        same = datasets.find_equal_bytes(session, **place._asdict(), sha256=upload.sha256)
        return draw_answer(200, show_dataset(session, same)) if same else None


def keep_dataset(
    here: Parts, caller: Caller, asked: Once, place: Place, upload: Upload, profile: DatasetProfile
) -> Response:
    """The bytes, then the row that says that they are there; again where equal bytes were deleted in between."""
    key = datasets.blob_key(upload.sha256)
    here.blobs.put_file(key, upload.path)

    def create() -> tuple[int, Dataset]:
        dataset, is_new = add_dataset(session, caller, place, upload, profile)
        return 201 if is_new else 200, show_dataset(session, dataset)

    with here.database.transaction() as session:
        answer = asked.create(session, create)
    if not here.blobs.exists(key):
        here.blobs.put_file(key, upload.path)
    return answer


def add_dataset(
    session: Session, caller: Caller, place: Place, upload: Upload, profile: DatasetProfile
) -> tuple[rows.Dataset, bool]:
    """The next version of the name, and True; or the one that has these bytes, and False."""
    dataset, is_new = datasets.add_dataset(
        session,
        **place._asdict(),
        owner_id=caller.user.id,
        format=profile.format,
        rows=profile.rows,
        bytes=upload.bytes,
        sha256=upload.sha256,
        profile=profile.model_dump(mode="json"),
    )
    session.refresh(dataset)
    return dataset, is_new


def list_datasets(here: Parts, caller: Caller, asked: DatasetsAsked) -> Page[Dataset]:
    """A page of data sets."""
    with here.database.reading() as session:
        project_id = settle_project(session, caller, asked.project).id if asked.project else None
        page = datasets.list_datasets(session, project_id=project_id, **asked.model_dump(exclude={"project"}))
        shown = list_shown(session, page.items)
    return Page(data=shown, has_more=page.has_more, next_cursor=page.next_cursor)


def find(session: Session, caller: Caller, reference: str) -> rows.Dataset:
    """By id, `name@version` or name, in the project that the gate has found; raises NotFound."""
    return datasets.find_dataset(session, caller.project_id or "", reference)


def get_dataset(here: Parts, caller: Caller, reference: str) -> Dataset:
    """One version."""
    with here.database.reading() as session:
        return show_dataset(session, find(session, caller, reference))


def delete_dataset(here: Parts, caller: Caller, dataset_id: str) -> None:
    """The row first, then the bytes, if no other version has them by now. By id alone: what a name means may change."""
    with here.database.transaction() as session:
        unused = datasets.delete_dataset(session, dataset_id)
    if unused is None:
        return
    with here.database.transaction() as session:
        if datasets.hold_unused(session, unused):
            here.blobs.delete(datasets.blob_key(unused))


def preview_dataset(here: Parts, caller: Caller, reference: str, asked: PreviewAsked) -> Preview:
    """The first rows, as the profile keeps them."""
    return show_preview(get_profile(here, caller, reference), asked.rows)


def get_profile(here: Parts, caller: Caller, reference: str) -> DatasetProfile:
    """All that was found out about it."""
    with here.database.reading() as session:
        return DatasetProfile.model_validate(find(session, caller, reference).profile)
