"""The weights of another run's checkpoint, put into a model that was made as there, or into a part of it."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import keras
from numpy.typing import NDArray

from models_lib.data.faults import DataFault
from models_lib.spec.faults import Fault
from models_lib.spec.starts import Start

MOST_TOLD = 5
Stored = Sequence[tuple[str, NDArray[Any]]]


def take_weights(model: keras.Model, stored: Stored, start: Start) -> None:
    """Assign every weight; raises DataFault where the checkpoint has none of its path, or one of another shape."""
    found = pair_weights(model, stored)
    faults = [
        _fault(weight, array, start)
        for weight, array in found
        if array is None or tuple(array.shape) != tuple(weight.shape)
    ]
    if faults:
        raise DataFault(*faults[:MOST_TOLD])
    for weight, array in found:
        weight.assign(array)
    for layer in model._flatten_layers():
        if isinstance(layer, keras.layers.Normalization) and layer.built:
            layer.finalize_state()  # it computes with constants that it made of its weights before


def pair_weights(model: keras.Model, stored: Stored) -> list[tuple[Any, NDArray[Any] | None]]:
    """By path, and those of one path in their order; by order alone where nothing of the paths agrees."""
    weights = model.weights
    by_path: dict[str, list[NDArray[Any]]] = defaultdict(list)
    for path, array in stored:
        by_path[path].append(array)
    if any(weight.path in by_path for weight in weights):
        return [(weight, by_path[weight.path].pop(0) if by_path[weight.path] else None) for weight in weights]
    arrays = [array for _, array in stored] if len(stored) == len(weights) else [None] * len(weights)
    return list(zip(weights, arrays, strict=True))


def _fault(weight: Any, array: NDArray[Any] | None, start: Start) -> Fault:
    held = "has no such weight" if array is None else f"holds {tuple(array.shape)}"
    message = f"{weight.path} has the shape {tuple(weight.shape)} here, and checkpoint {start.key} {held}"
    found = None if array is None else list(array.shape)
    return Fault(pointer=start.pointer, message=message, code="bad_shape", found=found, allowed=list(weight.shape))
