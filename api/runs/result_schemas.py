"""What a run leaves behind: curves, log lines, summary, checkpoints, files."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from api.shapes import Answer, Body, OpenAnswer

Step = Annotated[int, Field(ge=0, le=2**53)]


class MetricsAsked(Body):
    """Which series, and how many points of each."""

    names: list[str] | None = Field(default=None, description="Repeated, or separated by commas; all when left out.")
    max_points: int = Field(default=1000, ge=2, le=20_000, description="Per series; more are thinned.")
    first: Step | None = Field(default=None, description="Nothing before this epoch or step.")
    last: Step | None = Field(default=None, description="Nothing after this epoch or step.")
    times: bool = Field(default=False, description="Say of each point when it was told.")


class Series(Answer):
    """One curve: the least and the greatest value of each bucket when there are more points than asked for."""

    name: str
    points: list[tuple[int, float | None]] = Field(description="[epoch or step, value]; null: not a finite number.")
    times: list[datetime] = Field(
        default_factory=list, description="When each of the points was told, where that was asked for."
    )
    shown: int
    total: int = Field(description="How many there are, between `first` and `last` where those were asked for.")


class Metrics(Answer):
    """Curves by name."""

    series: list[Series]


class SketchesAsked(Body):
    """Of which runs, and which curves."""

    run: list[str] = Field(min_length=1, max_length=100, description="Ids.")
    names: list[str] = Field(min_length=1, max_length=20, description="Repeated.")
    max_points: int = Field(default=60, ge=2, le=500, description="Per series; more are thinned.")


class Sketch(Metrics):
    """The curves of one run, small."""

    run: str


class Sketches(Answer):
    """The curves of several runs; a run that is not there, or has none of them, is left out."""

    data: list[Sketch]


class LogsAsked(Body):
    """Which log lines to give."""

    after: str | None = Field(default=None, max_length=100, description="`next_cursor` of the answer before.")
    level: Literal["info", "error"] = Field(default="info", description="`error`: only what went to standard error.")
    limit: int = Field(default=1000, ge=1, le=10_000)


class LogLine(Answer):
    """One line that the training printed."""

    n: int
    at: datetime
    attempt: int
    level: Literal["info", "error"]
    stream: Literal["stdout", "stderr"]
    text: str


class Log(Answer):
    """Lines of a run's log; `next_cursor` is always there, so that a reader may come back for more."""

    data: list[LogLine]
    has_more: bool
    next_cursor: str


class Layer(OpenAnswer):
    """One layer of the model."""

    name: str
    class_name: str = Field(alias="class")
    output_shape: Any = None
    parameters: int = 0


class Summary(OpenAnswer):
    """Layers, shapes and sizes of the model that is trained."""

    layers: list[Layer]
    parameters: int
    trainable_parameters: int
    bytes: int | None = None


class FileHash(Answer):
    """One file of a checkpoint."""

    path: str
    bytes: int
    sha256: str


class Checkpoint(Answer):
    """A state that training may be continued from."""

    id: str
    name: str
    epoch: int
    step: int = Field(description="Batches done of the next epoch: 0 where it was taken between two.")
    attempt: int
    rank: int | None = Field(
        description="Among those that are kept: 1 is the best by `fit.monitor`; null inside an epoch, and where an "
        "epoch has no value of it."
    )
    metrics: dict[str, float | None]
    bytes: int
    files: list[FileHash]
    created_at: datetime


class EjectedFile(Answer):
    """One file of a run that was ejected."""

    path: str
    text: str | None = Field(description="What it says; null where it is no text: then it is fetched from `href`.")
    href: str
    sha256: str


class Ejected(Answer):
    """A run as a plain Keras script: `train.py`, `requirements.txt` (exact versions), `data.json` (a manifest).

    Beside them lies the source of the run's components, under `components/`, and the weights that the run began with
    where another run has left them (`start-0.npz`).
    """

    files: list[EjectedFile]


class WeightsAsked(Body):
    """Which checkpoint's weights."""

    checkpoint: str | None = Field(
        default=None, max_length=100, description="best, last or an epoch's number; else best, or last without one."
    )
    against: str | None = Field(
        default=None, max_length=100, description="Another checkpoint to compare with, named in the same way."
    )
    against_run: str | None = Field(
        default=None, max_length=100, description="Whose checkpoint that is, by its run's id; else this run's own."
    )


class WeightsDifference(Answer):
    """How far a weight is from the other checkpoint's."""

    max: float | None
    mean: float | None
    norm: float = Field(description="Euclidean.")
    changed: int = Field(description="How many of its numbers differ.")


class Weight(Answer):
    """One weight of the core model in numbers; those that are not finite are counted apart."""

    name: str
    shape: list[int]
    dtype: str
    count: int
    mean: float | None
    spread: float | None = Field(description="The standard deviation.")
    min: float | None
    max: float | None
    non_finite: int
    difference: WeightsDifference | None = Field(
        default=None, description="Null where nothing is compared, or there is no weight of this name and shape."
    )


class CheckpointNamed(Answer):
    """Which checkpoint was meant."""

    run: str
    name: str
    epoch: int


class Weights(Answer):
    """The weights of a checkpoint."""

    checkpoint: CheckpointNamed
    against: CheckpointNamed | None
    data: list[Weight]


class ExportTried(OpenAnswer):
    """What was found when an exported model was loaded again and called on real rows."""

    format: str
    inputs: str = Field(description="rows: takes raw rows; tensors: the core model, on prepared tensors.")
    path: str = Field(description="The file, or the folder that its files lie in.")
    bytes: int = Field(description="Of all its files.")
    max_difference: float = Field(description="The largest difference of any number from the trained model's.")
    latency_ms: float = Field(description="For one row, in its own runtime on the worker.")
    rows: int = Field(description="How many real rows were compared.")
    rows_per_call: int | None = Field(default=None, description="How many rows it takes at once; null: any number.")


class Artifact(Answer):
    """A file that the run produced."""

    path: str
    bytes: int
    sha256: str
    media_type: str
    attempt: int
    created_at: datetime
    href: str
    export: ExportTried | None = Field(default=None, description="Of the file that stands for an export.")
