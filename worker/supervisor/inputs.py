"""What a trainer finds in its folder: the data, the checkpoint to go on from, and its job."""

import json
import shutil
from pathlib import Path
from typing import Any

import structlog

from models_lib.spec.scripts import is_script
from store.blobs import Blobs
from store.claims import Claim
from store.database import Database
from store.errors import BlobMissing
from store.results import find_checkpoint, list_checkpoints
from store.rows import Checkpoint
from store.settings import Settings
from store.steering import extended_by
from worker.linking import Links, place_dataset
from worker.staging import DamagedFile, FileCache, fetch_checkpoint, place_components
from worker.starts import stage_starts
from worker.supervisor.script_inputs import lay_script

log = structlog.get_logger()


class ExtendedRunGone(Exception):
    """There is nothing to go on from."""


class InputStager:
    """Fills attempt folders from the blobs; data sets come through the worker's cache."""

    def __init__(self, settings: Settings, database: Database, blobs: Blobs) -> None:
        home = settings.home
        self._links = Links(settings)
        self._database = database
        self._blobs = blobs
        self._datasets = FileCache(home / "cache" / "datasets", blobs)
        self._components = FileCache(home / "cache" / "components", blobs)

    def stage_inputs(self, claim: Claim, folder: Path, *, threads: int, cpu_devices: int = 1) -> Checkpoint | None:
        """Write `in/`; the checkpoint that the attempt goes on from.

        Raises DamagedFile, BlobMissing, StartLost, OSError.
        """
        for name in ("in", "out/artifacts", "out/checkpoints", "tmp"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        place_components(self._components, claim.components, folder / "in" / "components")
        checkpoint = self._stage_checkpoint(claim, folder / "in" / "checkpoint")
        job = {
            "run_id": claim.run_id,
            "attempt": claim.attempt,
            "spec": claim.spec,
            **self._stage_datasets(claim, folder),
            "starts": stage_starts(self._database, self._blobs, self._datasets, claim.spec, folder),
            "resume": "in/checkpoint" if checkpoint else None,
            "is_extension": checkpoint is not None and checkpoint.run_id != claim.run_id,
            "live": claim.live,
            "threads": threads,
            "cpu_devices": cpu_devices,
        }
        (folder / "in" / "job.json").write_text(json.dumps(job))
        if is_script(claim.spec):
            lay_script(claim, folder)
        return checkpoint

    def _stage_datasets(self, claim: Claim, folder: Path) -> dict[str, dict[str, Any]]:
        """Rows by part, and files of weights by `name@version`."""
        staged: dict[str, dict[str, Any]] = {"parts": {}, "weights": {}}
        for dataset in claim.datasets:
            path = f"in/{dataset.part}.{dataset.format}"
            place_dataset(self._datasets, self._links, sha256=dataset.sha256, link=dataset.link, at=folder / path)
            file = {"path": path, "profile": dataset.profile}
            if dataset.format == "weights":
                staged["weights"][f"{dataset.name}@{dataset.version}"] = file
            else:
                staged["parts"][dataset.part] = file
        return staged

    def _stage_checkpoint(self, claim: Claim, at: Path) -> Checkpoint | None:
        """The newest whole checkpoint of an earlier attempt; without one the run starts anew.

        A run that extends another starts from that one's last; raises ExtendedRunGone.
        """
        if is_script(claim.spec):
            return None
        for checkpoint in self._newest_first(claim):
            if self._fetch(checkpoint, at):
                return checkpoint
        if extended := extended_run(claim):
            raise ExtendedRunGone(f"The run {extended}, which this one extends, has no whole checkpoint any more.")
        return None

    def _newest_first(self, claim: Claim) -> list[Checkpoint]:
        with self._database.reading() as session:
            own = list_checkpoints(session, claim.run_id) if claim.attempt > 1 else []
            extended = extended_run(claim)
            last = find_checkpoint(session, extended, "last") if extended else None
        return [*reversed(own), *([last] if last else [])]

    def _fetch(self, checkpoint: Checkpoint, at: Path) -> bool:
        """False where it is damaged, which is left alone."""
        try:
            fetch_checkpoint(self._blobs, checkpoint.prefix, checkpoint.manifest, at)
        except (BlobMissing, DamagedFile) as error:
            log.warning("checkpoint_damaged", run=checkpoint.run_id, name=checkpoint.name, error=str(error))
            shutil.rmtree(at, ignore_errors=True)
            return False
        return True


def extended_run(claim: Claim) -> str | None:
    """The run that this one extends."""
    return extended_by(claim.origin)
