"""Runs that a spec's models begin with: found, judged, and written out with what they trained."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy.orm import Session

from api.problems import Fault
from models_lib.spec.faults import join_pointer
from store import results, rows, runs, starts
from store.blobs import Blobs
from store.errors import NotFound

DEEPEST: Final = 32
TAKEN_OVER: Final = ("inputs", "targets", "windows", "compile")
"""What a spec whose whole model is another run's may leave out."""
Path = tuple[str | int, ...]
Fields = dict[str, Any]


@dataclass
class PinnedRuns:
    """A document whose models of kind `run` say what those runs trained, and by which checkpoint they begin."""

    document: Any
    faults: list[Fault] = field(default_factory=list)
    summary: dict[str, Any] | None = None
    """Of the run that the whole model is; to compare with what the model becomes on this spec's inputs."""

    def refuse(self, path: Path, message: str, found: object, allowed: object = None) -> None:
        pointer = join_pointer("", *path)
        fault = Fault(pointer=pointer, message=message, code="bad_reference", found=found, allowed=allowed)
        self.faults.append(fault)


def pin_runs(session: Session, blobs: Blobs, project_id: str | None, document: object) -> PinnedRuns:
    """Find every run that the document begins with, in its own project: so a run's weights and components stay there.

    A document of a wrong shape is left to the resolver.
    """
    pinned = PinnedRuns(deepcopy(document))
    for path, model in list(find_runs(pinned.document)):
        run = find_source(session, pinned, project_id, path, model)
        if run is not None and settle_checkpoint(session, blobs, pinned, path, run):
            write_out(pinned, path, model, run)
    return pinned


def find_runs(document: Any) -> Iterator[tuple[Path, Fields]]:
    """Models of kind `run`, and where they stand."""
    waiting: list[tuple[Path, Any]] = [(("model",), document.get("model") if isinstance(document, dict) else None)]
    while waiting:
        path, model = waiting.pop(0)
        if not isinstance(model, dict):
            continue
        if model.get("kind") == "run":
            yield path, model
            continue
        layers = model.get("layers")
        inner = enumerate(layers) if isinstance(layers, list) and len(path) < DEEPEST else ()
        waiting += [((*path, "layers", n, "model"), x.get("model")) for n, x in inner if isinstance(x, dict)]


def find_source(
    session: Session, pinned: PinnedRuns, project_id: str | None, path: Path, model: Fields
) -> rows.Run | None:
    """The run that is named, if it has ended."""
    named = model.get("run")
    try:
        run = runs.get_run(session, named if isinstance(named, str) else "")
    except NotFound:
        pinned.refuse((*path, "run"), f"There is no run {str(named)[:80]!r}.", named, "the id of a run")
        return None
    if run.project_id != project_id:
        message = f"{run.id} is in another project: what it learned stays there."
        pinned.refuse((*path, "run"), message, named, "the id of a run of the same project")
        return None
    if not run.status.is_final:
        message = f"{run.id} is {run.status}: begin with it when it has ended, or stop it."
        pinned.refuse((*path, "run"), message, run.status, "a run that has ended")
        return None
    return run


def settle_checkpoint(session: Session, blobs: Blobs, pinned: PinnedRuns, path: Path, run: rows.Run) -> bool:
    """Write down which checkpoint it is; false where it is lost, or what was learned of the inputs is."""
    model = value_at(pinned.document, path)
    asked = model.get("checkpoint")
    kept = results.list_checkpoints(session, run.id)
    names = [checkpoint.name for checkpoint in kept]
    wanted = str(asked) if asked is not None else "best" if "best" in names else "last"
    try:
        found = results.get_checkpoint(session, run.id, wanted)
    except NotFound:
        message = f"{run.id} has no checkpoint {wanted!r}: it has {', '.join(names) or 'none'}."
        at = (*path, "run" if asked is None else "checkpoint")
        pinned.refuse(at, message, asked or run.id, names)
        return False
    if not all(blobs.exists(f"{found.prefix}/{name}") for name in found.manifest):
        pinned.refuse((*path, "run"), f"The files of {run.id}'s checkpoint {found.name!r} are lost.", run.id, names)
        return False
    if not model.get("readapt") and starts.find_preprocessing(session, run.id) is None:
        message = f"{run.id} ({run.status}) left nothing of what it learned of its inputs: write readapt: true."
        pinned.refuse((*path, "readapt"), message, model.get("readapt", False), True)
        return False
    model["checkpoint"] = wanted
    return True


def write_out(pinned: PinnedRuns, path: Path, model: Fields, run: rows.Run) -> None:
    """That run's model beneath `model`; and what the document leaves out and the run says."""
    spec: Fields = deepcopy(run.spec)
    document = pinned.document
    model["model"] = own_model(spec)
    is_whole = path == ("model",)
    for name in TAKEN_OVER if is_whole else TAKEN_OVER[:1]:
        if document.get(name) is None and spec.get(name) is not None:
            document[name] = spec[name]
    pin_components(document, spec)
    if is_whole:
        pinned.summary = run.summary
    elif model["model"]["kind"] == "functional":
        model["model"]["inputs"] = list(spec["inputs"])


def own_model(spec: Fields) -> Fields:
    """What the run trained; of one that began with another run's weights itself, the layers that it froze, frozen."""
    model: Fields = spec["model"]
    if model["kind"] != "run":
        return model
    inner: Fields = model["model"]
    if "trainable" in inner:
        inner["trainable"] = {**inner["trainable"], **model["trainable"]}
    return inner


def pin_components(document: Any, spec: Fields) -> None:
    """The components of that run, in the versions that it was trained with, beside those that the document pins."""
    written = document.get("components")
    listed = [written] if isinstance(written, str) else list(written) if isinstance(written, list) else []
    named = {str(reference).partition("@")[0] for reference in listed}
    listed += [reference for reference in spec["components"] if reference.partition("@")[0] not in named]
    if listed:
        document["components"] = listed


def value_at(document: Any, path: Path) -> Any:
    """The value at a path that was found there."""
    for step in path:
        document = document[step]
    return document


def compare_layers(pinned: PinnedRuns, summary: dict[str, Any] | None) -> list[Fault]:
    """Layers that this spec's inputs make larger or smaller than that run's weights are."""
    if pinned.summary is None or summary is None:
        return []
    there = {layer["name"]: layer["parameters"] for layer in pinned.summary["layers"]}
    here = {layer["name"]: layer["parameters"] for layer in summary["layers"]}
    unequal = [name for name in there if name in here and here[name] != there[name]]
    run = pinned.document["model"]["run"]
    return [
        Fault(
            pointer="/model/run",
            message=f"Layer {name!r} has {here[name]} parameters on these inputs, and {there[name]} in {run}.",
            code="bad_shape",
            found=here[name],
            allowed=there[name],
        )
        for name in unequal[:5]
    ]
