"""The events of a run, one shape per kind."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from api.runs.result_schemas import ExportTried
from api.runs.schemas import EndedBy, Failure, Phase, Progress, Status
from api.shapes import Answer, Body, OpenAnswer

EventNumber = Annotated[int, Field(ge=0, le=2**53)]


class EventsAsked(Body):
    """Which events to give."""

    after: EventNumber = Field(default=0, description="Only events with a greater `seq`.")
    limit: int = Field(default=200, ge=1, le=1000)


class Recorded(OpenAnswer):
    """What every event carries: its place in the run's dense sequence."""

    seq: int
    at: datetime
    attempt: int


class StatusEvent(Recorded):
    """The run has another status."""

    kind: Literal["status"]
    status: Status
    ended_by: EndedBy | None = None
    request_id: str | None = Field(default=None, description="Of the first event: the request that made the run.")


class PhaseEvent(Recorded):
    """A phase begins."""

    kind: Literal["phase"]
    phase: Phase


class ProgressEvent(Progress, Recorded):
    """The training moved on."""

    kind: Literal["progress"]


class MetricsEvent(Recorded):
    """An epoch ended with these metrics."""

    kind: Literal["metrics"]
    epoch: int
    metrics: dict[str, float | None] = Field(default_factory=dict)
    seconds: float | None = None


class LogEvent(Recorded):
    """Lines were added to the log."""

    kind: Literal["log"]
    chunk: int
    first_line: int
    lines: int
    level: str


class CheckpointEvent(Recorded):
    """A checkpoint was kept."""

    kind: Literal["checkpoint"]
    name: str
    epoch: int | None = None
    step: int = Field(default=0, description="Batches done of the next epoch.")
    metrics: dict[str, float | None] = Field(default_factory=dict)
    bytes: int | None = None


class AttemptEvent(Recorded):
    """An attempt started or ended."""

    kind: Literal["attempt"]
    number: int
    worker: str | None = None
    state: str
    reason: str | None = None


class ArtifactEvent(Recorded):
    """A file of the result is there."""

    kind: Literal["artifact"]
    path: str
    bytes: int
    sha256: str
    export: ExportTried | None = None


class SteeringEvent(Recorded):
    """Something was changed under way, after `step` batches of the epoch."""

    kind: Literal["steering"]
    epoch: int
    step: int
    changes: dict[str, int | float | dict[str, float]]


class HealthEvent(Recorded):
    """Something about the training's health."""

    kind: Literal["health"]


class EndEvent(Recorded):
    """The run is over; no event follows."""

    kind: Literal["end"]
    status: Status
    ended_by: EndedBy | None = None
    failure: Failure | None = None


Event = Annotated[
    StatusEvent
    | PhaseEvent
    | ProgressEvent
    | MetricsEvent
    | LogEvent
    | CheckpointEvent
    | AttemptEvent
    | ArtifactEvent
    | SteeringEvent
    | HealthEvent
    | EndEvent,
    Field(discriminator="kind"),
]


class EventPage(Answer):
    """Events in their order; `next_cursor` is the last one's `seq`, for `?after=`."""

    data: list[Event]
    has_more: bool
    next_cursor: int
