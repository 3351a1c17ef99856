"""What a run has made, for reading: attempts, checkpoints, artifacts."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.errors import NotFound
from store.rows import Artifact, Attempt, Checkpoint


def list_attempts(session: Session, run_id: str) -> list[Attempt]:
    """In the order of their numbers."""
    return list(session.scalars(select(Attempt).where(Attempt.run_id == run_id).order_by(Attempt.number)))


def list_checkpoints(session: Session, run_id: str) -> list[Checkpoint]:
    """In the order of their epochs."""
    statement = select(Checkpoint).where(Checkpoint.run_id == run_id).order_by(Checkpoint.epoch, Checkpoint.name)
    return list(session.scalars(statement))


def find_checkpoint(session: Session, run_id: str, name: str = "last") -> Checkpoint | None:
    """The run's checkpoint of this name, or None."""
    return session.scalar(select(Checkpoint).where(Checkpoint.run_id == run_id, Checkpoint.name == name))


def get_checkpoint(session: Session, run_id: str, name: str) -> Checkpoint:
    """By name, or by the number of its epoch; raises NotFound."""
    same = Checkpoint.epoch == int(name) if name.isdecimal() else Checkpoint.name == name
    statement = select(Checkpoint).where(Checkpoint.run_id == run_id, same).order_by(Checkpoint.name.desc())
    checkpoint = session.scalars(statement).first()
    if checkpoint is None:
        raise NotFound("checkpoint", name)
    return checkpoint


def list_artifacts(session: Session, run_id: str) -> list[Artifact]:
    """By path."""
    return list(session.scalars(select(Artifact).where(Artifact.run_id == run_id).order_by(Artifact.path)))


def get_artifact(session: Session, run_id: str, path: str) -> Artifact:
    """The run's artifact; raises NotFound."""
    artifact = session.scalar(select(Artifact).where(Artifact.run_id == run_id, Artifact.path == path))
    if artifact is None:
        raise NotFound("artifact", path)
    return artifact


def artifact_key(artifact: Artifact) -> str:
    """The key of the artifact's blob."""
    return f"runs/{artifact.run_id}/artifacts/{artifact.attempt}/{artifact.path}"
