"""The graph of a model: references that lead somewhere, no circles, nothing forgotten."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from models_lib.spec.models import Functional, FunctionalLayer, NestedLayer, Sequential, layer_of
from models_lib.spec.names import did_you_mean, is_certain, nearest
from models_lib.spec.places import Place
from models_lib.spec.sections import Reading

REFERENCE = re.compile(r"(?P<name>[^:@]+)(@(?P<call>[1-9]\d{0,3}))?(:(?P<output>\d{1,3}))?")
MODEL = Place("/model")
MODEL_CALL = ("training", "mask")
Node = tuple[str, int]  # a layer or an input, and which call of it


def check_graph(reading: Reading, model: Functional, inputs: tuple[str, ...], raw: Any, place: Place = MODEL) -> None:
    """Refuse a graph that cannot be built; warn of layers and inputs that reach no output."""
    graph = _Graph(reading, model, inputs, raw, place)
    graph.check_references()
    graph.check_outputs()
    graph.check_circles()
    graph.check_use()


def check_stack(reading: Reading, model: Sequential, inputs: tuple[str, ...]) -> None:
    """Refuse a stack whose layers are named like its inputs."""
    for n, layer in enumerate(model.layers):
        if layer.name in inputs:
            message = f"{layer.name!r} is an input: give the layer a name of its own"
            place = MODEL.below("layers", n)
            reading.refuse(place.fault("duplicate", message, found=layer.name))


class _Graph:
    """One graph while it is judged. `raw` is the model as written, for pointers that lead into it."""

    def __init__(self, reading: Reading, model: Functional, inputs: tuple[str, ...], raw: Any, place: Place) -> None:
        self._reading, self._model, self._inputs, self._raw, self._at = reading, model, inputs, raw, place
        self._layers = {layer.name: layer for layer in model.layers}
        self._names = (*inputs, *self._layers)
        self._places = _places(model, raw, place)

    def check_references(self) -> None:
        for name in self._inputs:
            if name in self._layers:
                message = f"{name!r} is an input: a layer needs a name of its own"
                self._refuse(self._place(name).below("name"), "duplicate", message, name)
        for layer in self._model.layers:
            for place, reference in self._references(layer):
                self._check_reference(reference, place)
            self._check_call(layer)
            self._check_count(layer)

    def check_outputs(self) -> None:
        names = self._model.output_names
        for n, reference in enumerate(self._model.outputs):
            place = self._at.below("outputs")
            if not isinstance(self._raw.get("outputs"), str):
                place = place.below(n)
            if layer_of(reference) in self._inputs and reference not in self._layers:
                message = f"{reference!r} is an input: an output is made by a layer, e.g. Identity()"
                self._refuse(place, "bad_reference", message, reference, tuple(self._layers))
            else:
                self._check_reference(reference, place, names=tuple(self._layers))
            if self._at == MODEL and layer_of(reference) in map(layer_of, self._model.outputs[:n]):
                message = f"two outputs come from {names[n]!r}: give one a layer of its own, e.g. Identity()"
                self._refuse(place, "duplicate", message, reference)

    def check_circles(self) -> None:
        """Each circle is reported once, at its first layer."""
        state: dict[Node, int] = {}
        calls = [(name, n + 1) for name, layer in self._layers.items() for n in range(max(1, len(layer.inputs)))]
        for start in calls:
            circle = self._find_circle(start, state)
            if circle:
                path = " → ".join(circle)
                message = f"the layers go round in a circle: {path}"
                self._refuse(self._place(circle[0]).below("inputs"), "bad_graph", message, circle[0])

    def check_use(self) -> None:
        used = self._reachable()
        for layer in self._model.layers:
            if layer.name not in used:
                self._reading.warn(
                    self._place(layer.name), f"layer {layer.name!r} reaches no output: it is not trained"
                )
        for name in self._inputs:
            if name not in used:
                at = Place("/inputs") if self._at == MODEL else self._at.below("inputs")
                self._reading.warn(at.below(name), f"input {name!r} reaches no output: it is not used")

    def _check_reference(self, reference: str, place: Place, names: tuple[str, ...] | None = None) -> None:
        names = names or self._names
        match = REFERENCE.fullmatch(reference)
        name = match["name"] if match else reference
        if match is None or name not in names:
            near = nearest(name, names)
            mend = place.replacing(reference.replace(name, near)) if near and is_certain(name, near) else None
            message = f"there is no input or layer {reference[:80]!r}{did_you_mean(near)}"
            fault = place.fault("bad_reference", message, found=reference, allowed=names, did_you_mean=near, patch=mend)
            return self._reading.refuse(fault)
        calls = len(self._layers[name].inputs) or 1 if name in self._layers else 1
        if int(match["call"] or 1) > calls:
            message = f"{name!r} is called {calls} time{'s' * (calls > 1)}: there is no {reference!r}"
            return self._refuse(place, "bad_reference", message, reference)
        if match["output"] is not None and name in self._inputs:
            self._refuse(place, "bad_reference", f"{name!r} is an input: it has one tensor", reference)
        return None

    def _check_call(self, layer: FunctionalLayer | NestedLayer) -> None:
        entry = self._reading.objects.catalog.find("layer", layer.class_name)
        takes = MODEL_CALL if isinstance(layer, NestedLayer) else entry.call if entry else None
        if takes is None or not layer.call:
            return
        place = self._place(layer.name).below("call")
        if len(layer.inputs) > 1:
            message = "a layer that is called again takes no `call`: name a second layer"
            self._refuse(place, "bad_graph", message, layer.name)
        for name in layer.call:
            if name not in takes:
                near = nearest(name, takes)
                at = place.below(name)
                mend = at.renaming(near) if near and is_certain(name, near) else None
                message = f"{layer.class_name or 'a model'} is not called with {name[:80]!r}{did_you_mean(near)}"
                fault = at.fault("unknown_field", message, found=name, allowed=takes, did_you_mean=near, patch=mend)
                self._reading.refuse(fault)

    def _check_count(self, layer: FunctionalLayer | NestedLayer) -> None:
        entry = self._reading.objects.catalog.find("layer", layer.class_name)
        place = self._place(layer.name)
        if not layer.inputs and not layer.call:
            message = f"{layer.name!r} is called on nothing: write inputs: <a name, or a list of names>"
            return self._refuse(place.below("inputs"), "missing", message, None, self._names)
        if entry is None:
            return None
        if entry.call[:2] == ("query", "value") and any(len(call) > 1 for call in layer.inputs):
            message = f"{entry.name} takes its tensors by name: call: {{query: …, value: …}}"
            return self._refuse(place.below("inputs"), "bad_graph", message, layer.inputs)
        least, most = entry.inputs or (0, None)
        for call in layer.inputs:
            if len(call) < least or (most is not None and len(call) > most):
                wanted = str(least) if least == most else f"{least} or more" if most is None else f"{least} to {most}"
                message = f"{entry.name} is called on {wanted} tensor{'s' * (wanted != '1')}, not on {len(call)}"
                self._refuse(place.below("inputs"), "bad_graph", message, list(call), wanted)
        return None

    def _references(self, layer: FunctionalLayer | NestedLayer) -> Iterator[tuple[Place, str]]:
        """Every tensor that a layer is called on, with where it is written."""
        place = self._place(layer.name)
        written = self._written_inputs(layer.name)
        is_flat = _is_flat(written)
        for c, call in enumerate(layer.inputs):
            for n, reference in enumerate(call):
                steps = () if isinstance(written, str) else (n,) if is_flat else (c, n)
                yield place.below("inputs", *steps), reference
        for name, value in layer.call.items():
            for n, reference in enumerate(value if isinstance(value, list | tuple) else [value]):
                if isinstance(reference, str):
                    at = place.below("call", name)
                    yield at.below(n) if isinstance(value, list | tuple) else at, reference

    def _written_inputs(self, name: str) -> Any:
        place = self._places.get(name)
        item = self._raw["layers"][int(place.pointer.rpartition("/")[2])] if place else {}
        return item.get("inputs") if isinstance(item, dict) else None

    def _parents(self, node: Node) -> list[Node]:
        layer = self._layers.get(node[0])
        if layer is None:
            return []
        named = [value if isinstance(value, list | tuple) else [value] for value in layer.call.values()]
        constants = [reference for values in named for reference in values] if node[1] == 1 else []
        called = layer.inputs[node[1] - 1] if node[1] <= len(layer.inputs) else ()
        return [_node(reference) for reference in (*called, *constants) if isinstance(reference, str)]

    def _find_circle(self, start: Node, state: dict[Node, int]) -> list[str] | None:
        """Depth first without recursion; `state` is 1 while a call is on the path, 2 once it is done with."""
        if start in state:
            return None
        path, parents = [start], [iter(self._parents(start))]
        state[start] = 1
        while path:
            parent = next(parents[-1], None)
            if parent is None:
                state[path.pop()] = 2
                parents.pop()
            elif state.get(parent) == 1:
                state.update(dict.fromkeys(path, 2))
                inner = [name for name, _ in path[path.index(parent) + 1 :]]
                return [parent[0], *reversed(inner), parent[0]]
            elif parent[0] in self._layers and parent not in state:
                state[parent] = 1
                path.append(parent)
                parents.append(iter(self._parents(parent)))
        return None

    def _reachable(self) -> set[str]:
        found: set[Node] = set()
        waiting = [_node(reference) for reference in self._model.outputs]
        while waiting:
            node = waiting.pop()
            if node not in found:
                found.add(node)
                waiting += self._parents(node)
        return {name for name, _ in found}

    def _place(self, name: str) -> Place:
        return self._places.get(name, self._at.below("layers"))

    def _refuse(self, place: Place, code: Any, message: str, found: Any, allowed: Any = None) -> None:
        self._reading.refuse(place.fault(code, message, found=found, allowed=allowed))


def _node(reference: str) -> Node:
    match = REFERENCE.fullmatch(reference)
    return (match["name"], int(match["call"] or 1)) if match else (reference, 1)


def _is_flat(written: Any) -> bool:
    return isinstance(written, list | tuple) and all(isinstance(item, str) for item in written)


def _places(model: Functional, raw: Mapping[str, Any], place: Place) -> dict[str, Place]:
    """Where each layer is written; without places where some layer could not be read at all."""
    if len(model.layers) != len(raw["layers"]):
        return {}
    return {layer.name: place.below("layers", n) for n, layer in enumerate(model.layers)}
