"""What a run has made, for reading: attempts, checkpoints, artifacts."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from models_lib.spec.keeping import Kept, rank_by_merit
from store.errors import NotFound
from store.rows import Artifact, Attempt, Checkpoint

LONGEST_EPOCH: Final = 9
"""Digits of a number that every database can hold."""


def list_attempts(session: Session, run_id: str) -> list[Attempt]:
    """In the order of their numbers."""
    return list(session.scalars(select(Attempt).where(Attempt.run_id == run_id).order_by(Attempt.number)))


def list_checkpoints(session: Session, run_id: str) -> list[Checkpoint]:
    """In the order of their training."""
    order = (Checkpoint.epoch, Checkpoint.step, Checkpoint.name)
    statement = select(Checkpoint).where(Checkpoint.run_id == run_id).order_by(*order)
    return list(session.scalars(statement))


def rank_checkpoints(checkpoints: Sequence[Checkpoint]) -> dict[str, int]:
    """By id, of those taken after whole epochs that can be judged; 1 is the best, and one epoch has one rank."""
    epochs = {each.epoch: Kept(each.epoch, each.merit) for each in checkpoints if each.step == 0}
    ranks = {kept.epoch: rank for rank, kept in enumerate(rank_by_merit(epochs.values()), start=1)}
    return {each.id: ranks[each.epoch] for each in checkpoints if each.step == 0 and each.epoch in ranks}


def find_checkpoint(session: Session, run_id: str, name: str = "last") -> Checkpoint | None:
    """The run's checkpoint of this name, or None."""
    return session.scalar(select(Checkpoint).where(Checkpoint.run_id == run_id, Checkpoint.name == name))


def get_checkpoint(session: Session, run_id: str, name: str) -> Checkpoint:
    """By name, or by the number of its epoch; raises NotFound."""
    is_number = name.isdecimal() and len(name) <= LONGEST_EPOCH
    same = and_(Checkpoint.epoch == int(name), Checkpoint.step == 0) if is_number else Checkpoint.name == name
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
