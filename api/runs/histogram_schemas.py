"""What is asked of weights over the epochs, and what is answered."""

from pydantic import Field

from api.shapes import Answer, Body


class HistogramsAsked(Body):
    """Of which weights."""

    name: list[str] = Field(default=[], max_length=20, description="Weights, such as `dense/kernel`; repeated.")
    epochs: int = Field(default=40, ge=2, le=100, description="At most so many of each, evenly over the training.")


class Histogram(Answer):
    """A weight at the end of one epoch: between each edge and the next how many of its numbers lie."""

    epoch: int
    edges: list[float]
    counts: list[float]


class WeightHistograms(Answer):
    """One weight over the epochs."""

    name: str
    histograms: list[Histogram]


class Histograms(Answer):
    """Weights as histograms; one that has none is left out."""

    names: list[str] = Field(description="All weights of which there are any.")
    data: list[WeightHistograms]
