"""What a run learned of its inputs and targets, written down so that another one can go on with it."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from models_lib.data.dates import DateParts
from models_lib.data.faults import DataFault, data_fault
from models_lib.data.inputs import KeptInput, ModelInput
from models_lib.data.targets import ModelTarget
from models_lib.spec.bindings import Binding, Target
from models_lib.spec.components import is_component
from models_lib.spec.faults import join_pointer
from models_lib.spec.types import RunSpec

# What layers learn, by the names of their arguments.
LEARNED = ("mean", "variance", "vocabulary", "idf_weights", "bin_boundaries", "num_bins", "output_sequence_length")


@dataclass(frozen=True)
class KeptTarget:
    """The moments that standardise a target."""

    target: dict[str, Any]
    mean: float
    deviation: float


@dataclass(frozen=True)
class Kept:
    """What one run learned; empty where all is learned anew."""

    inputs: Mapping[str, KeptInput] = field(default_factory=dict)
    targets: Mapping[str, KeptTarget] = field(default_factory=dict)

    def input_like(self, name: str, binding: Binding) -> KeptInput | None:
        """What was learned of an input that was bound just so; raises DataFault where it cannot be taken over."""
        kept = self.inputs.get(name)
        if kept is None or kept.binding != binding.model_dump(mode="json"):
            return None
        own = [layer.class_name for layer in binding.preprocess or () if is_component(layer.class_name)]
        if own:
            message = f"What {own[0]} learned in that run cannot be kept: write readapt: true at the model."
            raise DataFault(data_fault(join_pointer("/inputs", name), message, found=own[0]))
        return kept

    def target_like(self, name: str, target: Target) -> KeptTarget | None:
        """The moments of a target that was written just so."""
        kept = self.targets.get(name)
        return kept if kept is not None and kept.target == target.model_dump(mode="json") else None


def write_kept(path: Path, spec: RunSpec, inputs: Mapping[str, ModelInput], targets: Mapping[str, ModelTarget]) -> None:
    """All that was learned, as JSON."""
    kept = Kept(
        {name: _keep_input(spec.inputs[name], part) for name, part in inputs.items()},
        {
            name: KeptTarget(spec.targets[name].model_dump(mode="json"), target.mean, target.deviation)
            for name, target in targets.items()
        },
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(asdict(kept), default=_plain))


def read_kept(path: Path) -> Kept:
    """What a run wrote."""
    raw = json.loads(path.read_text())
    return Kept(
        {name: KeptInput(**part) for name, part in raw["inputs"].items()},
        {name: KeptTarget(**part) for name, part in raw["targets"].items()},
    )


def _keep_input(binding: Binding, part: ModelInput) -> KeptInput:
    layers = []
    learning = [layer for layer in part.layers if not isinstance(layer, DateParts)]
    for described, layer in zip(binding.preprocess or (), learning, strict=True):
        config = {} if is_component(described.class_name) else layer.get_config()
        given = described.config
        layers.append({key: config[key] for key in LEARNED if key in config and _is_open(given, key)})
    length = part.sequence.maxlen if part.sequence is not None else None
    return KeptInput(binding.model_dump(mode="json"), dict(part.fills), layers, length)


def _is_open(given: Mapping[str, Any], key: str) -> bool:
    """Whether the spec left the argument to be learned; bins that are learned take the place of their number."""
    return given.get(key) is None or (key == "num_bins" and given.get("bin_boundaries") is None)


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    raise TypeError(f"nothing that is learned is a {type(value).__name__}")
