"""Runs that were trained elsewhere: their rows are made whole, as if an attempt had reported them."""

import mimetypes
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from store.claims import claim_next_run
from store.components import pin_components
from store.endings import finish_run
from store.lifecycle import EndedBy, Status
from store.recording import record_artifact, record_checkpoint, record_summary
from store.rows import Run
from store.runs import add_run
from store.table import Json

WORKER = "import"
LEASE_SECONDS = 60.0
ATTEMPT = 1


@dataclass(frozen=True)
class ImportedFiles:
    """What lies in the blobs: artifacts `{path, bytes, sha256}`, checkpoints `{name, epoch, files, prefix}`."""

    artifacts: Sequence[Mapping[str, Any]]
    checkpoints: Sequence[Mapping[str, Any]]


def add_imported_run(
    session: Session,
    *,
    run_id: str,
    name: str,
    spec: Json,
    summary: Json,
    project_id: str,
    owner_id: str,
    files: ImportedFiles,
    component_ids: Sequence[str] = (),
) -> Run:
    """A run that has succeeded. It waits for nobody: it is claimed here, in a queue of its own, before it is seen."""
    queue = str(spec["queue"])
    run = add_run(
        session,
        run_id=run_id,
        spec=spec,
        name=name,
        project_id=project_id,
        owner_id=owner_id,
        queue=f"{WORKER}-{run_id}",
        datasets={},
    )
    pin_components(session, run.id, component_ids)
    claim = claim_next_run(
        session, worker_id=WORKER, queues=[run.queue], lease_seconds=LEASE_SECONDS, within_limits=False
    )
    assert claim is not None, "it was added to this queue just now"
    record_summary(session, claim, summary)
    for made in files.artifacts:
        media_type = mimetypes.guess_type(made["path"])[0] or "application/octet-stream"
        record_artifact(session, claim, **made, media_type=media_type)
    for kept in files.checkpoints:
        record_checkpoint(
            session,
            claim,
            name=kept["name"],
            epoch=kept["epoch"],
            metrics={},
            bytes=sum(file["bytes"] for file in kept["files"].values()),
            manifest=dict(kept["files"]),
            prefix=kept["prefix"],
        )
    run = finish_run(session, claim, status=Status.SUCCEEDED, ended_by=EndedBy.COMPLETED)
    run.queue = queue
    session.flush()
    return run
