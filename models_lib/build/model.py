"""The core model: layers in Keras' own terms, on tensors that are prepared already."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import keras

from models_lib.build.applications import make_application
from models_lib.build.arrangement import Arrangement, keep_arrangement, structure_of
from models_lib.build.component_model import build_component
from models_lib.build.graph import Made, NestedModel, connect_calls, find_tensor
from models_lib.build.objects import construct
from models_lib.components.importing import find_component
from models_lib.spec.keras_plans import plan_keras
from models_lib.spec.models import ComponentModel, KerasModel, Model, own_model
from models_lib.spec.objects import KerasObject
from models_lib.spec.operations import operation_module
from models_lib.spec.planning import plan_model
from models_lib.spec.plans import Application, Operation, Plan, PlannedLayer

CORE_NAME = "core"


@dataclass(frozen=True)
class InputTensor:
    """The shape of one row, and its type."""

    shape: tuple[int | None, ...]
    dtype: str


def build_core(model: Model, inputs: Mapping[str, InputTensor]) -> keras.Model:
    """The model: takes a tensor, or tensors by input; gives a tensor, or tensors by output.

    Layers are constructed in the order of the spec, so that their seeds are drawn as in a plain script.
    """
    model = own_model(model)
    if isinstance(model, ComponentModel):
        return build_component(model, make_symbols(inputs))[0]
    plan = plan_model(model, tuple(inputs))
    layers = construct_layers(plan, {name: part.shape for name, part in inputs.items()})
    tensors = make_inputs(plan, inputs)
    return close_core(plan, tensors, connect_calls(plan, layers, tensors), own_class(model))


def make_symbols(inputs: Mapping[str, InputTensor]) -> dict[str, keras.KerasTensor]:
    """A symbolic tensor for each input, of any batch size."""
    return {name: keras.Input(part.shape, dtype=part.dtype, name=name) for name, part in inputs.items()}


def make_inputs(plan: Plan, inputs: Mapping[str, InputTensor]) -> dict[str, keras.KerasTensor]:
    """The tensors that the core takes; a type that the model declares holds."""
    declared = {part.name: part.dtype for part in plan.inputs}
    return {
        name: keras.Input(part.shape, dtype=declared.get(name) or part.dtype, name=name)
        for name, part in inputs.items()
    }


Shape = tuple[int | None, ...]
Shapes = Mapping[str, Shape | None]
Refused = Callable[[PlannedLayer, Exception], None]


def construct_layers(plan: Plan, shapes: Shapes, refuse: Refused | None = None) -> dict[str, Made]:
    """Every layer by name, not yet called; what Keras refuses is handed to `refuse` and left out.

    `shapes` are those of the inputs that are known.
    """
    made: dict[str, Made] = {}
    for part in plan.layers:
        try:
            made[part.name] = _construct(part, _shape_before(plan, part, shapes), refuse)
        except Exception as error:  # whatever a constructor raises for its arguments
            if refuse is None:
                raise
            refuse(part, error)
    return made


def construct_inner(config: dict[str, Any]) -> keras.Model:
    """A model that a component is made with."""
    plan = plan_keras(config, "/model/config")
    shapes = {part.name: part.shape for part in plan.inputs}
    return NestedModel(plan, construct_layers(plan, shapes)).join_alone()


def _shape_before(plan: Plan, part: PlannedLayer, shapes: Shapes) -> Shape | None:
    """The shape of the input that a layer is called on first, if it is called on one."""
    call = next((call for call in plan.calls if call.layer == part.name), None)
    tensor = next(iter(call.references), None) if call else None
    return shapes.get(tensor.key) if tensor else None


def _construct(part: PlannedLayer, shape: Shape | None, refuse: Refused | None) -> Made:
    match part.made_of:
        case Plan():
            inputs = part.made_of.inputs
            shapes = {inner.name: inner.shape or shape for inner in inputs if inner.shape or len(inputs) == 1}
            return NestedModel(part.made_of, construct_layers(part.made_of, shapes, refuse))
        case Application():
            return make_application(part, part.made_of, shape)
        case Operation():
            module = import_module(f"keras.src.ops.{operation_module(part.made_of.class_name)}")
            return getattr(module, part.made_of.class_name)(**part.made_of.config, name=part.name)
        case KerasObject():
            layer = construct("layer", part.made_of, name=part.name)
            if not part.trainable:
                layer.trainable = False
            return layer


def own_class(model: Model) -> Any:
    """What makes a model of a graph: a component's class, or Keras' own."""
    name = model.class_name if isinstance(model, KerasModel) else None
    return keras.Model if name is None else find_component(name)


def close_core(
    plan: Plan, tensors: Mapping[str, keras.KerasTensor], results: Mapping[str, Any], made_by: Any = keras.Model
) -> keras.Model:
    """The model from its inputs to its outputs, in lists where it was saved with lists."""
    outputs = {name: find_tensor(results, tensor) for name, tensor in plan.outputs.items()}
    if not any(plan.listed):
        return made_by(bare(tensors), bare(outputs), name=CORE_NAME)
    inputs = {part.name: tensors[part.name] for part in plan.inputs}
    takes, gives = (
        list(named.values()) if is_list else bare(named)
        for named, is_list in zip((inputs, outputs), plan.listed, strict=True)
    )
    core = made_by(takes, gives, name=CORE_NAME)
    shapes = {name: tuple(tensor.shape) for name, tensor in outputs.items()}
    arrangement = Arrangement(structure_of(takes), structure_of(gives), tuple(inputs), tuple(outputs), shapes)
    keep_arrangement(core, arrangement)
    return core


def bare(tensors: Mapping[str, Any]) -> Any:
    """Tensors by name, a single one without its name, as in a plain script."""
    return dict(tensors) if len(tensors) > 1 else next(iter(tensors.values()))
