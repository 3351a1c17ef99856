"""The inputs that a Keras config declares, and those that the spec binds."""

from models_lib.spec.models import KerasModel
from models_lib.spec.names import did_you_mean, is_certain, join_names, nearest
from models_lib.spec.places import Place
from models_lib.spec.planning import plan_model
from models_lib.spec.sections import Reading

INPUTS = Place("/inputs")


def declared_inputs(model: KerasModel) -> tuple[str, ...]:
    """The names of the tensors that the model takes."""
    return tuple(part.name for part in plan_model(model, ()).inputs)


def check_inputs(reading: Reading, model: KerasModel, inputs: tuple[str, ...]) -> None:
    """A model of one input takes whatever is bound, joined; of several each must be bound by its name."""
    declared = declared_inputs(model)
    if len(declared) == 1 or not inputs:
        return
    for name in inputs:
        if name not in declared:
            near = nearest(name, declared)
            place = INPUTS.below(name)
            mend = place.renaming(near) if near and is_certain(name, near) else None
            message = f"the model has no input {name!r}{did_you_mean(near)}"
            fault = place.fault("bad_reference", message, found=name, allowed=declared, did_you_mean=near, patch=mend)
            reading.refuse(fault)
    missing = [name for name in declared if name not in inputs]
    if missing and set(inputs) <= set(declared):
        message = f"the model's input {join_names(missing)} is bound to nothing"
        reading.refuse(INPUTS.fault("missing", message, found=list(inputs), allowed=declared))
