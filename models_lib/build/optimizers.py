"""Several optimizers on one model: every trainable weight has exactly one."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import keras

from models_lib.build.objects import construct
from models_lib.spec.faults import Fault, join_pointer
from models_lib.spec.objects import KerasObject
from models_lib.spec.planning import is_meant
from models_lib.spec.training import Compile, NamedOptimizer

POINTER = "/compile/optimizer"


@dataclass
class Assigned:
    """The optimizer's name for each trainable weight, by the weight's id, and what is wrong with that."""

    names: dict[int, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


def make_optimizer(core: keras.Model, described: Compile) -> keras.optimizers.Optimizer:
    """Keras' own MultiOptimizer where there are several, each named as in the spec."""
    if isinstance(described.optimizer, KerasObject):
        return construct("optimizer", described.optimizer)
    made = {name: construct("optimizer", part.use, name=name) for name, part in described.optimizer.items()}
    names = assign_optimizers(core, described.optimizer).names
    return keras.optimizers.MultiOptimizer(lambda variable: made[names[id(variable)]])


def assign_optimizers(core: keras.Model, optimizers: dict[str, NamedOptimizer]) -> Assigned:
    """Each layer's weights go to the optimizer with a glob that matches the layer's path, or to that of the rest."""
    assigned = Assigned()
    rest = next((name for name, part in optimizers.items() if not part.layers), None)
    orphans = []
    for path, layer in trained_layers(core):
        matching = [name for name, part in optimizers.items() if any(is_meant(path, glob) for glob in part.layers)]
        if len(matching) > 1:
            message = (
                f"layer {path!r} is trained by {matching[0]!r} and {matching[1]!r}: every weight has one optimizer"
            )
            pointer = join_pointer(POINTER, matching[1], "layers")
            assigned.faults.append(Fault(pointer=pointer, message=message, code="duplicate", found=path))
        chosen = matching[0] if matching else rest
        if chosen is None:
            orphans.append(path)
        assigned.names |= {id(weight): chosen or "" for weight in layer.trainable_variables}
    if orphans:
        message = f"no optimizer trains layer {orphans[0]!r}: leave `layers` out of one of them, which takes the rest"
        assigned.faults.append(Fault(pointer=POINTER, message=message, code="missing", found=orphans[:50]))
    return assigned


def trained_layers(model: keras.Model, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Layers that have weights to train, with their paths; models inside by their layers."""
    for layer in model.layers:
        path = f"{prefix}{layer.name}"
        if isinstance(layer, keras.Model) and layer.layers:
            yield from trained_layers(layer, f"{path}/")
        elif layer.trainable_variables:
            yield path, layer
