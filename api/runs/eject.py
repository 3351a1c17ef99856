"""A run as a plain Keras script: written by its trainer, read from the blobs."""

import json
from typing import Final

from api.parts import Parts
from api.problems import Conflict, Fault, NotThereYet
from api.runs.result_schemas import Ejected, EjectedFile
from store import results, runs
from store.access import Caller

FOLDER: Final = "eject/"
REFUSED: Final = "refused.json"


def eject_run(here: Parts, caller: Caller, run_id: str) -> Ejected:
    """The script and what belongs to it; raises NotFound, NotThereYet, Conflict."""
    with here.database.reading() as session:
        run = runs.get_run(session, run_id)
        artifacts = results.list_artifacts(session, run_id)
    if not artifacts:
        raise NotThereYet(f"{run_id} is ejected when it has succeeded: it is {run.status}.", code="no_script_yet")
    found = [artifact for artifact in artifacts if artifact.path.startswith(FOLDER)]
    texts = {
        artifact.path.removeprefix(FOLDER): here.blobs.read_bytes(results.artifact_key(artifact)).decode()
        for artifact in found
    }
    if not texts or REFUSED in texts:
        raise refuse(run_id, texts.get(REFUSED))
    return Ejected(files=[EjectedFile(path=path, text=text) for path, text in texts.items()])


def refuse(run_id: str, told: str | None) -> Conflict:
    """What of the run a plain script cannot say, by its place in the spec, and why."""
    if told is None:
        return Conflict(f"{run_id} has no script: its log says why.", code="not_ejectable")
    said = json.loads(told)
    fault = Fault(pointer=str(said["pointer"]), message=str(said["reason"]), code="not_available")
    message = f"{run_id} does something that a plain script cannot say: {fault.message}"
    return Conflict(message, code="not_ejectable", errors=[fault])
