"""Specs in and out: validation, suggestion, templates."""

from typing import Any

from pydantic import Field

from api.runs.result_schemas import Summary
from api.runs.schemas import RunSubmitted, Warning
from api.shapes import Answer, Body, OpenAnswer


class SpecAsked(RunSubmitted):
    """A spec to look at, as an object or as text; nothing is queued."""

    model_only: bool = Field(default=False, description="Check the model without its data set.")


class SpecValidated(Answer):
    """A sound spec."""

    spec: dict[str, Any] = Field(description="Resolved: every default written out.")
    summary: Summary | None = Field(description="Null when the checker was away, and of a script.")
    warnings: list[Warning]
    checked: bool = Field(description="Whether Keras has built the model; else only its structure was judged.")


class PreflightAsked(RunSubmitted):
    """A spec to try, as an object or as text; nothing is queued."""


class FlightStep(Answer):
    """Something that was tried, and worked."""

    name: str
    seconds: float


class Estimate(OpenAnswer):
    """What the whole run will take, on a machine like the checker's."""

    step_ms: float
    steps: int = Field(description="Of one epoch.")
    epochs: int
    seconds: float
    memory_bytes: int


class ExportPreflight(OpenAnswer):
    """An export of the model, after one batch: what was found, or the reason why it cannot be made."""

    format: str
    inputs: str
    ok: bool
    reason: str | None = None
    max_difference: float | None = None
    latency_ms: float | None = None
    bytes: int | None = None


class Preflight(Answer):
    """A spec whose run was tried in small."""

    spec: dict[str, Any] = Field(description="Resolved: every default written out.")
    steps: list[FlightStep]
    summary: Summary | None = Field(description="Null of a script, which is read and not run.")
    exports: list[ExportPreflight]
    estimate: Estimate | None = Field(description="Null of a script.")
    warnings: list[Warning]


class SuggestionAsked(Body):
    """What to guess a starting spec from."""

    project: str | None = Field(default=None, max_length=200, description="A project's name or id.")
    dataset: str = Field(description="Name, name@version or id.", min_length=1, max_length=300)
    target: str = Field(description="The column to predict.", min_length=1, max_length=300)


class Suggestion(Answer):
    """A sound starting spec for a table."""

    spec: dict[str, Any]
    text: str = Field(description="The same as YAML, with comments.")
    notes: list[str]


class Template(Answer):
    """A named starting document."""

    name: str
    title: str
    description: str
    text: str


class Templates(Answer):
    """All templates."""

    data: list[Template]
