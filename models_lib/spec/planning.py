"""Plans of the model kinds that are written in the spec's own words: stacks, graphs, and models inside them."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from graphlib import CycleError, TopologicalSorter
from typing import Any, assert_never

from models_lib.spec.catalog import load_catalog
from models_lib.spec.faults import join_pointer
from models_lib.spec.keras_plans import plan_keras
from models_lib.spec.models import (
    ApplicationModel,
    ComponentModel,
    Functional,
    InnerModel,
    KerasModel,
    LayeredModel,
    NestedLayer,
    RunModel,
    Sequential,
    StackedModel,
)
from models_lib.spec.objects import KerasObject
from models_lib.spec.plans import (
    Application,
    Plan,
    PlannedCall,
    PlannedInput,
    PlannedLayer,
    Tensor,
    tensors_in,
    with_tensors,
)

JOINED = "inputs.joined"


def plan_model(model: InnerModel, inputs: tuple[str, ...]) -> Plan:
    """The whole run's model on inputs of these names; `outputs` of the plan is a mapping by output name."""
    match model:
        case RunModel():
            return plan_model(layered(model), inputs)
        case Sequential():
            plan = _plan_stack(model, "core", "/model", ("inputs",))
        case Functional():
            plan = replace(_plan_graph(model, "core", "/model", inputs), outputs=_outputs_of(model))
        case KerasModel():
            takes, gives = (isinstance(part, list) and len(part) > 1 for part in (model.plan.takes, model.plan.outputs))
            plan = replace(model.plan, listed=(takes, gives))
        case ApplicationModel():
            plan = _plan_application(model, model.name, "/model")
        case _:
            assert_never(model)
    plan = freeze(_bound(plan, inputs), model.trainable)
    return replace(plan, outputs=dict(zip(model.output_names, tensors_in(plan.outputs), strict=True)))


def layered(model: InnerModel) -> LayeredModel:
    """The model of layers; that of another run is one where it stands in a model of layers."""
    own = model.model if isinstance(model, RunModel) else model
    assert not isinstance(own, ComponentModel), "refused where it was read"
    return own


def cut_plan(plan: Plan, outputs: tuple[str, ...]) -> Plan:
    """The plan up to these layers, without those that nothing needs any more; whole where none are named."""
    if not outputs:
        return plan
    tensors = [reference_of(reference) for reference in outputs]
    needed = {tensor.key for tensor in tensors}
    for call in reversed(plan.calls):
        if call.key in needed:
            needed |= {tensor.key for tensor in call.references}
    calls = tuple(call for call in plan.calls if call.key in needed)
    kept = {call.layer for call in calls}
    layers = tuple(layer for layer in plan.layers if layer.name in kept)
    return replace(plan, layers=layers, calls=calls, outputs=tensors[0] if len(tensors) == 1 else tensors)


def plan_nested(name: str, model: InnerModel, pointer: str, count: int) -> Plan:
    """A model that is called as a layer on `count` tensors."""
    match model:
        case RunModel():
            plan = cut_plan(plan_nested(name, layered(model), join_pointer(pointer, "model"), count), model.outputs)
        case Sequential():
            plan = _plan_stack(model, name, pointer, tuple(f"inputs.{n}" for n in range(count)))
        case Functional():
            outputs = _outputs_of(model)
            plan = _plan_graph(model, name, pointer, model.inputs)
            plan = replace(plan, outputs=outputs[0] if len(outputs) == 1 else outputs)
        case KerasModel():
            plan = replace(plan_keras(model.config, join_pointer(pointer, "config")), name=name)
        case ApplicationModel():
            plan = _plan_application(model, name, pointer)
        case _:
            assert_never(model)
    return freeze(plan, model.trainable)


