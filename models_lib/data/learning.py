"""What preprocessing layers learn from the training part, written into their configs, so that every format keeps it."""

from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from models_lib.build.objects import construct
from models_lib.data.spool import variance
from models_lib.spec.components import is_component
from models_lib.spec.objects import KerasObject

ROWS_AT_ONCE = 65_536


def learn_layer(
    described: KerasObject, data: NDArray[Any], *, name: str, kept: dict[str, Any] | None = None
) -> keras.Layer:
    """The layer, adapted on `data` where it is one that adapts and was not given what it would learn.

    `kept` are arguments that were learned before.
    """
    learned = kept if kept is not None else learn_arguments(described, data)
    layer: keras.Layer = construct("layer", described, name=name, **learned)
    if is_component(described.class_name) and hasattr(layer, "adapt"):
        layer.adapt(data)
    return layer


def learn_arguments(described: KerasObject, data: NDArray[Any]) -> dict[str, Any]:
    """The arguments that adapting would settle; none for a layer that does not adapt."""
    config = described.config
    match described.class_name:
        case "Normalization" if config.get("mean") is None:
            return _learn_moments(data, config.get("axis", -1))
        case "StringLookup" | "IntegerLookup" if config.get("vocabulary") is None:
            return _learn_vocabulary(described, data)
        case "TextVectorization" if config.get("vocabulary") is None:
            return _adapt_vocabulary(described, data)
        case "Discretization" if config.get("bin_boundaries") is None:
            adapted = construct("layer", described)
            adapted.adapt(data)
            return {"bin_boundaries": [float(bound) for bound in adapted.bin_boundaries], "num_bins": None}
        case _:
            return {}


def _learn_moments(data: NDArray[Any], axis: Any) -> dict[str, Any]:
    """As Keras' `adapt`, to the bit: moments over all axes but those named, in the data's own type."""
    kept = () if axis is None else tuple(at % data.ndim for at in np.atleast_1d(axis).tolist())
    reduced = tuple(at for at in range(data.ndim) if at not in kept)
    return {"mean": np.mean(data, axis=reduced).tolist(), "variance": variance(data, reduced).tolist()}


def _learn_vocabulary(described: KerasObject, data: NDArray[Any]) -> dict[str, Any]:
    """The most frequent first, ties from high to low, as Keras sorts them; Keras itself adapts for tf_idf."""
    config = described.config
    if config.get("output_mode") == "tf_idf":
        return _adapt_vocabulary(described, data)
    words, counts = np.unique(data.astype(str) if data.dtype == object else data, return_counts=True)
    reserved = [config.get("mask_token"), config.get("oov_token")]
    ranked = [words[at].item() for at in np.lexsort((words, counts))[::-1]]
    vocabulary = [word for word in ranked if word not in reserved]
    return {"vocabulary": vocabulary[: _room(config)]}


def _room(config: dict[str, Any]) -> int | None:
    """How many words fit beside the places that the layer keeps for itself."""
    most = config.get("max_tokens")
    if most is None:
        return None
    masked = config.get("mask_token") is not None and config.get("output_mode", "int") == "int"
    kept = int(config.get("num_oov_indices", 1)) + masked
    return max(0, int(most) - kept)


def _adapt_vocabulary(described: KerasObject, data: NDArray[Any]) -> dict[str, Any]:
    adapted = construct("layer", described)
    adapted.adapt(data)
    lookup = getattr(adapted, "_lookup_layer", adapted)
    learned: dict[str, Any] = {"vocabulary": [str(word) for word in adapted.get_vocabulary()]}
    if described.config.get("output_mode") == "tf_idf":
        learned["idf_weights"] = np.asarray(lookup.idf_weights).tolist()
    if described.class_name == "TextVectorization" and described.config.get("output_mode", "int") == "int":
        learned["output_sequence_length"] = described.config.get("output_sequence_length") or _longest(adapted, data)
    return learned


def _longest(adapted: keras.Layer, texts: NDArray[Any]) -> int:
    """The number of tokens of the training part's longest text: what is longer later is cut."""
    lengths = [adapted(texts[at : at + ROWS_AT_ONCE]).shape[-1] for at in range(0, len(texts), ROWS_AT_ONCE)]
    return int(max(lengths))
