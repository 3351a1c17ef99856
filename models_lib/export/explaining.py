"""What a model's outputs depend on: gradients, jacobians and integrated gradients for raw rows.

With respect to the prepared tensors, which is where a model is differentiable; told by column where a column is one
number of its tensor, else by the model's input.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from models_lib.build.model import CORE_NAME
from models_lib.export.instances import InstancesRefused
from models_lib.export.mapping import MappedOutput, ModelMapping
from models_lib.spec.faults import Fault
from models_lib.spec.labels import label_key

Method = Literal["gradients", "jacobian", "integrated_gradients"]
Tensors = dict[str, tf.Tensor]
MOST_NUMBERS = 2_000_000


@dataclass(frozen=True)
class Question:
    """`unit`: a label or a unit's number; without it the likeliest label, or the only unit. `steps` of the integral."""

    method: Method = "gradients"
    output: str | None = None
    unit: str | int | float | bool | None = None
    steps: int = 50


class Explainer:
    """A saved model, cut between its preparation and its core."""

    def __init__(self, model: keras.Model, mapping: ModelMapping) -> None:
        self._mapping = mapping
        (call,) = [node for node in model.get_layer(CORE_NAME)._inbound_nodes if node in _nodes_of(model)]
        given = call.arguments.args[0]
        self._symbols: dict[str, Any] = given if isinstance(given, dict) else {next(iter(mapping.bindings)): given}
        self._prepare = keras.Model(model.input, self._symbols)
        self._predict = keras.Model(self._symbols, model.output)

    def explain(self, rows: Tensors, question: Question) -> list[dict[str, Any]]:
        """One explanation per row, by output; raises InstancesRefused."""
        outputs = self._choose_outputs(question)
        prepared = self._prepare(rows, training=False)
        per_output = {part.name: self._explain_output(part, prepared, question) for part in outputs}
        count = len(next(iter(rows.values())))
        return [{name: told[at] for name, told in per_output.items()} for at in range(count)]

    def _choose_outputs(self, question: Question) -> list[MappedOutput]:
        names = [part.name for part in self._mapping.outputs]
        if question.output is not None and question.output not in names:
            raise refuse("/output", f"The model has no output {question.output!r}.", question.output, names)
        return [part for part in self._mapping.outputs if question.output in (None, part.name)]

    def _explain_output(self, part: MappedOutput, prepared: Tensors, question: Question) -> list[dict[str, Any]]:
        predicted = self._units_of(part, prepared)
        if question.method == "jacobian":
            return self._tell(part, predicted, None, self._jacobians(part, prepared, predicted), question)
        units = self._choose_units(part, predicted, question)
        if question.method == "gradients":
            return self._tell(part, predicted, units, self._gradients(part, prepared, units), question)
        return self._tell(part, predicted, units, self._integrate(part, prepared, units, question.steps), question)

    def _units_of(self, part: MappedOutput, prepared: Tensors) -> tf.Tensor:
        """(rows, units), in the targets' own units; a single unit of two labels is told as both."""
        predicted = self._predict(prepared, training=False)
        tensor = predicted[part.name] if isinstance(predicted, Mapping) else predicted
        tensor = tf.reshape(tensor, (tf.shape(tensor)[0], -1))
        return tf.concat([1 - tensor, tensor], axis=1) if part.labels and tensor.shape[1] == 1 else tensor

    def _choose_units(self, part: MappedOutput, predicted: tf.Tensor, question: Question) -> NDArray[np.int64]:
        count, width = predicted.shape
        if question.unit is None:
            return np.argmax(predicted.numpy(), axis=1) if part.labels else np.zeros(count, dtype=np.int64)
        allowed = [label_key(label) for label in part.labels] or [str(unit) for unit in range(width)]
        wanted = label_key(question.unit)
        if wanted not in allowed:
            raise refuse("/unit", f"Output {part.name!r} has no {wanted!r}.", question.unit, allowed)
        return np.full(count, allowed.index(wanted))

    def _gradients(self, part: MappedOutput, prepared: Tensors, units: NDArray[np.int64]) -> dict[str, Any]:
        watched = {name: tensor for name, tensor in prepared.items() if tensor.dtype.is_floating}
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(watched)
            chosen = tf.gather(self._units_of(part, prepared), units, axis=1, batch_dims=1)
        return dict.fromkeys(prepared) | dict(
            tape.gradient(chosen, watched, unconnected_gradients=tf.UnconnectedGradients.ZERO)
        )

    def _jacobians(self, part: MappedOutput, prepared: Tensors, predicted: tf.Tensor) -> dict[str, Any]:
        """(rows, units, …) by input."""
        size = sum(int(tf.size(tensor)) for tensor in prepared.values()) * int(predicted.shape[1])
        if size > MOST_NUMBERS:
            message = f"These jacobians have {size} numbers, more than {MOST_NUMBERS}: ask for fewer rows."
            raise refuse("/instances", message, size, MOST_NUMBERS)
        units = [self._gradients(part, prepared, np.full(len(predicted), unit)) for unit in range(predicted.shape[1])]
        stacked = {name: [unit[name] for unit in units] for name in prepared}
        return {name: None if parts[0] is None else tf.stack(parts, axis=1) for name, parts in stacked.items()}

    def _integrate(self, part: MappedOutput, prepared: Tensors, units: NDArray[np.int64], steps: int) -> dict[str, Any]:
        """From tensors of zeros (with Normalization: the means), by the trapezoid rule; whole numbers stay."""
        total: dict[str, Any] = {}
        for step in range(steps + 1):
            share = step / steps
            at = {name: tensor * share if tensor.dtype.is_floating else tensor for name, tensor in prepared.items()}
            weight = 0.5 if step in (0, steps) else 1.0
            for name, gradient in self._gradients(part, at, units).items():
                if gradient is not None:
                    total[name] = total.get(name, 0.0) + gradient * (weight / steps)
        return {name: total[name] * prepared[name] if name in total else None for name in prepared}

    def _tell(
        self,
        part: MappedOutput,
        predicted: tf.Tensor,
        units: NDArray[np.int64] | None,
        found: Mapping[str, Any],
        question: Question,
    ) -> list[dict[str, Any]]:
        names = part.labels or tuple(range(predicted.shape[1]))
        leading = 2 if units is None else 1
        told = self._by_column({name: None if t is None else np.asarray(t) for name, t in found.items()}, leading)
        rows = []
        for at, numbers in enumerate(predicted.numpy()):
            values = {name: None if array is None else plain(array[at]) for name, array in told.items()}
            if units is None:
                about = {"units": list(names), "values": plain(numbers)}
            else:
                about = {"unit": names[units[at]], "value": plain(numbers[units[at]])}
            rows.append({**about, question.method: values})
        return rows

    def _by_column(self, found: Mapping[str, Any], leading: int) -> dict[str, Any]:
        """`leading` axes are rows (and units); a column that feeds two inputs is told by input."""
        fed = [source for sources in self._mapping.bindings.values() for source in sources]
        told: dict[str, Any] = {}
        for name, array in found.items():
            sources = self._mapping.bindings.get(name, ())
            is_split = self._is_one_number_each(name, sources) and all(fed.count(source) == 1 for source in sources)
            if array is None or not is_split:
                told[name] = array
            else:
                told |= {source: np.take(array, at, axis=leading) for at, source in enumerate(sources)}
        return told

    def _is_one_number_each(self, name: str, sources: tuple[str, ...]) -> bool:
        words = {part.column for part in self._mapping.inputs if part.column_dtype == "string"}
        return tuple(self._symbols[name].shape[1:]) == (len(sources),) and not words & set(sources)


def _nodes_of(model: keras.Model) -> list[Any]:
    return [node for nodes in model._nodes_by_depth.values() for node in nodes]


def plain(value: Any) -> Any:
    """Lists of numbers, None for what JSON cannot carry."""
    array = np.asarray(value, dtype=np.float64)
    numbers = array.astype(object)
    numbers[~np.isfinite(array)] = None
    return numbers.tolist()


def refuse(pointer: str, message: str, found: Any, allowed: Any) -> InstancesRefused:
    fault = Fault(pointer=pointer, message=message, code="unknown_name", found=found, allowed=allowed)
    return InstancesRefused((fault,))
