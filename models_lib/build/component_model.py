"""A subclassed model of a component: constructed with its config, and built on the inputs that the spec binds."""

from collections.abc import Mapping
from typing import Any

import keras

from models_lib.build.arrangement import (
    Arrangement,
    OutputsDiffer,
    arrange_inputs,
    input_structure,
    keep_arrangement,
    settle_outputs,
)
from models_lib.build.component_objects import construct_component
from models_lib.spec.models import ComponentModel
from models_lib.spec.objects import KerasObject


def build_component(
    model: ComponentModel, tensors: Mapping[str, keras.KerasTensor]
) -> tuple[keras.Model, dict[str, Any]]:
    """The model, and its outputs by name on these inputs; none where it has no `call`. Raises what its code raises."""
    core = construct_component(KerasObject(class_name=model.class_name, config=model.config), {})
    if not isinstance(core, keras.Model):
        raise OutputsDiffer(f"{model.class_name} is no keras.Model")
    names = tuple(tensors)
    if not can_be_called(core):
        keep_arrangement(core, Arrangement("bare" if len(names) == 1 else "tuple", "bare", names, model.outputs))
        return core, {}
    structure = input_structure(core, names)
    keep_arrangement(core, Arrangement(structure, "bare", names, model.outputs))
    returned = core(arrange_inputs(core, tensors))
    outputs, output_names = settle_outputs(returned, _wanted(model, core, returned))
    named = dict(zip(output_names, keras.tree.flatten(returned), strict=True)) if outputs != "dict" else dict(returned)
    shapes = {name: tuple(tensor.shape) for name, tensor in named.items()}
    keep_arrangement(core, Arrangement(structure, outputs, names, output_names, shapes))
    if outputs == "tuple" and getattr(core, "output_names", None) != list(output_names):
        core.output_names = list(output_names)  # then Keras names curves by them, as it does for a graph
    return core, named


def _wanted(model: ComponentModel, core: keras.Model, returned: Any) -> tuple[str, ...]:
    """The spec's names; nothing where a step of its own learns from other things than what the call returns."""
    is_each = len(keras.tree.flatten(returned)) == len(model.outputs)
    if model.outputs and not is_each and type(core).train_step is not keras.Model.train_step:
        return ()
    return model.outputs or _own_names(core, returned)


def _own_names(core: keras.Model, returned: Any) -> tuple[str, ...]:
    """What a graph calls its several outputs."""
    is_several = isinstance(returned, list | tuple)
    return tuple(core.output_names) if is_several and hasattr(core, "output_names") else ()


def can_be_called(core: keras.Model) -> bool:
    """A GAN may train without ever being called itself."""
    return type(core).call is not keras.Model.call
