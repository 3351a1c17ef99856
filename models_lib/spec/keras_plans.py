"""The plan of a Keras config: every layer by the catalog, every call by what `inbound_nodes` says."""

from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from typing import Any

from models_lib.spec.components import Components
from models_lib.spec.constants import check_content
from models_lib.spec.faults import Fault
from models_lib.spec.inner_components import keep_long_form
from models_lib.spec.keras_configs import MODELS, OPERATIONS
from models_lib.spec.names import did_you_mean, nearest
from models_lib.spec.object_reading import ObjectReader
from models_lib.spec.objects import KerasObject
from models_lib.spec.operations import find_operation, operation_names
from models_lib.spec.places import Place
from models_lib.spec.plans import (
    Array,
    Operation,
    Plan,
    PlannedCall,
    PlannedInput,
    PlannedLayer,
    Tensor,
    tensors_in,
)  # fmt: skip

MOST_LAYERS = 4_000
MOST_DEPTH = 8
INPUT = "InputLayer"


def plan_keras(config: dict[str, Any], pointer: str) -> Plan:
    """The plan of a config that was found sound before."""
    faults: list[Fault] = []
    plan = _Planner(ObjectReader(faults, trusts_components=True), faults).plan(config, Place(pointer), 0)
    assert plan is not None, faults
    return plan


def read_plan(config: Any, place: Place, faults: list[Fault], components: Components | None = None) -> Plan | None:
    """The plan of a plain config, or None with what is wrong with it; components in it are written out there."""
    before = len(faults)
    plan = _Planner(ObjectReader(faults, components), faults).plan(config, place, 0)
    return plan if len(faults) == before else None


