"""The data sets that a spec names: found, and pinned to one version."""

from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy.orm import Session

from api.problems import Fault
from models_lib.spec.dataset import DatasetProfile
from models_lib.spec.given_weights import DOWNLOADED
from models_lib.spec.names import did_you_mean, nearest
from store import datasets, people, rows
from store.access import Caller, settle_project
from store.errors import AmbiguousProject, NotFound
from store.rows import Project

PARTS: Final = {
    "train": ("dataset",),
    "validation": ("split", "validation_dataset"),
    "test": ("split", "test_dataset"),
}
Path = tuple[str | int, ...]
DEEPEST: Final = 32


@dataclass
class Pinned:
    """A document whose references say `name@version`, and what they mean."""

    document: object
    ids: dict[str, str] = field(default_factory=dict)
    profiles: dict[str, DatasetProfile] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    name: str = "run"

    @property
    def known_profiles(self) -> dict[str, DatasetProfile] | None:
        """None where a reference leads nowhere: the rest of the spec can be judged all the same."""
        return None if self.faults else self.profiles


def find_project(session: Session, caller: Caller, document: object) -> Project | Fault:
    """The project of a document, which names one or is the caller's own's; or what is wrong with the name.

    Raises NotAllowed.
    """
    try:
        return settle_project(session, caller, project_of(document))
    except NotFound as error:
        return miss("/project", error, sorted(people.project_names(session).values()))
    except AmbiguousProject as error:
        found = list(error.found)
        return Fault(pointer="/project", message=str(error), code="bad_reference", found=error.name, allowed=found)


def pin_datasets(session: Session, project_id: str | None, document: object) -> Pinned:
    """Find every data set that the document names; a document of a wrong shape is left to the resolver."""
    pinned = Pinned(deepcopy(document))
    if project_id is None:
        return pinned
    for part, path in PARTS.items():
        pin_part(session, pinned, project_id, part, path)
    for n, place in enumerate(places_of_weights(pinned.document), 1):
        pin_part(session, pinned, project_id, "weights" if n == 1 else f"weights-{n}", place)
    return pinned


def places_of_weights(document: object) -> list[Path]:
    """Where the document names weights: at its model, and at models inside it."""
    found: list[Path] = []
    waiting: list[tuple[Path, Any]] = [(("model",), document.get("model") if isinstance(document, dict) else None)]
    while waiting:
        path, model = waiting.pop(0)
        if not isinstance(model, dict):
            continue
        if model.get("weights") not in (None, DOWNLOADED):
            found.append((*path, "weights"))
        layers = model.get("layers")
        inner = enumerate(layers) if isinstance(layers, list) and len(path) < DEEPEST else ()
        waiting += [((*path, "layers", n, "model"), x.get("model")) for n, x in inner if isinstance(x, dict)]
    return found


def project_of(document: object) -> str | None:
    """The project that the document names, if it does."""
    named = document.get("project") if isinstance(document, dict) else None
    return named if isinstance(named, str) else None


def pin_part(session: Session, pinned: Pinned, project_id: str, part: str, path: Path) -> None:
    """Replace one reference by `name@version`, or note that it leads nowhere."""
    holder: Any = pinned.document
    for step in path[:-1]:
        holder = holder[step] if isinstance(step, int) else holder.get(step) if isinstance(holder, dict) else None
    reference = holder.get(path[-1]) if isinstance(holder, dict) else None
    if not isinstance(reference, str):
        return
    try:
        found = datasets.find_dataset(session, project_id, reference)
    except NotFound as error:
        pinned.faults.append(miss("/" + "/".join(map(str, path)), error, datasets.list_names(session, project_id)))
        return
    holder[path[-1]] = full_name(found)
    pinned.ids[part] = found.id
    pinned.profiles[full_name(found)] = DatasetProfile.model_validate(found.profile)
    pinned.name = found.name if part == "train" else pinned.name


def full_name(dataset: rows.Dataset) -> str:
    """`name@version`."""
    return f"{dataset.name}@{dataset.version}"


def miss(pointer: str, error: NotFound, names: list[str]) -> Fault:
    """A reference that leads nowhere, with the nearest name."""
    near = nearest(error.name, names)
    return Fault(
        pointer=pointer,
        message=f"There is no {error.kind} {error.name!r}{did_you_mean(near) or '.'}",
        code="bad_reference",
        found=error.name,
        allowed=names[:50],
        did_you_mean=near,
        patch=[{"op": "replace", "path": pointer, "value": near}] if near else None,
    )
