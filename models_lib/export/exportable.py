"""A model as every format sees it: tensors by name in, tensors by name out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from models_lib.build.arrangement import arrange_inputs, arrangement_of, name_outputs
from models_lib.build.model import CORE_NAME
from models_lib.export.tensors import ColumnTensor, safe_name

Named = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class Loaded:
    """A model that was exported and loaded again. `rows_per_call`: how many rows it takes at once, None for any."""

    call: Callable[[Named], Named]
    rows_per_call: int | None = None


class NotExportable(Exception):
    """The format cannot hold this model; says why, and what can be done."""


@dataclass(frozen=True)
class Exportable:
    """A model, and real rows to try it with. `inputs` are its tensors under names that every format accepts."""

    model: keras.Model
    inputs: Mapping[str, tf.TensorSpec]
    outputs: tuple[str, ...]
    rows: Mapping[str, tf.Tensor]
    pack: Callable[[Mapping[str, Any]], Any]
    """From tensors by name to what the model is called with."""

    def call(self, tensors: Mapping[str, Any]) -> dict[str, Any]:
        """The model's outputs by name, not in training."""
        predicted = self.model(self.pack(tensors), training=False)
        return name_outputs(self.model, predicted, self.outputs)

    def predict(self) -> Named:
        """What the model itself says of the rows."""
        return {name: keras.ops.convert_to_numpy(tensor) for name, tensor in self.call(self.rows).items()}

    @property
    def function(self) -> Any:
        """The call as a graph, for any number of rows."""
        return tf.function(self.call, input_signature=[dict(self.inputs)], autograph=False)


Writer = Callable[[Exportable, Path], Loaded]
"""Writes a model to a path and loads it back; raises NotExportable, or what Keras and the runtimes raise."""


def rows_exportable(
    serving: keras.Model, tensors: Sequence[ColumnTensor], outputs: Sequence[str], rows: Mapping[str, tf.Tensor]
) -> Exportable:
    """The model that takes raw rows."""
    specs = {tensor.name: tf.TensorSpec((None, *tensor.shape), tensor.dtype, tensor.name) for tensor in tensors}
    return Exportable(serving, specs, tuple(outputs), rows, pack=dict)


def core_exportable(core: keras.Model, prepared: Named, outputs: Sequence[str]) -> Exportable:
    """The core, on tensors that were prepared; `prepared` are real ones by input."""
    names: dict[str, str] = {}
    for own in prepared:
        names[safe_name(own, {*names, CORE_NAME})] = own
    rows = {name: tf.constant(prepared[own]) for name, own in names.items()}
    specs = {
        name: tf.TensorSpec((None, *_open_axes(core, names[name], row)), row.dtype, name) for name, row in rows.items()
    }

    def pack(tensors: Mapping[str, Any]) -> Any:
        return arrange_inputs(core, {own: tensors[name] for name, own in names.items()})

    return Exportable(core, specs, tuple(outputs), rows, pack)


def _open_axes(core: keras.Model, name: str, row: tf.Tensor) -> tuple[int | None, ...]:
    """One row's shape, with the axes open that the model leaves open."""
    given, arrangement = getattr(core, "input", None), arrangement_of(core)
    if isinstance(given, list) and arrangement is not None:
        given = dict(zip(arrangement.input_names, given, strict=True))
    symbol = given.get(name) if isinstance(given, dict) else given
    return tuple(symbol.shape[1:]) if isinstance(symbol, keras.KerasTensor) else tuple(row.shape[1:])


def to_plain(tensor: Any) -> NDArray[Any]:
    """A tensor as runtimes other than TensorFlow take it: words as Python's own strings."""
    array = np.asarray(tensor)
    return array.astype(str).astype(object) if array.dtype == object else array
