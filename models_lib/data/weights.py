"""How much each row counts: sample weights, class weights, and none where a target is ignored."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models_lib.data.faults import DataFault, data_fault
from models_lib.data.read import Table
from models_lib.data.targets import ModelTarget, label_positions
from models_lib.spec.faults import join_pointer
from models_lib.spec.labels import label_key
from models_lib.spec.types import RunSpec

Weights = NDArray[np.float32]


def weigh_rows(
    spec: RunSpec, targets: Mapping[str, ModelTarget], table: Table, *, training: bool
) -> dict[str, Weights]:
    """Weights by output, for every output or for none; class weights count in training alone, as in Keras."""
    given = {name: _sample_weights(spec, name, table) for name in targets}
    found = {name: _weigh_target(spec, target, table, training=training) for name, target in targets.items()}
    if all(weights is None for weights in (*given.values(), *found.values())):
        return {}
    ones = np.ones(table.rows, dtype=np.float32)
    bases = {name: ones if weights is None else weights for name, weights in given.items()}
    return {name: bases[name] if weights is None else bases[name] * weights for name, weights in found.items()}


def _sample_weights(spec: RunSpec, output: str, table: Table) -> Weights | None:
    column = spec.fit.sample_weight
    column = column.get(output) if isinstance(column, dict) else column
    if column is None:
        return None
    weights = table.values[column].astype(np.float32)
    wrong = int((~np.isfinite(weights) | (weights < 0)).sum())
    if table.count_gaps(column) or wrong:
        message = (
            f"{wrong or table.count_gaps(column)} rows of {column!r} are no weight: numbers from 0 up, without gaps."
        )
        raise DataFault(data_fault("/fit/sample_weight", message, found=column))
    return weights


def _weigh_target(spec: RunSpec, target: ModelTarget, table: Table, *, training: bool) -> Weights | None:
    weights = _class_weights(spec, target, table) if training and target.name in spec.fit.class_weight else None
    gaps = table.gaps.get(target.source)
    if gaps is None or not gaps.any():
        return weights
    known = (~gaps).astype(np.float32)
    return known if weights is None else weights * known


def _class_weights(spec: RunSpec, target: ModelTarget, table: Table) -> Weights:
    given = spec.fit.class_weight[target.name]
    positions, names = _classes(target, table)
    unknown = sorted(set(given) - set(names))
    if unknown:
        pointer = join_pointer("/fit/class_weight", target.name, unknown[0])
        message = f"Target {target.name!r} has no class {unknown[0]!r}."
        raise DataFault(data_fault(pointer, message, found=unknown[0], allowed=names))
    weights: Weights = np.array([given.get(name, 1.0) for name in names], dtype=np.float32)
    return weights.take(positions)


def _classes(target: ModelTarget, table: Table) -> tuple[NDArray[Any], list[str]]:
    """Each row's class and the classes' names as a spec writes them: labels, or else the whole numbers themselves."""
    if target.labels:
        return label_positions(target, table), [label_key(label) for label in target.labels]
    values = table.values[target.source]
    if values.ndim > 1 and values.shape[1] > 1:  # one column a class
        return values.argmax(axis=1), [str(number) for number in range(values.shape[1])]
    numbers, positions = np.unique(values.reshape(-1), return_inverse=True)
    return positions, [label_key(number) for number in numbers.tolist()]
