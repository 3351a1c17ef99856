"""Uploads that come in parts: begun, gone on with by whoever has the same file, and forgotten when nobody does."""

import re

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from store.blobs import Blobs
from store.database import Database
from store.errors import NotFound, TooManyUploads
from store.ids import new_id
from store.rows import Project, Upload
from store.sight import of_everybody
from store.times import now, now_plus

FOLDER = "uploads"
MOST_UNFINISHED = 16
LONGEST_IDLE = 48 * 3600.0
"""Seconds without a new part after which an upload is forgotten."""


def part_key(upload_id: str, number: int) -> str:
    """The key of the blob that holds a part."""
    return f"{FOLDER}/{upload_id}/{number:05d}"


def begin_upload(
    session: Session,
    *,
    project_id: str,
    owner_id: str,
    name: str,
    filename: str,
    bytes: int,
    sha256: str,
    part_bytes: int,
) -> tuple[Upload, bool]:
    """A new upload, and True; or the owner's own unfinished one of this very file and name, and False.

    Raises TooManyUploads.
    """
    session.execute(select(Project.id).where(Project.id == project_id).with_for_update(key_share=True))
    own = select(Upload).where(Upload.owner_id == owner_id, Upload.dataset_id.is_(None)).order_by(Upload.id)
    unfinished = list(session.scalars(of_everybody(own)))
    asked = (project_id, name, sha256, bytes)
    same = [one for one in unfinished if (one.project_id, one.name, one.sha256, one.bytes) == asked]
    if same:
        return same[0], False
    if len(unfinished) >= MOST_UNFINISHED:
        raise TooManyUploads([one.id for one in unfinished])
    upload = Upload(
        id=new_id("upl"),
        project_id=project_id,
        owner_id=owner_id,
        name=name,
        filename=filename,
        bytes=bytes,
        sha256=sha256,
        part_bytes=part_bytes,
    )
    session.add(upload)
    session.flush()
    return upload, True


def get_upload(session: Session, upload_id: str, owner_id: str) -> Upload:
    """The owner's upload of this id; raises NotFound, for what is somebody else's as well."""
    upload = session.get(Upload, upload_id)
    if upload is None or upload.owner_id != owner_id:
        raise NotFound("upload", upload_id)
    return upload


def touch_upload(session: Session, upload_id: str) -> None:
    """Somebody goes on with it."""
    session.execute(update(Upload).where(Upload.id == upload_id).values(touched_at=now()))


def finish_upload(session: Session, upload_id: str, dataset_id: str) -> None:
    """It has become this data set; its parts are of no use any more."""
    session.execute(update(Upload).where(Upload.id == upload_id).values(dataset_id=dataset_id, touched_at=now()))


def forget_upload(session: Session, upload_id: str) -> None:
    """No such upload any more; its parts go after the commit."""
    session.execute(delete(Upload).where(Upload.id == upload_id))


def list_parts(blobs: Blobs, upload_id: str) -> dict[int, int]:
    """The parts that are there: their sizes by number."""
    found = ((re.fullmatch(r".*/(\d+)", key), size) for key, size in blobs.list(f"{FOLDER}/{upload_id}"))
    return {int(match[1]): size for match, size in found if match}


def delete_parts(blobs: Blobs, upload_id: str) -> None:
    """Forget its bytes."""
    blobs.delete_prefix(f"{FOLDER}/{upload_id}")


def sweep_uploads(database: Database, blobs: Blobs, *, idle_seconds: float = LONGEST_IDLE) -> None:
    """Forget what nobody goes on with, and parts of what is forgotten. Any number of processes may do so at once."""
    stored = {key.split("/")[1] for key, _ in blobs.list(FOLDER)}  # first: a row is there before its first part
    with database.transaction() as session:
        session.execute(delete(Upload).where(Upload.touched_at < now_plus(-idle_seconds)))
    with database.reading() as session:
        needed = set(session.scalars(select(Upload.id).where(Upload.dataset_id.is_(None))))
    for upload_id in sorted(stored - needed):
        delete_parts(blobs, upload_id)
