"""Configurations with what some of Keras' classes leave out of theirs: a Huber(delta=0.5) says nothing of its delta,
and a layer with a vocabulary nothing of the words that it was adapted to."""

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
LEARNED = (keras.layers.TextVectorization, keras.layers.StringLookup, keras.layers.IntegerLookup)
"""Layers whose words lie in files beside a saved model, and in no configuration."""


@contextmanager
def whole_configs() -> Iterator[None]:
    """While inside, these classes' own objects say all that they were made with, and what they learned by `adapt`."""
    said = [(cls, _saying(cls, argument)) for cls, argument in FORGOTTEN] + [(cls, _telling(cls)) for cls in LEARNED]
    before = [(cls, vars(cls).get("get_config")) for cls, _ in said]
    for cls, get_config in said:
        cls.get_config = get_config
    try:
        yield
    finally:
        for cls, get_config in before:
            if get_config is not None:
                cls.get_config = get_config
            else:
                del cls.get_config


def _saying(cls: Any, argument: str) -> Any:
    get_config = cls.get_config

    def say(made: Any) -> Any:
        config = get_config(made)
        if type(made) is not cls or argument in config:
            return config
        held = getattr(made, "_fn_kwargs", {})
        return config | {argument: held[argument] if argument in held else getattr(made, argument)}

    return say


def _telling(cls: Any) -> Any:
    get_config = cls.get_config

    def tell(layer: Any) -> Any:
        config = get_config(layer)
        if config.get("vocabulary") is not None or not layer.vocabulary_size():
            return config
        words = [getattr(word, "item", lambda word=word: word)() for word in layer.get_vocabulary(False)]
        if not words:
            return config
        learned = {"vocabulary": words, "vocabulary_size": None}
        if config.get("output_mode") == "tf_idf":
            lookup = getattr(layer, "_lookup_layer", layer)
            learned["idf_weights"] = [float(weight) for weight in lookup.idf_weights[-len(words) :]]
        return config | learned

    return tell
