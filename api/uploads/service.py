"""What is done with files that come in parts. The row says what is awaited, the blobs say what has come."""

import base64
import binascii
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from sqlalchemy.orm import Session

from api.datasets import receiving
from api.datasets.profiling import ask_profile
from api.datasets.service import Place, keep_dataset, settle_name
from api.datasets.showing import show_dataset
from api.idempotency import draw_answer, once
from api.parts import Parts
from api.problems import Conflict, Fault, Refused, TooLarge
from api.uploads.schemas import MOST_PARTS, Upload, UploadBegun
from store import datasets, quotas, rows, uploads
from store.access import Caller, settle_project

PIECE: Final = 2**20
SHOWN: Final = 20


def begin_upload(here: Parts, caller: Caller, body: UploadBegun) -> tuple[Upload, bool]:
    """Its row, and whether that is new; raises Refused, TooLarge, TooManyUploads."""
    limit = here.settings.upload_limit_bytes
    if body.bytes > limit:
        raise TooLarge(f"The file is larger than the {limit:,} bytes that HORNGATE_UPLOAD_LIMIT_BYTES allows.")
    if count_parts(body.bytes, body.part_bytes) > MOST_PARTS:
        message = f"A file has at most {MOST_PARTS:,} parts: make them larger."
        raise Refused(message, errors=[Fault(pointer="/part_bytes", message=message, code="bad_form")])
    name = settle_name(body.name, body.filename)
    with here.database.transaction() as session:
        project = settle_project(session, caller, body.project)
        quotas.refuse_upload(session, project.id, caller.user.id, body.bytes)
        upload, is_new = uploads.begin_upload(
            session,
            project_id=project.id,
            owner_id=caller.user.id,
            **{**body.model_dump(exclude={"project"}), "name": name},
        )
        session.refresh(upload)
        same = datasets.find_equal_bytes(session, project_id=project.id, name=name, sha256=body.sha256)
        if same is not None:
            uploads.finish_upload(session, upload.id, same.id)
            session.refresh(upload)
        return show_upload(here, session, upload), is_new and same is None


def count_parts(size: int, part: int) -> int:
    return -(-size // part)


def show_upload(here: Parts, session: Session, upload: rows.Upload) -> Upload:
    """With what has come so far, and what has become of it."""
    found = {} if upload.dataset_id else uploads.list_parts(here.blobs, upload.id)
    dataset = datasets.get_dataset(session, upload.dataset_id) if upload.dataset_id else None
    shown = {column.key: getattr(upload, column.key) for column in rows.Upload.__table__.columns}
    return Upload(
        **{key: shown[key] for key in shown.keys() & Upload.model_fields.keys()},
        parts=count_parts(upload.bytes, upload.part_bytes),
        received=sorted(found),
        received_bytes=upload.bytes if dataset else sum(found.values()),
        dataset=show_dataset(session, dataset) if dataset else None,
        forgotten_at=upload.touched_at + timedelta(seconds=uploads.LONGEST_IDLE),
        href=f"/v1/uploads/{upload.id}",
    )


def get_upload(here: Parts, caller: Caller, upload_id: str) -> Upload:
    """The caller's own; raises NotFound."""
    with here.database.reading() as session:
        return show_upload(here, session, uploads.get_upload(session, upload_id, caller.user.id))


async def put_part(
    here: Parts, caller: Caller, upload_id: str, number: int, request: Request, digest: str | None
) -> None:
    """Receive a part to disk, compare it, and only then let it be seen; raises NotFound, Refused, Conflict."""
    wanted = await run_in_threadpool(size_wanted, here, caller, upload_id, number)
    sha256 = read_digest(digest)
    async with room_on_disk(here) as path:
        size, found = await receive_part(request, path, wanted)
        if size != wanted:
            came = "more" if size > wanted else f"{size:,}"
            raise wrong_part(f"Part {number} has {wanted:,} bytes, and {came} came.")
        if sha256 is not None and found != sha256:
            raise wrong_part(f"Part {number} is not what its Content-Digest says: send it again.", "digest_differs")
        await run_in_threadpool(here.blobs.put_file, uploads.part_key(upload_id, number), path)
    await run_in_threadpool(note_part, here, upload_id)


async def receive_part(request: Request, path: Path, most: int) -> tuple[int, bytes]:
    """The body on disk, no further than past `most`: its length and SHA-256."""
    found, size = hashlib.sha256(), 0
    with path.open("wb") as file:
        async for chunk in request.stream():
            size += len(chunk)
            if size > most:
                break
            found.update(chunk)
            await run_in_threadpool(file.write, chunk)
    return size, found.digest()


def note_part(here: Parts, upload_id: str) -> None:
    """Somebody goes on with it."""
    with here.database.transaction() as session:
        uploads.touch_upload(session, upload_id)


def size_wanted(here: Parts, caller: Caller, upload_id: str, number: int) -> int:
    """How long this part is; raises NotFound, Refused, Conflict."""
    with here.database.reading() as session:
        upload = uploads.get_upload(session, upload_id, caller.user.id)
    if upload.dataset_id is not None:
        raise Conflict("Every part of this upload has come: it is a data set.", code="upload_is_complete")
    parts = count_parts(upload.bytes, upload.part_bytes)
    if number > parts:
        raise wrong_part(f"There is no part {number}: this upload has {parts}.")
    return min(upload.part_bytes, upload.bytes - (number - 1) * upload.part_bytes)


def read_digest(header: str | None) -> bytes | None:
    """The SHA-256 among the digests of the header; raises Refused where it is none."""
    named = dict(part.strip().partition("=")[::2] for part in (header or "").split(","))
    value = named.get("sha-256")
    if value is None:
        return None
    try:
        digest = base64.b64decode(value.strip(":"), validate=True)
    except (binascii.Error, ValueError):
        digest = b""
    if len(digest) != hashlib.sha256().digest_size:
        raise wrong_part("Content-Digest has the form sha-256=:BASE64:, of the part's 32 bytes of SHA-256.")
    return digest


def wrong_part(message: str, code: str = "bad_part") -> Refused:
    """What is wrong with a part: the rest of the upload is as good as before."""
    return Refused(message, code=code, errors=[Fault(pointer="", message=message, code=code)])


@asynccontextmanager
async def room_on_disk(here: Parts) -> AsyncIterator[Path]:
    """Where a file may lie while this lasts."""
    folder = here.settings.home / "cache" / "uploads"
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder) as temporary:
        yield Path(temporary) / "upload"


