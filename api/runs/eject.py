"""A run as a plain Keras script: written by its trainer, read from the blobs."""

import json
from typing import Any, Final
from urllib.parse import quote

from api.parts import Parts
from api.problems import Conflict, Fault, NotThereYet
from api.runs.result_schemas import Ejected, EjectedFile
from models_lib.spec.scripts import is_script
from store import results, rows, runs
from store.access import Caller

FOLDER: Final = "eject/"
REFUSED: Final = "refused.json"
WEIGHTS: Final = ".npz"


def eject_run(here: Parts, caller: Caller, run_id: str) -> Ejected:
    """The script and what belongs to it; raises NotFound, NotThereYet, Conflict."""
    with here.database.reading() as session:
        run = runs.get_run(session, run_id)
        artifacts = results.list_artifacts(session, run_id)
    if not artifacts:
        raise NotThereYet(f"{run_id} is ejected when it has succeeded: it is {run.status}.", code="no_script_yet")
    found = [artifact for artifact in artifacts if artifact.path.startswith(FOLDER)]
    files = [show_file(here, run_id, artifact) for artifact in found]
    refused = next((file.text for file in files if file.path == REFUSED), None)
    if not files or refused is not None:
        raise refuse(run_id, refused or why_without(run.spec))
    return Ejected(files=files)


def why_without(spec: dict[str, Any]) -> str | None:
    """Of runs that no script was written for, the reason."""
    if is_script(spec):
        reason = "It is a script already: the component's source and its arguments are all that there is."
        return json.dumps({"pointer": "/model/kind", "reason": reason})
    if not spec.get("dataset"):
        reason = "It was imported and not trained here: there is nothing that a script could do again."
        return json.dumps({"pointer": "/dataset", "reason": reason})
    return None


def show_file(here: Parts, run_id: str, artifact: rows.Artifact) -> EjectedFile:
    """One file; weights are only named."""
    path = artifact.path.removeprefix(FOLDER)
    is_text = not path.endswith(WEIGHTS)
    return EjectedFile(
        path=path,
        text=here.blobs.read_bytes(results.artifact_key(artifact)).decode() if is_text else None,
        href=f"/v1/runs/{run_id}/artifacts/{quote(artifact.path)}",
        sha256=artifact.sha256,
    )


def refuse(run_id: str, told: str | None) -> Conflict:
    """What of the run a plain script cannot say, by its place in the spec, and why."""
    if told is None:
        return Conflict(f"{run_id} has no script: its log says why.", code="not_ejectable")
    said = json.loads(told)
    fault = Fault(pointer=str(said["pointer"]), message=str(said["reason"]), code="not_available")
    message = f"{run_id} does something that a plain script cannot say: {fault.message}"
    return Conflict(message, code="not_ejectable", errors=[fault])