def freeze(plan: Plan, globs: Mapping[str, bool], prefix: str = "", *, is_frozen: bool = False) -> Plan:
    """The plan with layers frozen that stand in a frozen model, and then as the globs say: the last match wins."""
    layers = []
    for layer in plan.layers:
        path = f"{prefix}{layer.name}"
        still = not is_frozen and layer.trainable
        if isinstance(layer.made_of, Plan):
            inner = freeze(layer.made_of, globs, f"{path}/", is_frozen=not (still and layer.made_of.trainable))
            layers.append(replace(layer, made_of=inner, trainable=True))
        elif isinstance(layer.made_of, Application):
            frozen_by = (*layer.made_of.frozen_by, *([(path, globs)] if globs else []))
            made_of = replace(layer.made_of, frozen_by=frozen_by)
            layers.append(replace(layer, made_of=made_of, trainable=still))
        else:
            layers.append(replace(layer, trainable=is_trainable(path, globs, still)))
    return replace(plan, layers=tuple(layers))


def is_trainable(path: str, globs: Mapping[str, bool], otherwise: bool) -> bool:
    """What the last glob says that matches the path or a model around it."""
    matching = [value for glob, value in globs.items() if is_meant(path, glob)]
    return matching[-1] if matching else otherwise


def is_meant(path: str, glob: str) -> bool:
    """Whether a glob matches a layer's path, or that of a model around it."""
    around = [path[:end] for end, letter in enumerate(path) if letter == "/"]
    return any(fnmatchcase(part, glob) for part in (path, *around))


def _plan_stack(model: Sequential, name: str, pointer: str, inputs: tuple[str, ...]) -> Plan:
    """A stack's layers are called one on the other; several inputs are joined first."""
    layers = [_planned(layer, join_pointer(pointer, "layers", n), 1) for n, layer in enumerate(model.layers)]
    sources = [inputs[0], *(layer.name for layer in layers)]
    calls = [
        PlannedCall(layer.name, layer.name, layer.pointer, (Tensor(source),))
        for layer, source in zip(layers, sources, strict=False)
    ]
    takes: Any = Tensor(inputs[0])
    plan = Plan(name, (PlannedInput(inputs[0]),), tuple(layers), tuple(calls), Tensor(layers[-1].name), takes)
    return _bound(plan, inputs)


def _plan_application(model: ApplicationModel, name: str, pointer: str) -> Plan:
    """One layer, which is the model."""
    layer = PlannedLayer(name, pointer, _application(model))
    call = PlannedCall(name, name, pointer, (Tensor("inputs"),))
    return Plan(name, (PlannedInput("inputs"),), (layer,), (call,), Tensor(name), Tensor("inputs"))


def _application(model: ApplicationModel, begun: RunModel | None = None) -> Application:
    described = KerasObject(class_name=model.class_name, config=model.config)
    globs = [part.trainable for part in (model, begun) if part is not None and part.trainable]
    return Application(described, tuple(("", said) for said in globs), begun.outputs if begun else ())


def _bound(plan: Plan, inputs: tuple[str, ...]) -> Plan:
    """The plan on tensors of these names: a model of one input takes any, and several of them joined."""
    if len(plan.inputs) != 1 or not inputs or inputs == (plan.inputs[0].name,):
        return plan
    source = inputs[0] if len(inputs) == 1 else JOINED
    renamed = {plan.inputs[0].name: source}

    def found(tensor: Tensor) -> Tensor:
        return replace(tensor, key=renamed.get(tensor.key, tensor.key))

    calls = [
        replace(call, positional=with_tensors(call.positional, found), named=with_tensors(dict(call.named), found))
        for call in plan.calls
    ]
    plan = replace(plan, calls=tuple(calls), outputs=with_tensors(plan.outputs, found), takes=[*map(Tensor, inputs)])
    if len(inputs) == 1:
        return replace(plan, inputs=(replace(plan.inputs[0], name=source),), takes=Tensor(source))
    layer = PlannedLayer(JOINED, "/inputs", KerasObject(class_name="Concatenate"))
    call = PlannedCall(JOINED, JOINED, "/inputs", ([Tensor(name) for name in inputs],))
    return replace(
        plan,
        inputs=tuple(PlannedInput(name) for name in inputs),
        layers=(layer, *plan.layers),
        calls=(call, *plan.calls),
    )