async def complete_upload(here: Parts, caller: Caller, upload_id: str) -> Response:
    """Put the parts together, then go the way of a plain upload; what is refused there is forgotten here."""
    upload, known = await run_in_threadpool(find_complete, here, caller, upload_id)
    if known is not None:
        return known
    async with room_on_disk(here) as path:
        try:
            whole = await run_in_threadpool(join_parts, here, upload, path)
            profile = await ask_profile(here, whole)
        except Refused:
            await run_in_threadpool(forget, here, upload_id)
            raise
        asked = once(caller, key=None, route="complete_upload", request=upload_id)
        place = Place(upload.project_id, upload.name)
        answer = await run_in_threadpool(keep_dataset, here, caller, asked, place, whole, profile)
    await run_in_threadpool(note_finished, here, upload)
    return answer


def find_complete(here: Parts, caller: Caller, upload_id: str) -> tuple[rows.Upload, Response | None]:
    """The upload, none of whose parts is missing, and the answer where it was given before; raises Conflict."""
    with here.database.reading() as session:
        upload = uploads.get_upload(session, upload_id, caller.user.id)
        if upload.dataset_id is not None:
            dataset = datasets.get_dataset(session, upload.dataset_id)
            return upload, draw_answer(200, show_dataset(session, dataset))
    found = uploads.list_parts(here.blobs, upload_id)
    missing = [n for n in range(1, count_parts(upload.bytes, upload.part_bytes) + 1) if n not in found]
    if missing:
        shown = ", ".join(map(str, missing[:SHOWN])) + (", …" if len(missing) > SHOWN else "")
        raise Conflict(f"{len(missing)} parts are missing: {shown}.", code="parts_missing")
    return upload, None


def join_parts(here: Parts, upload: rows.Upload, path: Path) -> receiving.Upload:
    """The whole file; raises Refused where it is not what was announced."""
    found = hashlib.sha256()
    with path.open("wb") as file:
        for number in range(1, count_parts(upload.bytes, upload.part_bytes) + 1):
            with here.blobs.open(uploads.part_key(upload.id, number)) as part:
                while piece := part.read(PIECE):
                    found.update(piece)
                    file.write(piece)
    if found.hexdigest() != upload.sha256:
        message = "The parts together are not the file that was announced: did it change while it was sent? Begin anew."
        fault = Fault(
            pointer="/sha256", message=message, code="hash_differs", found=found.hexdigest(), allowed=upload.sha256
        )
        raise Refused(message, code="hash_differs", errors=[fault])
    return receiving.Upload(path, upload.filename, {}, upload.bytes, upload.sha256)


def note_finished(here: Parts, upload: rows.Upload) -> None:
    """Who asks again is told the data set; then the parts go."""
    with here.database.transaction() as session:
        dataset = datasets.find_equal_bytes(
            session, project_id=upload.project_id, name=upload.name, sha256=upload.sha256
        )
        if dataset is not None:
            uploads.finish_upload(session, upload.id, dataset.id)
    uploads.delete_parts(here.blobs, upload.id)


def forget(here: Parts, upload_id: str) -> None:
    """The row first: parts without one are swept."""
    with here.database.transaction() as session:
        uploads.forget_upload(session, upload_id)
    uploads.delete_parts(here.blobs, upload_id)


def delete_upload(here: Parts, caller: Caller, upload_id: str) -> None:
    """Forget the caller's own; raises NotFound."""
    with here.database.reading() as session:
        uploads.get_upload(session, upload_id, caller.user.id)
    forget(here, upload_id)
