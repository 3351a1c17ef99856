"""What a trainer finds in its folder: the data, the checkpoint to go on from, and its job."""

import json
import shutil
from pathlib import Path
from typing import Any

import structlog

from store.blobs import Blobs
from store.claims import Claim
from store.database import Database
from store.errors import BlobMissing
from store.results import find_checkpoint
from store.rows import Checkpoint
from store.settings import Settings
from worker.linking import Links, place_dataset
from worker.staging import DamagedFile, FileCache, fetch_checkpoint, place_components

log = structlog.get_logger()


class InputStager:
    """Fills attempt folders from the blobs; data sets come through the worker's cache."""

    def __init__(self, settings: Settings, database: Database, blobs: Blobs) -> None:
        home = settings.home
        self._links = Links(settings)
        self._database = database
        self._blobs = blobs
        self._datasets = FileCache(home / "cache" / "datasets", blobs)
        self._components = FileCache(home / "cache" / "components", blobs)

    def stage_inputs(self, claim: Claim, folder: Path, *, threads: int) -> Checkpoint | None:
        """Write `in/`; the checkpoint that the attempt goes on from. Raises DamagedFile, BlobMissing, OSError."""
        for name in ("in", "out/artifacts", "out/checkpoints", "tmp"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        place_components(self._components, claim.components, folder / "in" / "components")
        checkpoint = self._stage_checkpoint(claim, folder / "in" / "checkpoint")
        job = {
            "run_id": claim.run_id,
            "attempt": claim.attempt,
            "spec": claim.spec,
            "parts": self._stage_datasets(claim, folder),
            "resume": "in/checkpoint" if checkpoint else None,
            "threads": threads,
        }
        (folder / "in" / "job.json").write_text(json.dumps(job))
        return checkpoint

    def _stage_datasets(self, claim: Claim, folder: Path) -> dict[str, dict[str, Any]]:
        parts = {}
        for dataset in claim.datasets:
            path = f"in/{dataset.part}.{dataset.format}"
            place_dataset(self._datasets, self._links, sha256=dataset.sha256, link=dataset.link, at=folder / path)
            parts[dataset.part] = {"path": path, "profile": dataset.profile}
        return parts

    def _stage_checkpoint(self, claim: Claim, at: Path) -> Checkpoint | None:
        """An earlier attempt's last checkpoint; one that is damaged is left alone, and the run starts anew."""
        if claim.attempt == 1:
            return None
        with self._database.reading() as session:
            checkpoint = find_checkpoint(session, claim.run_id, "last")
        if checkpoint is None:
            return None
        try:
            fetch_checkpoint(self._blobs, checkpoint.prefix, checkpoint.manifest, at)
        except (BlobMissing, DamagedFile) as error:
            log.warning("checkpoint_damaged", run=claim.run_id, error=str(error))
            shutil.rmtree(at, ignore_errors=True)
            return None
        return checkpoint