def _plan_graph(model: Functional, name: str, pointer: str, inputs: tuple[str, ...]) -> Plan:
    layers = []
    calls: dict[str, PlannedCall] = {}
    for n, layer in enumerate(model.layers):
        at = join_pointer(pointer, "layers", n)
        layers.append(_planned(layer, at, len(layer.inputs[0]) if layer.inputs else 1))
        calls |= {call.key: call for call in _calls_of(layer, at)}
    return Plan(
        name,
        tuple(PlannedInput(name) for name in inputs),
        tuple(layers),
        tuple(in_order(calls.values())),
        [],
        takes=[Tensor(name) for name in inputs] if len(inputs) > 1 else Tensor(inputs[0]) if inputs else [],
    )


def _planned(layer: Any, pointer: str, count: int) -> PlannedLayer:
    if isinstance(layer, NestedLayer | StackedModel):
        begun = layer.model if isinstance(layer.model, RunModel) else None
        own = layered(layer.model)
        if isinstance(own, ApplicationModel):
            return PlannedLayer(layer.name, join_pointer(pointer, "model"), _application(own, begun), layer.trainable)
        inner = plan_nested(layer.name, layer.model, join_pointer(pointer, "model"), count)
        return PlannedLayer(layer.name, pointer, inner, layer.trainable)
    return PlannedLayer(layer.name, pointer, layer.layer, layer.trainable)


def _calls_of(layer: Any, pointer: str) -> list[PlannedCall]:
    """A layer with no `inputs` is called once, by named arguments."""
    entry = load_catalog().find("layer", layer.class_name) if layer.class_name else None
    takes_list = isinstance(layer, NestedLayer) or (entry is not None and entry.inputs is not None)
    named = {name: _argument(value) for name, value in layer.call.items()}
    calls = []
    for n, references in enumerate(layer.inputs or ((),), 1):
        tensors = [reference_of(reference) for reference in references]
        positional = (tensors,) if takes_list and len(tensors) > 1 else tuple(tensors)
        key = layer.name if n == 1 else f"{layer.name}@{n}"
        calls.append(PlannedCall(key, layer.name, pointer, positional, named))
    return calls


def in_order(calls: Iterable[PlannedCall]) -> list[PlannedCall]:
    """The calls, each after those that it needs; as they are where they go round in a circle, which is refused."""
    by_key = {call.key: call for call in calls}
    needs = {key: [tensor.key for tensor in call.references] for key, call in by_key.items()}
    try:
        return [by_key[key] for key in TopologicalSorter(needs).static_order() if key in by_key]
    except CycleError:
        return list(by_key.values())


def reference_of(reference: str) -> Tensor:
    """`lstm:1` is a layer's second output, `dense@2` its second call; the first goes by the name alone."""
    key, _, at = reference.partition(":")
    return Tensor(key.removesuffix("@1"), int(at or 0))


def _argument(value: Any) -> Any:
    """An argument of a call by name: a string names a tensor, anything else is a constant."""
    if isinstance(value, str):
        return reference_of(value)
    return [_argument(part) for part in value] if isinstance(value, list | tuple) else value


def _outputs_of(model: Functional) -> list[Tensor]:
    return [reference_of(reference) for reference in model.outputs]


def unresolved_names(model: Functional) -> list[str]:
    """The names that a graph's layers are called on and that are none of its layers: the tensors it is given."""
    own = {layer.name for layer in model.layers}
    written = [[reference_of(reference) for call in layer.inputs for reference in call] for layer in model.layers]
    named = [_argument(list(layer.call.values())) for layer in model.layers]
    return [name for name in dict.fromkeys(tensor.layer for tensor in tensors_in([written, named])) if name not in own]
