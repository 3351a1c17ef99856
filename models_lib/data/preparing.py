"""From rows to tensors: inputs as the core model wants them, targets as the loss wants them, weights."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from models_lib.data.inputs import ModelInput, learn_input
from models_lib.data.kept import Kept
from models_lib.data.loading import LoadedRows
from models_lib.data.splits import Rows
from models_lib.data.targets import ModelTarget, learn_target
from models_lib.data.weights import weigh_rows
from models_lib.data.windows import Gathered
from models_lib.spec.types import RunSpec

NOTHING = Kept()
Arrays = dict[str, Any]
"""Tensors by name: NumPy arrays, or what stands for one (`Gathered`)."""


@dataclass(frozen=True)
class PreparedPart:
    """The tensors of one part by input and output; `weights` is empty where every row counts the same."""

    inputs: Arrays
    targets: Arrays
    weights: Arrays

    @property
    def rows(self) -> int:
        return len(next(iter(self.inputs.values())))

    def first(self, count: int) -> "PreparedPart":
        """So many rows of it at most."""
        groups = (self.inputs, self.targets, self.weights)
        return PreparedPart(*({name: array[:count] for name, array in group.items()} for group in groups))


def learn_inputs(spec: RunSpec, loaded: LoadedRows, kept: Kept = NOTHING) -> dict[str, ModelInput]:
    """Every input, learned from the training rows, or by another run before."""
    train, steps = loaded.rows["train"], spec.windows.sequence_length if spec.windows else None
    return {
        name: replace(
            learn_input(name, binding, loaded.table, train, loaded.profile, kept.input_like(name, binding)), steps=steps
        )
        for name, binding in spec.inputs.items()
    }


def prepare_inputs(inputs: Mapping[str, ModelInput], loaded: LoadedRows) -> dict[str, Arrays]:
    """Tensors by part and input; the data set is prepared once and then parted."""
    if loaded.cuts:
        return _prepare_windows(inputs, loaded)
    whole = {name: part.prepare_all(part.gather_all(loaded.table)) for name, part in inputs.items()}
    parts = {
        part: {name: _choose(tensor, rows) for name, tensor in whole.items()} for part, rows in loaded.rows.items()
    }
    others = {
        part: {name: wanted.prepare_all(wanted.gather_all(table)) for name, wanted in inputs.items()}
        for part, table in loaded.others.items()
    }
    return parts | others


def _choose(tensor: Any, rows: Rows) -> Any:
    """A part's rows; of a tensor in a file they are read batch by batch."""
    return Gathered(tensor, rows) if isinstance(tensor, np.memmap) else tensor[rows]


def _prepare_windows(inputs: Mapping[str, ModelInput], loaded: LoadedRows) -> dict[str, Arrays]:
    """Rows are prepared one by one, and stand in as many windows as have them."""
    tables = {"train": loaded.table, **loaded.others}
    rows = {
        at: {name: part.prepare_all(part.gather_all(table)) for name, part in inputs.items()}
        for at, table in tables.items()
    }
    return {
        part: {name: Gathered(base, cut.steps) for name, base in rows.get(part, rows["train"]).items()}
        for part, cut in loaded.cuts.items()
    }


def learn_targets(
    spec: RunSpec, loaded: LoadedRows, widths: Mapping[str, int | None], kept: Kept = NOTHING
) -> dict[str, ModelTarget]:
    """Every target; `widths` are the sizes of the outputs' last axes."""
    learned = {
        name: learn_target(
            name,
            target,
            loaded.table,
            loaded.rows["train"],
            loss=spec.compile.loss[name].class_name if name in spec.compile.loss else "",
            width=widths[name],
        )
        for name, target in spec.targets.items()
    }
    like = {name: kept.target_like(name, target) for name, target in spec.targets.items()}
    return {
        name: replace(target, mean=before.mean, deviation=before.deviation) if (before := like[name]) else target
        for name, target in learned.items()
    }


def prepare_parts(
    spec: RunSpec, loaded: LoadedRows, inputs: Mapping[str, Arrays], targets: Mapping[str, ModelTarget]
) -> dict[str, PreparedPart]:
    """The tensors of every part."""
    return {
        part: PreparedPart(
            inputs[part],
            {name: target.encode(table) for name, target in targets.items()},
            dict(weigh_rows(spec, targets, table, training=part == "train")),
        )
        for part, table in loaded.parts.items()
    }
