"""What a trainer says, judged before anything is done with it: users' code holds the same pipe."""

import json
import math
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, FiniteFloat, TypeAdapter, ValidationError

from models_lib.spec.exports import Feed, Format
from models_lib.train.reports import PhaseName
from store.lifecycle import EndedBy, FailureKind

LONGEST_REPORT = 8 * 1024 * 1024
MOST_FILES = 100

Count = Annotated[int, Field(ge=0, lt=2**31)]
Name = Annotated[str, Field(min_length=1, max_length=500)]
Metrics = Annotated[dict[Name, FiniteFloat | None], Field(max_length=10_000)]
CheckpointName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]*$", max_length=100)]


class PhaseReport(BaseModel):
    kind: Literal["phase"]
    phase: PhaseName


class SummaryReport(BaseModel):
    kind: Literal["summary"]
    summary: dict[str, Any]


class EngineReport(BaseModel):
    kind: Literal["engine"]
    name: str
    why: str


class ProgressReport(BaseModel):
    kind: Literal["progress"]
    epoch: Count
    epochs: Count
    step: Count
    steps: Count
    metrics: Metrics
    eta_seconds: FiniteFloat | None = None


class PulseReport(BaseModel):
    kind: Literal["pulse"]


class EpochReport(BaseModel):
    kind: Literal["epoch"]
    epoch: Count
    metrics: Metrics
    seconds: FiniteFloat


class SteeringReport(BaseModel):
    kind: Literal["steering"]
    epoch: Count
    step: Count
    changes: Annotated[dict[Name, int | FiniteFloat | dict[Name, FiniteFloat]], Field(max_length=20)]


class SavedFile(BaseModel):
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    bytes: Annotated[int, Field(ge=0, lt=2**63)]


class CheckpointReport(BaseModel):
    kind: Literal["checkpoint"]
    name: CheckpointName
    epoch: Count
    path: Name
    metrics: Metrics
    files: Annotated[dict[Name, SavedFile], Field(min_length=1, max_length=MOST_FILES)]
    step: Count | None = None
    merit: FiniteFloat | None = None


class TriedExport(BaseModel):
    format: Format
    inputs: Feed
    path: Name
    bytes: Annotated[int, Field(ge=0, lt=2**63)]
    max_difference: FiniteFloat
    latency_ms: FiniteFloat
    rows: Count
    seconds: FiniteFloat
    tensors: Annotated[dict[Name, list[int | None]], Field(max_length=4096)]
    rows_per_call: Count | None = None


class ArtifactReport(BaseModel):
    kind: Literal["artifact"]
    path: Name
    export: TriedExport | None = None


class FailedExportReport(BaseModel):
    kind: Literal["failed_export"]
    format: Format
    inputs: Feed
    pointer: Annotated[str, Field(max_length=200)]
    reason: Annotated[str, Field(max_length=2000)]


class Score(BaseModel):
    epoch: Count | None = None
    metrics: Metrics


class ScoresReport(BaseModel):
    kind: Literal["scores"]
    best: Score | None = None
    last: Score | None = None
    restored: Score | None = None
    test: Score | None = None


class HealthReport(BaseModel, extra="allow"):
    kind: Literal["health"]


class PausedReport(BaseModel):
    kind: Literal["paused"]


class CompanyLostReport(BaseModel):
    kind: Literal["company_lost"]


class WarningReport(BaseModel):
    kind: Literal["warning"]
    pointer: Annotated[str, Field(max_length=200)]
    code: Annotated[str, Field(pattern="^[a-z_]+$", max_length=100)]
    message: Annotated[str, Field(max_length=2000)]


class EndReport(BaseModel):
    kind: Literal["end"]
    ended_by: EndedBy


class Failure(BaseModel):
    kind: FailureKind
    message: str
    advice: str
    frame: str | None = None


class FailureReport(BaseModel):
    kind: Literal["failure"]
    failure: Failure


Known = Annotated[
    PhaseReport
    | SummaryReport
    | EngineReport
    | ProgressReport
    | PulseReport
    | EpochReport
    | CheckpointReport
    | ArtifactReport
    | FailedExportReport
    | ScoresReport
    | HealthReport
    | SteeringReport
    | PausedReport
    | CompanyLostReport
    | WarningReport
    | EndReport
    | FailureReport,
    Field(discriminator="kind"),
]
KNOWN: TypeAdapter[Known] = TypeAdapter(Known)


class Garbage(Exception):
    """A line that is no report."""


def read_report(line: bytes) -> dict[str, Any]:
    """One of the trainer's reports, with the fields that it should have and no others; raises Garbage."""
    if b"\\u0000" in line:
        raise Garbage("it has a NUL character")
    try:
        said = json.loads(line, parse_constant=lambda _: None, parse_float=_finite)
        if b"\\ud" in line.lower():
            json.dumps(said, ensure_ascii=False).encode()
        return KNOWN.validate_python(said).model_dump(exclude_unset=True)
    except ValidationError as error:
        wrong = error.errors(include_input=False, include_url=False, include_context=False)[0]
        raise Garbage(f"{'.'.join(map(str, wrong['loc']))[:200]}: {wrong['msg'][:200]}") from error
    except (ValueError, RecursionError) as error:
        raise Garbage(f"it is no JSON that can be kept: {str(error)[:200]}") from error


class ReportLines:
    """Cuts what comes out of the pipe into lines; one that never ends is given up."""

    def __init__(self) -> None:
        self._rest = b""
        self._is_endless = False

    def take(self, data: bytes) -> list[bytes]:
        """The lines that are complete now."""
        *lines, rest = (self._rest + data).split(b"\n")
        if lines and self._is_endless:
            self._is_endless = False
            del lines[0]
        self._is_endless = self._is_endless or len(rest) > LONGEST_REPORT
        self._rest = b"" if self._is_endless else rest
        return lines


def _finite(written: str) -> float | None:
    number = float(written)
    return number if math.isfinite(number) else None
