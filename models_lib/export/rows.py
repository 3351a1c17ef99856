"""Predictions for raw rows from a run's artifacts, fast for one row."""

import math
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from models_lib.data.read import Table
from models_lib.export.components import load_saved
from models_lib.export.explaining import Explainer, Question
from models_lib.export.instances import InstanceReader, InstancesRefused
from models_lib.export.mapping import MappedInput, MappedOutput, ModelMapping
from models_lib.export.whole_columns import column_tensor, find_strange_columns
from models_lib.spec.dataset import DatasetProfile
from models_lib.spec.faults import Fault
from models_lib.spec.labels import label_key

CHUNK = 1024


class RowPredictor:
    """A saved model, warm. One graph serves every number of rows; large requests are cut into chunks."""

    def __init__(self, folder: Path) -> None:
        """`folder` holds `model.keras` and `inputs.json`; the slow first predictions are made here."""
        self._mapping = ModelMapping.model_validate_json((folder / "inputs.json").read_bytes())
        self._reader = InstanceReader(self._mapping)
        self._model = arranged(load_saved(folder), [part.name for part in self._mapping.outputs])
        self._call = _trace(self._model, self._mapping.inputs)
        self._explainer: Explainer | None = None
        for rows in (1, 2):
            self._call(*(_blank(part, rows) for part in self._mapping.inputs))

    def predict(self, instances: list[Any]) -> list[Any]:
        """One prediction per row, as the API shapes them; raises InstancesRefused."""
        return self._predict(self._reader.read(instances), len(instances))

    def predict_together(self, parts: list[list[Any]]) -> list[list[Any] | InstancesRefused]:
        """Several callers' rows by one call of the model: each one's predictions, or what is wrong with theirs."""
        together: list[list[Any]] = [[] for _ in self._mapping.inputs]
        read: list[tuple[list[list[Any]], int] | InstancesRefused] = []
        for instances in parts:
            try:
                values = self._reader.read(instances)
            except InstancesRefused as refused:
                read.append(refused)
                continue
            for column, more in zip(together, values, strict=True):
                column += more
            read.append((values, len(instances)))
        rows = sum(part[1] for part in read if isinstance(part, tuple))
        predictions = self._predict(together, rows)
        if len(predictions) != rows:  # not one per row: nobody may be given another's
            return [self._predict(*part) if isinstance(part, tuple) else part for part in read]
        each = iter(predictions)
        return [list(islice(each, part[1])) if isinstance(part, tuple) else part for part in read]

    def _predict(self, values: list[list[Any]], rows: int) -> list[Any]:
        predictions: list[Any] = []
        for start in range(0, rows, CHUNK):
            outputs = self._call(
                *(_to_tensor(part, column[start : start + CHUNK]) for part, column in self._zip(values))
            )
            predictions += self._shape(outputs)
        return predictions

    @property
    def columns(self) -> list[str]:
        """What it reads of a raw row."""
        return list(dict.fromkeys(part.column for part in self._mapping.inputs))

    def find_faults(self, profile: DatasetProfile) -> list[Fault]:
        """Columns that another data set lacks, or has of another kind than the model takes."""
        return find_strange_columns(self._mapping, profile)

    @property
    def bytes_of_a_row(self) -> int:
        """About what the tensors of one prediction take."""
        return sum(math.prod(part.shape) * 8 for part in self._mapping.inputs)

    def predict_table(self, table: Table) -> list[Any]:
        """One prediction per row of a data set, gaps and all; of windows, one per sequence of rows."""
        gathered = [
            tf.constant(tensor.gather(table), dtype=tensor.dtype) for tensor in map(column_tensor, self._mapping.inputs)
        ]
        return self._shape(self._call(*gathered))

    def explain(self, instances: list[Any], question: Question) -> list[dict[str, Any]]:
        """What each row's outputs depend on, by output; raises InstancesRefused."""
        values = self._reader.read(instances)
        self._explainer = self._explainer or Explainer(self._model, self._mapping)
        return self._explainer.explain(
            {part.tensor: _to_tensor(part, column) for part, column in self._zip(values)}, question
        )

    def _zip(self, values: list[list[Any]]) -> list[tuple[MappedInput, list[Any]]]:
        return list(zip(self._mapping.inputs, values, strict=True))

    def _shape(self, outputs: Any) -> list[Any]:
        """A single output answers with its bare value."""
        described = self._mapping.outputs
        if len(described) == 1:
            return _shape_output(described[0], np.asarray(outputs))
        columns = {part.name: _shape_output(part, np.asarray(outputs[part.name])) for part in described}
        return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def arranged(model: keras.Model, names: list[str]) -> keras.Model:
    """The same model, whose single output is bare and whose several ones have names: a script's may give a list."""
    if isinstance(model, keras.Sequential) or isinstance(model.output, dict) == (len(names) > 1):
        return model
    inputs = {tensor.name: tensor for tensor in model.inputs}
    return keras.Model(inputs, dict(zip(names, model.outputs, strict=True)) if len(names) > 1 else model.outputs[0])


def _trace(model: keras.Model, inputs: tuple[MappedInput, ...]) -> Callable[..., Any]:
    names = [part.tensor for part in inputs]
    signature = [tf.TensorSpec((None, *part.shape), part.dtype, name=part.tensor) for part in inputs]

    @tf.function(input_signature=signature, autograph=False)  # type: ignore[untyped-decorator]  # no types in TensorFlow
    def call(*tensors: Any) -> Any:
        return model(dict(zip(names, tensors, strict=True)), training=False)

    return call.get_concrete_function()  # type: ignore[no-any-return]


def _blank(part: MappedInput, rows: int) -> tf.Tensor:
    return tf.fill((rows, *part.shape), tf.constant("" if part.dtype == "string" else 0, dtype=part.dtype))


def _to_tensor(part: MappedInput, column: list[Any]) -> tf.Tensor:
    if part.dtype == "string":
        return tf.constant(np.array(column, dtype=object).reshape(-1, *part.shape))
    return tf.constant(np.array(column, dtype=part.dtype).reshape(-1, *part.shape))


def _shape_output(part: MappedOutput, tensor: NDArray[Any]) -> list[Any]:
    if part.labels and tensor.ndim == 2:
        return [_name_label(part, row) for row in tensor.tolist()]
    rows = tensor[:, 0] if part.shape == (1,) else tensor
    plain: list[Any] = rows.tolist()
    return plain if np.isfinite(rows).all() else [_finite(row) for row in plain]


def _name_label(part: MappedOutput, row: list[float]) -> dict[str, Any]:
    """The likeliest label, and each label's probability; a single unit is that of the second label.

    Units beyond the labels stand for nothing.
    """
    probabilities = [1 - row[0], row[0]] if len(row) == 1 else row[: len(part.labels)]
    likeliest = max(range(len(probabilities)), key=probabilities.__getitem__)
    named = dict(zip(map(label_key, part.labels), _finite(probabilities), strict=True))
    return {"label": part.labels[likeliest], "probabilities": named}


def _finite(value: Any) -> Any:
    """The same with None for what JSON cannot carry."""
    if isinstance(value, list):
        return [_finite(part) for part in value]
    return value if np.isfinite(value) else None
