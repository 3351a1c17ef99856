"""Configurations with what some of Keras' classes leave out of theirs: a Huber(delta=0.5) says nothing of its delta."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras

FORGOTTEN: tuple[tuple[Any, str], ...] = (
    (keras.losses.Huber, "delta"),
    (keras.losses.CosineSimilarity, "axis"),
    (keras.losses.SparseCategoricalCrossentropy, "axis"),
    (keras.metrics.CosineSimilarity, "axis"),
    (keras.metrics.SparseTopKCategoricalAccuracy, "from_sorted_ids"),
    (keras.initializers.Identity, "gain"),
)
"""Of Keras 3.15. What subclasses say of themselves is theirs."""


@contextmanager
def whole_configs() -> Iterator[None]:
    """While inside, these classes' own objects say all that they were made with."""
    before = [(cls, "get_config" in vars(cls), cls.get_config) for cls, _ in FORGOTTEN]
    for (cls, argument), (_, _, get_config) in zip(FORGOTTEN, before, strict=True):
        cls.get_config = _saying(cls, argument, get_config)
    try:
        yield
    finally:
        for cls, is_own, get_config in before:
            if is_own:
                cls.get_config = get_config
            else:
                del cls.get_config


def _saying(cls: Any, argument: str, get_config: Any) -> Any:
    def say(made: Any) -> Any:
        config = get_config(made)
        if type(made) is not cls or argument in config:
            return config
        held = getattr(made, "_fn_kwargs", {})
        return config | {argument: held[argument] if argument in held else getattr(made, argument)}

    return say
