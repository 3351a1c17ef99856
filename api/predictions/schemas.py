"""Raw rows in, predictions out."""

from typing import Any, Literal

from pydantic import Field

from api.problems import Fault
from api.shapes import Answer, Body


class PredictionAsked(Body):
    """Raw rows, each an object by column (or input) name; or a data set. Exactly one of the two."""

    instances: list[Any] | None = Field(default=None, min_length=1, max_length=10_000)
    dataset: str | None = Field(
        default=None, min_length=1, max_length=300, description="Name, name@version or id: predicted as a job (202)."
    )


class Predictions(Answer):
    """One prediction per instance: a bare value where the model has a single output, else an object by output name."""

    predictions: list[Any]


class ExplanationAsked(Body):
    """Raw rows, and what of them is asked."""

    instances: list[Any] = Field(min_length=1, max_length=1_000)
    method: Literal["gradients", "jacobian", "integrated_gradients"] = Field(
        default="gradients", description="jacobian: the gradients of every unit of an output."
    )
    output: str | None = Field(default=None, max_length=200, description="One output alone; all when left out.")
    unit: bool | int | float | str | None = Field(
        default=None, description="A label, or a unit's number from 0; the likeliest label, or the first unit."
    )
    steps: int = Field(default=50, ge=2, le=500, description="Of the integral.")


class Explanations(Answer):
    """One explanation per instance: by output, then by column (or input, where a column is no single number).

    With respect to the prepared tensors, which the core model is trained on; integrated from tensors of zeros.
    """

    method: str
    with_respect_to: Literal["prepared"] = "prepared"
    explanations: list[dict[str, Any]]


class DatasetAsked(Body):
    """A data set to work through."""

    dataset: str = Field(min_length=1, max_length=300, description="Name, name@version or id.")


class JobProgress(Answer):
    """How far a job is."""

    rows: int
    of: int


class DatasetJob(Answer):
    """Work over a whole data set; ask `href` again while it runs."""

    id: str
    run_id: str
    kind: Literal["predict", "evaluate"]
    dataset: str
    status: Literal["running", "succeeded", "failed"]
    progress: JobProgress | None = Field(default=None, description="While it runs, once it has begun.")
    rows: int | None = None
    metrics: dict[str, float] | None = Field(default=None, description="Of `evaluate`, by Keras' names.")
    reason: str | None = Field(default=None, description="Why it failed.")
    errors: list[Fault] = Field(default_factory=list)
    href: str
    result: str | None = Field(description="Of `predict`: where its predictions lie, a line of JSON per row.")
