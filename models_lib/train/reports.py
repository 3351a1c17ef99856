"""What a training says of itself while it runs; epochs and steps count from 1."""

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar, Literal

PhaseName = Literal["preparing", "building", "training", "evaluating", "exporting"]
Metrics = Mapping[str, float]
Report = Callable[[dict[str, Any]], None]
MOST_CLASSES = 100


@dataclass(frozen=True)
class Message:
    """One report; `kind` tells it from the others."""

    kind: ClassVar[str]

    def to_json(self) -> dict[str, Any]:
        """The report as JSON can carry it; what is None is left out."""
        given = {part.name: getattr(self, part.name) for part in fields(self)}
        return {"kind": self.kind, **{name: value for name, value in given.items() if value is not None}}


@dataclass(frozen=True)
class Phase(Message):
    """The run has come to this phase."""

    kind: ClassVar[str] = "phase"
    phase: PhaseName


@dataclass(frozen=True)
class Summary(Message):
    """The model that was built."""

    kind: ClassVar[str] = "summary"
    summary: dict[str, Any]


@dataclass(frozen=True)
class Engine(Message):
    """Who runs the epochs, and why."""

    kind: ClassVar[str] = "engine"
    name: str
    why: str


@dataclass(frozen=True)
class Progress(Message):
    """Where the training is; sent at most every 100 ms."""

    kind: ClassVar[str] = "progress"
    epoch: int
    epochs: int
    step: int
    steps: int
    metrics: Metrics
    eta_seconds: float | None


@dataclass(frozen=True)
class Pulse(Message):
    """It goes on where there is no progress to report: in the batches of validation."""

    kind: ClassVar[str] = "pulse"


@dataclass(frozen=True)
class Epoch(Message):
    """A whole epoch is done."""

    kind: ClassVar[str] = "epoch"
    epoch: int
    metrics: Metrics
    seconds: float


@dataclass(frozen=True)
class Steered(Message):
    """Changes were made under way, after `step` batches of the epoch."""

    kind: ClassVar[str] = "steering"
    epoch: int
    step: int
    changes: Mapping[str, Any]


@dataclass(frozen=True)
class SavedFile:
    """A file's hash and size."""

    sha256: str
    bytes: int


@dataclass(frozen=True)
class Checkpoint(Message):
    """A checkpoint is on the disk; `path` leads from `out/` to its folder, `files` from there.

    `epoch` are the whole epochs that it holds, `step` the batches done of the next; the larger its `merit` the better.
    """

    kind: ClassVar[str] = "checkpoint"
    name: str
    epoch: int
    path: str
    metrics: Metrics
    files: Mapping[str, SavedFile]
    step: int | None = None
    merit: float | None = None

    def to_json(self) -> dict[str, Any]:
        return super().to_json() | {"files": {name: asdict(file) for name, file in self.files.items()}}


@dataclass(frozen=True)
class Artifact(Message):
    """A file of the result; `path` leads from `out/artifacts/`. `export`: what was found when it was tried."""

    kind: ClassVar[str] = "artifact"
    path: str
    export: dict[str, Any] | None = None


@dataclass(frozen=True)
class FailedExport(Message):
    """An export that was not made, and why; the training is good all the same."""

    kind: ClassVar[str] = "failed_export"
    format: str
    inputs: str
    pointer: str
    reason: str


@dataclass(frozen=True)
class Warned(Message):
    """Something to know about the result."""

    kind: ClassVar[str] = "warning"
    pointer: str
    code: str
    message: str


@dataclass(frozen=True)
class Scores(Message):
    """Those scores that are new: `{epoch, metrics}`, or `{metrics}` of the test part."""

    kind: ClassVar[str] = "scores"
    best: dict[str, Any] | None = None
    last: dict[str, Any] | None = None
    restored: dict[str, Any] | None = None
    test: dict[str, Any] | None = None


def plain_metrics(logs: Mapping[str, Any]) -> dict[str, float]:
    """Keras' logs as numbers that JSON can carry: what is not finite is a gap in its curve."""
    return {name: number for name, number in numbers_in(logs).items() if math.isfinite(number)}


def numbers_in(logs: Mapping[str, Any]) -> dict[str, float]:
    """Keras' logs as single numbers.

    A component's `train_step` may give metrics within metrics, as Keras' own `compile_metrics` is one; `fit` lifts them
    out, too. A row of numbers that it gives, one for each class, is `recall/0`, `recall/1`, …; the rest has none.
    """
    numbers: dict[str, float] = {}
    for name, value in logs.items():
        shape = tuple(getattr(value, "shape", ()))
        if isinstance(value, Mapping):
            numbers |= numbers_in(value)
        elif shape in ((), (1,)):
            numbers[name] = float(value if not shape else value[0])
        elif len(shape) == 1 and shape[0] <= MOST_CLASSES:
            numbers |= {f"{name}/{at}": float(part) for at, part in enumerate(value)}
    return numbers
