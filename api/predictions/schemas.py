"""Raw rows in, predictions out."""

from typing import Any

from pydantic import Field

from api.shapes import Answer, Body


class PredictionAsked(Body):
    """Raw rows, each an object by column (or input) name."""

    instances: list[Any] = Field(min_length=1, max_length=10_000)


class Predictions(Answer):
    """One prediction per instance: a bare value where the model has a single output, else an object by output name."""

    predictions: list[Any]
