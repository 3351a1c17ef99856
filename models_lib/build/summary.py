"""What a model is made of, in numbers."""

from collections.abc import Iterable
from typing import Any

import keras
import numpy as np

from models_lib.spec.objects import KerasObject

# Weights, their gradients, and what an optimizer keeps for each weight.
SLOTS = {"SGD": 1, "Adam": 2, "AdamW": 2, "Nadam": 2, "Adamax": 2, "RMSprop": 1, "Adagrad": 1, "Ftrl": 2, "Lion": 1}


def summarise_core(core: keras.Model, *, optimizers: Iterable[KerasObject], batch_size: int) -> dict[str, Any]:
    """Layers with shapes and parameters, totals, and an estimate of what training takes in memory."""
    layers = [_summarise_layer(layer) for layer in core.layers]
    trainable = sum(_size(weight) for weight in core.trainable_weights)
    slots = max(SLOTS.get(optimizer.class_name, 2) for optimizer in optimizers)
    held = sum(_bytes(weight) for weight in core.weights)
    trained = sum(_bytes(weight) for weight in core.trainable_weights)
    return {
        "layers": layers,
        "parameters": sum(_size(weight) for weight in core.weights),
        "trainable_parameters": trainable,
        "bytes": held,
        "training_bytes": held + trained * (1 + slots) + 2 * batch_size * _activation_bytes(core),
    }


def _summarise_layer(layer: keras.Layer) -> dict[str, Any]:
    return {
        "name": layer.name,
        "class": type(layer).__name__,
        "output_shape": _shapes(_outputs(layer)),
        "parameters": layer.count_params() if layer.built else 0,
        "trainable": layer.trainable,
        "inputs": sorted({parent.operation.name for node in layer._inbound_nodes for parent in node.parent_nodes}),
    }


def _shapes(outputs: Any) -> Any:
    """One shape, or a list of them for a layer with several outputs; the batch axis is null."""
    if outputs is None:
        return None
    shapes = [list(tensor.shape) for tensor in keras.tree.flatten(outputs)]
    return shapes[0] if len(shapes) == 1 else shapes


def _outputs(layer: keras.Layer) -> Any:
    """What a layer gives; None for one inside a component's model, which is no graph, or is called several times."""
    try:
        return layer.output
    except (AttributeError, ValueError):
        return None


def _activation_bytes(core: keras.Model) -> int:
    """Bytes of all layers' outputs for one row, unknown axes counted as one."""
    tensors = [tensor for layer in core.layers for tensor in keras.tree.flatten(_outputs(layer)) if tensor is not None]
    return sum(4 * int(np.prod([axis or 1 for axis in tensor.shape[1:]])) for tensor in tensors)


def _size(weight: Any) -> int:
    return int(np.prod(weight.shape))


def _bytes(weight: Any) -> int:
    return _size(weight) * (
        2
        if weight.dtype in ("float16", "bfloat16")
        else keras.backend.standardize_dtype(weight.dtype) and np.dtype(weight.dtype).itemsize
    )
