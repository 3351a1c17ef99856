"""What a training begins with beside its rows: files of weights, and what other runs have left."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import keras

from models_lib.build.given_weights import find_inner, weighted_models
from models_lib.build.started_weights import take_weights
from models_lib.build.stored_weights import load_weights
from models_lib.data.inputs import KeptInput
from models_lib.data.kept import Kept, KeptTarget, read_kept
from models_lib.data.loading import PartFile
from models_lib.spec.starts import PREPROCESSING, Start, list_starts
from models_lib.spec.types import RunSpec
from models_lib.train.job import Job
from models_lib.train.weights import read_weights


@dataclass(frozen=True)
class Beginning:
    """Files of weights by `name@version`; folders of what other runs have left, by the keys of their starts."""

    weights: Mapping[str, PartFile] = field(default_factory=dict)
    starts: Mapping[str, Path] = field(default_factory=dict)


def read_beginning(job: Job, folder: Path) -> Beginning:
    """Where they lie in the folder of an attempt."""
    starts = {key: folder / start.path for key, start in job.starts.items()}
    return Beginning(job.weights_in(folder), starts)


def read_learned(spec: RunSpec, beginning: Beginning) -> Kept:
    """What is kept of the runs that models begin with; of targets only where the whole model is that run's."""
    inputs: dict[str, KeptInput] = {}
    targets: dict[str, KeptTarget] = {}
    for start in _kept_starts(spec):
        path = beginning.starts[start.key] / PREPROCESSING
        if path.exists():
            kept = read_kept(path)
            inputs = {**kept.inputs, **inputs}
            targets = dict(kept.targets) if not start.path else targets
    return Kept(inputs, targets)


def _kept_starts(spec: RunSpec) -> list[Start]:
    return [start for start in list_starts(spec.model) if not start.readapt]


def give_weights(core: keras.Model, spec: RunSpec, beginning: Beginning) -> None:
    """Load what is there into the models that the spec gives it to; raises DataFault, CheckpointUnusable."""
    for given, model in weighted_models(core, spec.model):
        file = beginning.weights.get(given.reference)
        if file is not None:
            load_weights(model, file.path, file.profile, given.pointer)
    for start in list_starts(spec.model):
        if start.key in beginning.starts:
            stored = list(read_weights(beginning.starts[start.key] / "checkpoint"))
            take_weights(find_inner(core, start.path), stored, start)