class _Refused(Exception):
    """One fault, where going on makes no sense."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


class _Planner:
    """Reads one config, models inside it by itself."""

    def __init__(self, objects: ObjectReader, faults: list[Fault]) -> None:
        self._objects, self._faults, self._layers = objects, faults, 0

    def plan(self, config: Any, place: Place, depth: int) -> Plan | None:
        """The model at this place."""
        try:
            return self._plan(config, place, depth)
        except _Refused as refused:
            self._faults.append(refused.fault)
            return None

    def _plan(self, config: Any, place: Place, depth: int) -> Plan | None:
        name = config.get("class_name") if isinstance(config, dict) else None
        if not isinstance(name, str) or name not in MODELS:
            message = "config is what model.to_json() gives: {class_name: Functional or Sequential, config: {…}}"
            raise _Refused(place.fault("wrong_type", message, found=name, allowed=sorted(MODELS)))
        inner, at = config.get("config"), place.below("config")
        layers = inner.get("layers") if isinstance(inner, dict) else None
        if not isinstance(layers, list) or not layers or not all(isinstance(layer, dict) for layer in layers):
            raise _Refused(at.below("layers").fault("missing", "a model's config has its layers", allowed="a list"))
        self._layers += len(layers)
        if self._layers > MOST_LAYERS or depth > MOST_DEPTH:
            message = f"a model has at most {MOST_LAYERS} layers, nested at most {MOST_DEPTH} deep"
            raise _Refused(at.below("layers").fault("too_large", message, found=self._layers))
        if name == "Sequential":
            return self._plan_stack(inner, layers, at, depth)
        return self._plan_graph(inner, layers, at, depth)

    def _plan_stack(self, inner: dict[str, Any], layers: list[Any], at: Place, depth: int) -> Plan:
        places = [at.below("layers", n) for n in range(len(layers))]
        first = self._input(layers[0], places[0]) if layers[0].get("class_name") == INPUT else PlannedInput("inputs")
        start = 1 if layers[0].get("class_name") == INPUT else 0
        planned = [self._layer(layer, p, depth) for layer, p in zip(layers[start:], places[start:], strict=True)]
        self._check_unique([first.name, *(layer.name for layer in planned)], places)
        sources = [first.name, *(layer.name for layer in planned)]
        calls = [
            PlannedCall(layer.name, layer.name, layer.pointer, (Tensor(source),))
            for layer, source in zip(planned, sources, strict=False)
        ]
        name = str(inner.get("name", "sequential"))
        is_trainable = inner.get("trainable") is not False
        return Plan(
            name, (first,), tuple(planned), tuple(calls), Tensor(sources[-1]), Tensor(first.name), is_trainable, True
        )

    def _plan_graph(self, inner: dict[str, Any], layers: list[Any], at: Place, depth: int) -> Plan:
        inputs, planned, calls = [], [], []
        places = [at.below("layers", n) for n in range(len(layers))]
        for layer, place in zip(layers, places, strict=True):
            if layer.get("class_name") == INPUT:
                inputs.append(self._input(layer, place))
                continue
            part = self._layer(layer, place, depth)
            planned.append(part)
            calls += list(self._calls(layer, part, place))
        self._check_unique([str(layer.get("name")) for layer in layers], places)
        nested = frozenset(layer.name for layer in planned if _is_functional(layer))
        keys = {call.key for call in calls} | {part.name for part in inputs}
        takes = self._tensors(inner.get("input_layers"), at.below("input_layers"), keys, frozenset())
        outputs = self._tensors(inner.get("output_layers"), at.below("output_layers"), keys, nested)
        order = self._in_order(calls, {part.name for part in inputs}, at)
        by_name = {part.name: part for part in inputs}
        given = tuple(by_name[tensor.key] for tensor in tensors_in(takes) if tensor.key in by_name)
        name, is_trainable = str(inner.get("name", "functional")), inner.get("trainable") is not False
        return Plan(name, given, tuple(planned), tuple(order), outputs, takes, is_trainable)

    def _input(self, layer: dict[str, Any], place: Place) -> PlannedInput:
        config = layer.get("config")
        config = config if isinstance(config, dict) else {}
        shape = config.get("batch_shape", config.get("batch_input_shape"))
        name = layer.get("name") or config.get("name")
        at = place.below("config")
        if not isinstance(name, str):
            raise _Refused(at.below("name").fault("missing", "an input has a name", allowed="name"))
        if config.get("sparse") or config.get("ragged"):
            raise _Refused(at.fault("not_available", "sparse and ragged inputs are not available in this version"))
        sizes = shape[1:] if isinstance(shape, list) and shape else None
        if sizes is None or not all(size is None or (type(size) is int and size > 0) for size in sizes):
            message = "an input has its shape with the batch before it, e.g. [null, 224, 224, 3]"
            raise _Refused(at.below("batch_shape").fault("wrong_type", message, found=shape))
        dtype = config.get("dtype")
        return PlannedInput(name, tuple(sizes), dtype if isinstance(dtype, str) else None, place.pointer)

    def _layer(self, layer: dict[str, Any], place: Place, depth: int) -> PlannedLayer:
        config = layer.get("config")
        config = dict(config) if isinstance(config, dict) else {}
        name = layer.get("name") or config.get("name")
        if not isinstance(name, str) or not name:
            raise _Refused(place.below("name").fault("missing", "a layer of a config has a name", allowed="name"))
        if not isinstance(layer.get("class_name"), str):
            message = "a layer of a config has a class_name"
            raise _Refused(place.below("class_name").fault("missing", message, found=layer.get("class_name")))
        is_trainable = config.get("trainable") is not False
        made_of: KerasObject | Operation | Plan | None
        if layer.get("class_name") in MODELS:
            made_of = self.plan(layer, place, depth + 1)
        elif str(layer.get("module", "")).startswith(OPERATIONS):
            made_of = self._operation(layer, config, place)
        else:
            kept = {key: value for key, value in config.items() if key not in ("name", "trainable")}
            made_of = self._objects.read({"class_name": layer.get("class_name"), "config": kept}, "layer", place)
            if made_of is not None:
                keep_long_form(layer, made_of)
        # What was refused is stood in for, so that the rest is still judged.
        return PlannedLayer(name, place.pointer, made_of or KerasObject(class_name="?"), is_trainable)

    def _operation(self, layer: dict[str, Any], config: dict[str, Any], place: Place) -> Operation | None:
        name = str(layer.get("class_name"))
        arguments = find_operation(name)
        if arguments is None:
            near = nearest(name, operation_names())
            message = f"unknown operation {name[:80]!r}{did_you_mean(near)}"
            at = place.below("class_name")
            raise _Refused(at.fault("unknown_name", message, found=name, did_you_mean=near))
        for key, value in config.items():
            at = place.below("config", key)
            fault = check_content(value, at)
            if key not in arguments and key != "name":
                fault = at.fault("unknown_field", f"{name} has no argument {key[:80]!r}", found=key, allowed=arguments)
            if fault is not None:
                raise _Refused(fault)
        return Operation(name, {key: value for key, value in config.items() if key != "name"})

    def _calls(self, layer: dict[str, Any], part: PlannedLayer, place: Place) -> Iterator[PlannedCall]:
        nodes = layer.get("inbound_nodes")
        at = place.below("inbound_nodes")
        if not isinstance(nodes, list) or not nodes:
            message = f"{part.name!r} is called on nothing: inbound_nodes says on what"
            raise _Refused(at.fault("missing", message, found=nodes))
        for n, node in enumerate(nodes):
            if not isinstance(node, dict) or not isinstance(node.get("args", []), list):
                message = "a call is {args: […], kwargs: {…}}, as Keras 3 writes it: save the model anew with Keras 3"
                raise _Refused(at.below(n).fault("wrong_type", message, found=node))
            positional = tuple(self._value(node.get("args", []), at.below(n, "args")))
            named = self._value(node.get("kwargs") or {}, at.below(n, "kwargs"))
            key = part.name if n == 0 else f"{part.name}@{n + 1}"
            yield PlannedCall(key, part.name, part.pointer, positional, named)

    def _value(self, value: Any, place: Place) -> Any:
        """An argument of a call: tensors, slices and arrays in our words, constants as they are."""
        match value:
            case {"class_name": str(name), "config": config}:
                return self._special(name, config, place)
            case dict():
                return {str(key): self._value(part, place.below(key)) for key, part in value.items()}
            case list():
                return [self._value(part, place.below(n)) for n, part in enumerate(value)]
        fault = check_content(value, place)
        if fault is not None:
            raise _Refused(fault)
        return value

    def _special(self, name: str, config: Any, place: Place) -> Any:
        match name, config:
            case "__keras_tensor__", {"keras_history": [str(layer), int(node), int(at)]} if node >= 0 and at >= 0:
                return Tensor(layer if node == 0 else f"{layer}@{node + 1}", at)
            case "__slice__", {"start": start, "stop": stop, "step": step}:
                if all(end is None or type(end) is int for end in (start, stop, step)):
                    return slice(start, stop, step)
            case "__ellipsis__", _:
                return ...
            case "__numpy__" | "__tensor__", {"value": value, "dtype": str(dtype)}:
                if check_content(value, place) is None:
                    return Array(value, dtype)
        raise _Refused(place.fault("forbidden", f"{name[:80]!r} is no argument of a call in a spec", found=name))

    def _tensors(self, value: Any, place: Place, keys: set[str], nested: frozenset[str]) -> Any:
        """[layer, node, tensor], and lists and mappings of it; a nested model's first call is number 1 there."""
        match value:
            case [str(layer), int(node), int(at)]:
                node -= layer in nested
                tensor = Tensor(layer if node == 0 else f"{layer}@{node + 1}", at)
                if tensor.key not in keys:
                    raise _Refused(place.fault("bad_reference", f"there is no tensor {value}", found=value))
                return tensor
            case dict() if value:
                return {str(k): self._tensors(v, place.below(k), keys, nested) for k, v in value.items()}
            case list() if value:
                return [self._tensors(part, place.below(n), keys, nested) for n, part in enumerate(value)]
        message = "input_layers and output_layers name tensors: [layer, node, tensor]"
        raise _Refused(place.fault("wrong_type", message, found=value))

    def _in_order(self, calls: list[PlannedCall], inputs: set[str], at: Place) -> list[PlannedCall]:
        by_key = {call.key: call for call in calls}
        for call in calls:
            for tensor in call.references:
                if tensor.key not in by_key and tensor.key not in inputs:
                    message = f"{call.layer!r} is called on {tensor.key!r}, which there is not"
                    raise _Refused(Place(call.pointer).below("inbound_nodes").fault("bad_reference", message))
        needs = {key: [tensor.key for tensor in call.references] for key, call in by_key.items()}
        try:
            return [by_key[key] for key in TopologicalSorter(needs).static_order() if key in by_key]
        except CycleError as error:
            path = " → ".join(map(str, error.args[1]))
            message = f"the layers go round in a circle: {path}"
            raise _Refused(at.below("layers").fault("bad_graph", message)) from None

    def _check_unique(self, names: list[str], places: list[Place]) -> None:
        seen: set[str] = set()
        for n, name in enumerate(names):
            if name in seen:
                message = f"the name {name!r} is taken: layer names are unique"
                raise _Refused(places[min(n, len(places) - 1)].fault("duplicate", message, found=name))
            seen.add(name)


def _is_functional(layer: PlannedLayer) -> bool:
    """Whether Keras counts the calls of this nested model from 1: those of a graph, not of a stack."""
    return isinstance(layer.made_of, Plan) and not layer.made_of.is_stack
