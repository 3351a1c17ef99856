"""What a run leaves for others that begin with it: weights of its checkpoints, and what it learned of its inputs."""

from dataclasses import dataclass

from sqlalchemy import String, cast, select
from sqlalchemy.orm import Session

from models_lib.spec.starts import PREPROCESSING
from store.errors import NotFound
from store.lifecycle import UNFINISHED
from store.results import get_artifact, get_checkpoint
from store.rows import Artifact, Run
from store.table import Json


@dataclass(frozen=True)
class StartFiles:
    """Blobs: a checkpoint's files under a prefix, and the artifact of what was learned, where the run left one."""

    prefix: str
    manifest: Json
    preprocessing: Artifact | None


def find_start(session: Session, run_id: str, checkpoint: str) -> StartFiles:
    """Raises NotFound."""
    found = get_checkpoint(session, run_id, checkpoint)
    return StartFiles(found.prefix, found.manifest, find_preprocessing(session, run_id))


def find_preprocessing(session: Session, run_id: str) -> Artifact | None:
    """What the run learned, if it has come so far as to leave it."""
    try:
        return get_artifact(session, run_id, PREPROCESSING)
    except NotFound:
        return None


def list_beginners(session: Session, run_id: str) -> list[str]:
    """Unfinished runs whose specs name this one."""
    named = cast(Run.spec, String).contains(f'"{run_id}"', autoescape=True)
    statement = select(Run.id).where(Run.status.in_(UNFINISHED), Run.id != run_id, named).order_by(Run.id)
    return list(session.scalars(statement.limit(10)))
