"""Data that come in batches: pipelines, PyDatasets and generators, which need not end."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import keras

from horngate.errors import FitRefused

ENDLESS = "say how many of its batches are taken, steps_per_epoch=… (of validation_data: validation_steps=…)"
SHUFFLING = ("Shuffle", "Interleave")
MOST_BYTES = 4 << 30
"""Of the batches that are taken of a source without an end: each is sent."""


@dataclass(frozen=True)
class Source:
    """The batches to send; `comes_round`: all that there are, and `fit` would get them again and again.

    `is_fixed`: it says beforehand how many rows each has.
    """

    batches: Iterable[Any]
    is_shuffled: bool = False
    comes_round: bool = False
    is_fixed: bool = False


def open_source(x: Any, argument: str, batches: int | None) -> Source | None:
    """None where `x` is arrays; raises FitRefused. `batches` are as many as the training takes, where that is said."""
    if isinstance(x, keras.utils.PyDataset):
        if x.num_batches is None:
            return _first(_numbered(x), argument, "a PyDataset that never ends (its num_batches is None)", batches)
        return Source(x[at] for at in range(x.num_batches))
    if hasattr(x, "element_spec") and hasattr(x, "cardinality"):
        if int(x.cardinality()) != -1:
            return Source(x, is_shuffled=_shuffles(x), is_fixed=_is_fixed(x))
        repeated = _repeated(x)
        if repeated is not None and batches is not None:
            return Source(repeated, is_shuffled=_shuffles(repeated), comes_round=True, is_fixed=_is_fixed(x))
        return replace(_first(x, argument, "a tf.data.Dataset that never ends", batches), is_fixed=_is_fixed(x))
    if type(x).__name__ == "DataLoader":
        raise FitRefused(argument, "is a DataLoader: give arrays, or wrap it in a tf.data.Dataset or PyDataset")
    return _first(x, argument, "a generator", batches) if hasattr(x, "__next__") else None


def _first(x: Iterable[Any], argument: str, what: str, batches: int | None) -> Source:
    """So many batches as they come: mixed, if at all, by the source."""
    if batches is None:
        raise FitRefused(argument, f"is {what}: {ENDLESS}")
    return Source(_taken(iter(x), argument, batches))


def _taken(source: Iterator[Any], argument: str, batches: int) -> Iterator[Any]:
    for at in range(batches):
        batch = next(source, None)
        if batch is None:
            raise FitRefused(
                argument, f"ends after {at} batches, and {batches} were asked for (epochs * steps_per_epoch)"
            )
        held = sum(getattr(part, "nbytes", 0) for part in keras.tree.flatten(batch)) if at == 0 else 0
        if held * batches > MOST_BYTES:
            raise FitRefused(
                argument,
                f"gives {held * batches / 1e9:.0f} GB in {batches} batches, and all of them would be sent: give the "
                "rows themselves, and repeat() as the last step",
            )
        yield batch


def _numbered(dataset: Any) -> Iterator[Any]:
    at = 0
    while True:
        yield dataset[at]
        at += 1


def _repeated(pipeline: Any) -> Any:
    """What a pipeline repeats, where that is its last step but for prefetching; None otherwise."""
    found = pipeline
    while "Prefetch" in type(found).__name__:
        [found] = found._inputs()
    if "Repeat" not in type(found).__name__:
        return None
    [inner] = found._inputs()
    return inner if int(inner.cardinality()) != -1 else None


def _is_fixed(pipeline: Any) -> bool:
    """Whether each batch has so many rows, drop_remainder=True."""
    shape: Any = getattr(keras.tree.flatten(pipeline.element_spec)[0], "shape", ())
    return len(shape) > 0 and shape[0] is not None


def _shuffles(pipeline: Any) -> bool:
    """Whether it mixes its rows itself, and thus anew in each epoch."""
    waiting, is_shuffled = [pipeline], False
    while waiting:
        found = waiting.pop()
        is_shuffled = is_shuffled or any(word in type(found).__name__ for word in SHUFFLING)
        waiting += getattr(found, "_inputs", list)()
    return is_shuffled
