"""Targets of a document: as they were written, and under the names of the model's outputs."""

from dataclasses import replace
from typing import Any

from models_lib.spec.bindings import Target
from models_lib.spec.compiling import unknown_output
from models_lib.spec.component_models import needs_no_targets
from models_lib.spec.data_reading import TARGETS, WrittenTarget, is_tensor_name, read_targets
from models_lib.spec.dataset import DatasetProfile
from models_lib.spec.models import Model
from models_lib.spec.sections import Reading


def learn_from(
    reading: Reading, document: dict[str, Any], profile: DatasetProfile | None, *, model_only: bool
) -> list[WrittenTarget]:
    """The targets as they were written; none where the model needs none."""
    raw = document.get("targets")
    if needs_no_targets(document):
        return []
    if raw is None or raw == {}:
        if not model_only:
            message = "targets is missing: the column to learn, e.g. targets: price"
            allowed = tuple(profile.by_name) if profile else "a column"
            reading.refuse(TARGETS.fault("missing", message, allowed=allowed))
        return []
    return read_targets(reading, raw, profile)


def bind_targets(reading: Reading, targets: list[WrittenTarget], model: Model | None) -> list[WrittenTarget]:
    """Targets under the names of the model's outputs."""
    if model is None:
        return targets
    outputs = model.output_names
    if len(targets) == 1 and targets[0].output is None:
        if len(outputs) == 1:
            return [replace(targets[0], output=outputs[0])]
        message = (
            f"the model has {len(outputs)} outputs: write targets: {{{outputs[0]}: {targets[0].target.source}, …}}"
        )
        reading.refuse(TARGETS.fault("wrong_type", message, found=targets[0].target.source, allowed=outputs))
        return []
    for written in targets:
        if written.output not in outputs:
            reading.refuse(unknown_output(str(written.output), outputs, written.place))
    given = {written.output for written in targets}
    missing = [name for name in outputs if name not in given]
    if targets and missing and given <= set(outputs):
        message = f"output {', '.join(map(repr, missing))} has no target"
        reading.refuse(TARGETS.fault("missing", message, found=sorted(map(str, given)), allowed=outputs))
    return targets


def single_name(targets: list[WrittenTarget]) -> str | None:
    """The name that a single target gives to a stack's last layer."""
    name = targets[0].output if len(targets) == 1 else None
    return name if name is not None and is_tensor_name(name) else None


def by_output(bound: list[WrittenTarget]) -> dict[str, Target]:
    return {str(written.output): written.target for written in bound}
