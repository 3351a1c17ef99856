"""Models that begin with another run's weights: which run, which checkpoint, which model of the core."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from models_lib.spec.faults import Fault, join_pointer
from models_lib.spec.models import NestedLayer, RunModel, StackedModel

PREPROCESSING = "preprocessing.json"
"""The artifact that says what a run learned of its inputs and targets."""
INNER_FIELDS = ("layers", "config", "class_name")


@dataclass(frozen=True)
class Start:
    """`pointer` says where the run is named, `path` which model inside the core gets its weights."""

    pointer: str
    run: str
    checkpoint: str
    readapt: bool
    path: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """One for all models that begin alike."""
        return f"{self.run}/{self.checkpoint}"


def list_starts(model: Any, pointer: str = "/model", path: tuple[str, ...] = ()) -> Iterator[Start]:
    """Every model that begins with a run's weights; what is inside of one begins with them, too."""
    if isinstance(model, RunModel):
        yield Start(join_pointer(pointer, "run"), model.run, model.checkpoint, model.readapt, path)
    for n, layer in enumerate(getattr(model, "layers", ())):
        if isinstance(layer, NestedLayer | StackedModel):
            yield from list_starts(layer.model, join_pointer(pointer, "layers", n, "model"), (*path, layer.name))


def move_faults(model: Any, faults: Iterable[Fault]) -> list[Fault]:
    """Faults of a whole run's model that another run wrote, at the place where this spec names that run."""
    if not isinstance(model, RunModel):
        return list(faults)
    return [_moved(fault) if _is_inside(fault.pointer) else fault for fault in faults]


def _is_inside(pointer: str) -> bool:
    steps = pointer.split("/")
    return len(steps) > 2 and steps[1] == "model" and steps[2] in INNER_FIELDS


def _moved(fault: Fault) -> Fault:
    message = f"{fault.message} (at {fault.pointer.removeprefix('/model/')} of that run's model)"
    return fault.model_copy(update={"pointer": "/model/run", "message": message, "patch": None, "span": None})
