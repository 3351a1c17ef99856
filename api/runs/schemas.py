"""Runs as the API shows them."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from api.shapes import Answer, Body, HeldBack, OpenAnswer, Paging, Tidy
from models_lib.spec.durations import Duration

Status = Literal["queued", "running", "paused", "succeeded", "failed", "cancelled"]
Phase = Literal["preparing", "building", "training", "evaluating", "exporting"]
EndedBy = Literal["completed", "early_stopping", "stop", "cancel", "failure", "timeout"]
Wanted = Literal["run", "pause", "stop", "cancel"]
Sort = Literal["-created_at", "created_at", "-name", "name"]

Tags = Annotated[
    dict[Annotated[str, Field(max_length=100)], Annotated[str, Field(max_length=300)]], Field(max_length=50)
]
Name = Annotated[str, Field(min_length=1, max_length=200), Tidy]
METRIC_NAME = r"[^\s<>=\"\\]{1,200}"
ScoreClaim = Annotated[str, Field(pattern=rf"^{METRIC_NAME}(<=|>=|<|>|=)[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d{{1,3}})?$")]
LayerClass = Annotated[str, Field(min_length=1, max_length=100)]
MOST_CLAIMS = 20
Rate = Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)]


class RunSubmitted(Body):
    """A spec, as an object or as its YAML text. Exactly one of the two."""

    spec: dict[str, Any] | None = Field(default=None, description="The run spec as an object.")
    text: str | None = Field(default=None, max_length=1_000_000, description="The run spec as YAML 1.2 or JSON.")
    changes: dict[str, Any] | None = Field(
        default=None, description="A JSON Merge Patch (RFC 7396) that is applied to the spec before it is judged."
    )


class RunQueued(RunSubmitted):
    """A spec to train."""

    preflight: bool = Field(
        default=True,
        description="Try the run in small beside it, where it takes longer than some seconds: what is found is among "
        "its warnings, and a fault cancels it.",
    )


class RunChanged(Body):
    """What may be changed about a run; what is left out stays."""

    name: Name | None = None
    tags: Tags | None = Field(default=None, description="Replaces all tags.")


class RunCloned(Body):
    """What shall be different about the clone."""

    changes: dict[str, Any] = Field(
        default_factory=dict, description="A JSON Merge Patch (RFC 7396) that is applied to the resolved spec."
    )


class RunExtended(Body):
    """How much longer it shall train."""

    epochs: int = Field(ge=1, le=1_000_000, description="So many epochs more.")


class RunSteered(Body):
    """What shall be different from the next batch on; what is left out stays."""

    learning_rate: Rate | dict[str, Rate] | None = Field(
        default=None, description="Of the optimizer, or by the names of several."
    )
    patience: int | None = Field(default=None, ge=0, le=1_000_000, description="Of early_stopping.")
    epochs: int | None = Field(default=None, ge=1, le=1_000_000, description="How many there shall be in all.")
    checkpoint_every: Duration | None = Field(default=None, description="As fit.checkpoint.every: 30s, 5m, or seconds.")


class RunOrigin(Answer):
    """The run that this one was made from."""

    run: str
    by: Literal["clone", "extend"]


class RunsAsked(Paging):
    """Which runs a list shows."""

    status: list[Status] | None = None
    project: str | None = Field(default=None, description="A project's name or id.")
    tag: list[str] | None = Field(
        default=None, max_length=MOST_CLAIMS, description="`key` or `key:value`; all must match."
    )
    search: str | None = Field(default=None, max_length=200, description="Part of the run's name.")
    dataset: str | None = Field(default=None, description="A data set's id.")
    component: str | None = Field(default=None, description="A component's id: the runs that pin this version.")
    metric: list[ScoreClaim] | None = Field(
        default=None,
        max_length=MOST_CLAIMS,
        description="`val_loss<0.4`: of the best epoch, else of the last; `<=`, `>`, `>=`, `=` too.",
    )
    layer: list[LayerClass] | None = Field(
        default=None, max_length=MOST_CLAIMS, description="The class of a layer that its model has."
    )
    sort: Sort = "-created_at"
    sort_metric: str | None = Field(
        default=None,
        pattern=rf"^-?{METRIC_NAME}$",
        description="By this score and not by `sort`; `-` before it: the greatest first. Runs without it come last.",
    )


class Progress(OpenAnswer):
    """How far the training is."""

    epoch: int | None = None
    epochs: int | None = None
    step: int | None = None
    steps: int | None = None
    eta_seconds: float | None = None
    metrics: dict[str, float | None] = Field(default_factory=dict)


class Scores(OpenAnswer):
    """Metrics, and the epoch that had them (none for the test part and for restored weights)."""

    epoch: int | None = None
    metrics: dict[str, float | None] = Field(default_factory=dict)


class Failure(OpenAnswer):
    """Why a run failed: its kind, the user's own frame, and what to do next."""

    kind: str
    message: str
    frame: str | None = None
    advice: str | None = None


class PhaseSpan(OpenAnswer):
    """One phase, with its start and end."""

    phase: Phase
    started_at: datetime
    ended_at: datetime | None = None


class Engine(OpenAnswer):
    """Which engine trains, and why it was chosen."""

    name: str
    why: str | None = None


class RunDataset(Answer):
    """A data set that a run pins, and the part it plays."""

    id: str
    name: str
    version: int
    part: str = Field(description="train, validation or test; or weights, weights-2, … that its model is given.")


class Warning(OpenAnswer):
    """Something that is allowed and worth knowing."""

    message: str
    pointer: str = ""
    code: str | None = None
    line: int | None = Field(default=None, description="In the text, from 1, where the spec was sent as text.")


class Links(Answer):
    """Where a run's parts are found."""

    self: str
    page: str
    events: str
    metrics: str
    logs: str
    summary: str
    preflight: str
    checkpoints: str
    artifacts: str
    tensorboard: str


class RunListed(Answer):
    """A run without its spec, as lists show it."""

    id: str
    name: str
    project: str
    owner: str
    status: Status
    phase: Phase | None
    wanted: Wanted = Field(description="What its owner asked for.")
    attempt: int
    tags: dict[str, str]
    queue: str
    priority: int
    datasets: list[RunDataset]
    progress: Progress | None
    best: Scores | None
    last: Scores | None
    restored: Scores | None
    test: Scores | None
    failure: Failure | None
    engine: Engine | None
    monitor: str | None = Field(description="The metric that says which epoch is the best; null in a script.")
    parameters: dict[str, int | float | str | bool] = Field(
        description="What one would vary, by its path in the spec: `fit.batch_size`, `compile.optimizer.learning_rate`."
    )
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    ended_by: EndedBy | None
    origin: RunOrigin | None
    live: dict[str, Any] | None = Field(description="What was changed about it under way, and how often (`number`).")
    last_seq: int = Field(description="The number of its newest event.")
    links: Links


class Run(RunListed):
    """A run with its resolved spec."""

    spec: dict[str, Any] = Field(description="Resolved: every default written out.")
    warnings: list[Warning]
    phases: list[PhaseSpan]
    queue_position: int | None = Field(description="1 is next; null when it does not wait.")
    held_back: HeldBack | None = Field(description="Why it waits even where a worker is free.")
