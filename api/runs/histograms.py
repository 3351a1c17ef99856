"""Weights as histograms over a run's epochs: the trainer writes them for TensorBoard, and the boards have read them."""

from collections.abc import Sequence
from typing import Annotated, Any, Final, TypeVar

import httpx
from pydantic import Field, FiniteFloat, TypeAdapter, ValidationError

from api.parts import Parts
from api.problems import Away
from api.runs.histogram_schemas import Histogram, Histograms, HistogramsAsked, WeightHistograms

PATIENCE: Final = httpx.Timeout(60, connect=5)
OF_TRAINING: Final = "train"
ENDING: Final = "/histogram"
DIGITS: Final = 6
BUCKETS: Final = TypeAdapter(Annotated[list[tuple[FiniteFloat, FiniteFloat, FiniteFloat]], Field(min_length=1)])
Item = TypeVar("Item")


async def read_histograms(here: Parts, run_id: str, asked: HistogramsAsked) -> Histograms:
    """Those of the weights that are asked for; nothing where none were written. Raises Away."""
    tags = await ask_board(here, run_id, "tags")
    names = [tag.removesuffix(ENDING) for tag in tags.get(OF_TRAINING, {}) if tag.endswith(ENDING)]
    data = [await read_weight(here, run_id, name, asked.epochs) for name in asked.name if name in names]
    return Histograms(names=names, data=data)


async def read_weight(here: Parts, run_id: str, name: str, most: int) -> WeightHistograms:
    """TensorBoard counts epochs from 0."""
    written = await ask_board(here, run_id, "histograms", run=OF_TRAINING, tag=name + ENDING)
    found = [draw_histogram(step + 1, buckets) for _, step, buckets in thin(written, most)]
    return WeightHistograms(name=name, histograms=[one for one in found if one is not None])


def draw_histogram(epoch: int, written: object) -> Histogram | None:
    """Of `[left, right, count]` for each bucket; None for what a script of one's own wrote otherwise."""
    try:
        buckets = BUCKETS.validate_python(written)
    except ValidationError:
        return None
    edges = [buckets[0][0], *(right for _, right, _ in buckets)]
    return Histogram(
        epoch=epoch,
        edges=[float(f"{edge:.{DIGITS}g}") for edge in edges],
        counts=[count for _, _, count in buckets],
    )


def thin(items: Sequence[Item], most: int) -> list[Item]:
    """So many of them, evenly, with the first and the last."""
    if len(items) <= most:
        return list(items)
    return [items[round(nth * (len(items) - 1) / (most - 1))] for nth in range(most)]


async def ask_board(here: Parts, run_id: str, what: str, **asked: str) -> Any:
    """What TensorBoard's histograms say, of the run's own board, which is opened by asking."""
    path = f"/v1/runs/{run_id}/tensorboard/data/plugin/histograms/{what}"
    try:
        answer = await here.boards.get(path, params=asked, timeout=PATIENCE)
    except httpx.TransportError as error:
        raise Away("TensorBoard does not answer at the moment.", code="boards_away") from error
    if not answer.is_success:
        raise Away("TensorBoard could not read what this run wrote.", code="boards_failed")
    return answer.json()
