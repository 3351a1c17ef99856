"""What a trainer needs to begin with other runs' weights, laid into its folder."""

from pathlib import Path
from typing import Any

from models_lib.spec.scripts import is_script
from models_lib.spec.starts import PREPROCESSING, list_starts
from models_lib.spec.types import RunSpec
from store.blobs import Blobs
from store.database import Database
from store.errors import BlobMissing, NotFound
from store.results import artifact_key
from store.starts import find_start
from worker.staging import DamagedFile, FileCache, fetch_checkpoint


class StartLost(Exception):
    """The run that another one begins with, or its checkpoint, is gone."""


def stage_starts(
    database: Database, blobs: Blobs, files: FileCache, spec: dict[str, Any], folder: Path
) -> dict[str, dict[str, str]]:
    """Each start's folder by its key: `checkpoint/`, and what that run learned; raises StartLost, OSError."""
    staged: dict[str, dict[str, str]] = {}
    if is_script(spec):
        return staged
    for start in list_starts(RunSpec.model_validate(spec).model):
        if start.key in staged:
            continue
        path = f"in/starts/{len(staged)}"
        try:
            with database.reading() as session:
                found = find_start(session, start.run, start.checkpoint)
            fetch_checkpoint(blobs, found.prefix, dict(found.manifest), folder / path / "checkpoint")
            if found.preprocessing is not None:
                artifact = found.preprocessing
                files.place(artifact_key(artifact), artifact.sha256, folder / path / PREPROCESSING)
        except (NotFound, BlobMissing, DamagedFile) as error:
            raise StartLost(f"{start.run}, which this run begins with, has lost what it left: {error}") from error
        staged[start.key] = {"path": path}
    return staged
