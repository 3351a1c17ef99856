"""A run as a plain Keras script: written by its trainer, read from the blobs."""

from typing import Final

from api.parts import Parts
from api.problems import Conflict, NotThereYet
from api.runs.result_schemas import Ejected, EjectedFile
from store import results, runs
from store.keys import Caller

FOLDER: Final = "eject/"


def eject_run(here: Parts, caller: Caller, run_id: str) -> Ejected:
    """The script, its lock file and its data manifest; raises NotFound, NotThereYet, Conflict."""
    with here.database.reading() as session:
        run = runs.get_run(session, run_id)
        artifacts = results.list_artifacts(session, run_id)
    if not artifacts:
        raise NotThereYet(f"{run_id} is ejected when it has succeeded: it is {run.status}.", code="no_script_yet")
    found = [artifact for artifact in artifacts if artifact.path.startswith(FOLDER)]
    if not found:
        message = f"{run_id} does something that a plain script cannot say yet: its log says what."
        raise Conflict(message, code="not_ejectable")
    texts = {artifact.path: here.blobs.read_bytes(results.artifact_key(artifact)).decode() for artifact in found}
    return Ejected(files=[EjectedFile(path=path.removeprefix(FOLDER), text=text) for path, text in texts.items()])
