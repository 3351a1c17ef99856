"""From rows to tensors: inputs as the core model wants them, targets as the loss wants them, weights."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from models_lib.data.inputs import ModelInput, learn_input
from models_lib.data.loading import LoadedRows
from models_lib.data.targets import ModelTarget, learn_target
from models_lib.data.weights import weigh_rows
from models_lib.spec.types import RunSpec

Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class PreparedPart:
    """The tensors of one part by input and output; `weights` is empty where every row counts the same."""

    inputs: Arrays
    targets: Arrays
    weights: Arrays

    @property
    def rows(self) -> int:
        return len(next(iter(self.inputs.values())))


def learn_inputs(spec: RunSpec, loaded: LoadedRows) -> dict[str, ModelInput]:
    """Every input, learned from the training rows."""
    train = loaded.rows["train"]
    return {
        name: learn_input(name, binding, loaded.table, train, loaded.profile) for name, binding in spec.inputs.items()
    }


def prepare_inputs(inputs: Mapping[str, ModelInput], loaded: LoadedRows) -> dict[str, Arrays]:
    """Tensors by part and input; the data set is prepared once and then parted."""
    whole = {name: part.prepare(part.gather(loaded.table)) for name, part in inputs.items()}
    parts = {part: {name: tensor[rows] for name, tensor in whole.items()} for part, rows in loaded.rows.items()}
    others = {
        part: {name: wanted.prepare(wanted.gather(table)) for name, wanted in inputs.items()}
        for part, table in loaded.others.items()
    }
    return parts | others


def learn_targets(spec: RunSpec, loaded: LoadedRows, widths: Mapping[str, int | None]) -> dict[str, ModelTarget]:
    """Every target; `widths` are the sizes of the outputs' last axes."""
    return {
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
