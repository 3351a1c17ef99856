"""What a child made of an imported model, stored as a run's own files."""

from pathlib import Path
from typing import Any

from store.blobs import Blobs
from worker.staging import hash_file
from worker.supervisor.left_files import open_plain

ATTEMPT = 1


def store_imported(blobs: Blobs, run_id: str, out: Path, made: dict[str, Any]) -> dict[str, Any]:
    """The answer with hashes and places; raises NotPlain for a file that is none, OSError, BlobsAway."""
    artifacts = []
    for path in made["files"]:
        file = _plain_file(out / "artifacts", path)
        blobs.put_file(f"runs/{run_id}/artifacts/{ATTEMPT}/{path}", file)
        artifacts.append({"path": path, "bytes": file.stat().st_size, "sha256": hash_file(file)})
    checkpoints = []
    for report in made["checkpoints"]:
        prefix = f"runs/{run_id}/checkpoints/{ATTEMPT}/{report['name']}-{report['epoch']}"
        for name in report["files"]:
            blobs.put_file(f"{prefix}/{name}", _plain_file(out, f"{report['path']}/{name}"))
        checkpoints.append({**report, "prefix": prefix})
    return {"spec": made["spec"], "summary": made["summary"], "artifacts": artifacts, "checkpoints": checkpoints}


def _plain_file(root: Path, name: str) -> Path:
    with open_plain(root, name):
        return root / name
