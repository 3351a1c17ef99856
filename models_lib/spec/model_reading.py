"""Reads the model: layers in their long form, named, and what each is called on."""

from typing import Any

from models_lib.spec.application_reading import read_application
from models_lib.spec.components import short_name
from models_lib.spec.faults import Fault, FaultCode
from models_lib.spec.graph import check_graph
from models_lib.spec.keras_reading import read_keras
from models_lib.spec.models import (
    Functional,
    FunctionalLayer,
    InnerModel,
    NestedLayer,
    Sequential,
    SequentialLayer,
    StackedModel,
)
from models_lib.spec.names import did_you_mean, is_certain, nearest, snake_case
from models_lib.spec.nesting import settle_inputs, settle_trainable
from models_lib.spec.objects import KerasObject
from models_lib.spec.places import Place
from models_lib.spec.run_reading import read_inner_run
from models_lib.spec.sections import FAULTY, Reading
from models_lib.spec.unavailable import KINDS

MODEL = Place("/model")
MAX_LAYERS = 1000
INPUTS_BESIDE = "functional has no inputs: inputs are bound under `inputs` beside `model`"
MAX_DEPTH = 8
WITHOUT_LAYERS = ("run", "keras", "application")
NOT_NESTED = {
    "component": "a component's model stands in another one as a layer: {layer: 'package.Name()'}",
    "script": "a script is a whole run and no part of a model: {kind: script} stands alone under `model`",
}


def read_model(reading: Reading, raw: Any, *, last_name: str | None = None) -> InnerModel | None:
    """The model, or None where it cannot be read. `last_name` names a stack's last layer if nothing else does."""
    return ModelReader(reading).read(raw, MODEL, last_name=last_name)


class ModelReader:
    """Reads a model, and those inside it."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._depth = 0

    def read(self, raw: Any, place: Place, *, last_name: str | None = None) -> InnerModel | None:
        if raw is None:
            message = 'model is missing: {kind: sequential, layers: [Dense(30, activation="relu"), Dense(1)]}'
            self._reading.refuse(place.fault("missing", message, allowed=KINDS))
            return None
        fields = self._reading.mapping(raw, place, "model")
        kind = fields.get("kind")
        if kind not in KINDS:
            if isinstance(raw, dict):
                self._reading.refuse(_unknown_kind(fields, kind, place))
            return None
        if self._depth > MAX_DEPTH:
            message = f"models are nested at most {MAX_DEPTH} deep"
            self._reading.refuse(place.fault("too_large", message))
            return None
        if kind in NOT_NESTED:
            self._reading.refuse(place.below("kind").fault("wrong_type", NOT_NESTED[kind], found=kind))
            return None
        if kind in WITHOUT_LAYERS:
            return self._read_whole(kind, fields, place, last_name)
        layers = fields.get("layers")
        if not isinstance(layers, list | tuple) or not 0 < len(layers) <= MAX_LAYERS:
            message = f"layers is a list of 1 to {MAX_LAYERS} layers"
            code: FaultCode = "missing" if layers is None else "wrong_type"
            self._reading.refuse(place.below("layers").fault(code, message, found=layers))
            return None
        if kind == "sequential":
            return self._read_sequential(fields, list(layers), place, last_name)
        return self._read_functional(fields, list(layers), place)

    def _read_whole(self, kind: str, fields: dict[str, Any], place: Place, last_name: str | None) -> InnerModel | None:
        """A model whose layers somebody else has written."""
        if kind == "run":
            return read_inner_run(self._reading, fields, place, self.read)
        if kind == "keras":
            return read_keras(self._reading, fields, place)
        return read_application(self._reading, fields, place, last_name=last_name)

    def _read_sequential(
        self, fields: dict[str, Any], items: list[Any], place: Place, last_name: str | None
    ) -> Sequential | None:
        raw = [_as_fields(item) for item in items]
        layers = [self._read_layer(item, place.below("layers", n), given=items[n]) for n, item in enumerate(raw)]
        if (
            last_name is not None
            and not layers[-1].get("name")
            and all(layer.get("name") != last_name for layer in layers)
        ):
            layers[-1]["name"] = last_name
        _name_layers(layers)
        read = [
            self._closed_layer(StackedModel if "model" in layer else SequentialLayer, layer, place.below("layers", n))
            for n, layer in enumerate(layers)
        ]
        self._check_unique([layer["name"] for layer in layers], place)
        raw_model = {**fields, "layers": [layer for layer in read if layer]}
        model = self._reading.closed(Sequential, raw_model, place, "sequential")
        return model and settle_trainable(self._reading, model, place)

    def _read_functional(self, fields: dict[str, Any], items: list[Any], place: Place) -> Functional | None:
        layers: list[Any] = []
        for n, item in enumerate(items):
            at = place.below("layers", n)
            layer: dict[str, Any] = self._read_layer(_as_fields(item), at, given=item)
            if not layer.get("name"):
                message = (
                    "a layer of a graph has a name, by which others call it: {name: h, layer: Dense(30), inputs: x}"
                )
                self._reading.refuse(at.fault("missing", message, found=item, allowed="name"))
                layer["name"] = f"unnamed_{n}"
            layer["inputs"] = self._read_calls(layer.get("inputs"), at.below("inputs"))
            layers.append(self._closed_layer(NestedLayer if "model" in layer else FunctionalLayer, layer, at))
        self._check_unique([layer.name for layer in layers if layer], place)
        layers = [settle_inputs(self._reading, layer, place.below("layers", n)) for n, layer in enumerate(layers)]
        if not self._depth and fields.get("inputs"):
            self._reading.refuse(
                place.below("inputs").fault("unknown_field", INPUTS_BESIDE, found=fields.pop("inputs"))
            )
        outputs, inputs = fields.get("outputs"), fields.get("inputs")
        raw = {**fields, "layers": [layer for layer in layers if layer]}
        raw |= {"outputs": [outputs] if isinstance(outputs, str) else outputs} if outputs else {}
        raw |= {"inputs": [inputs]} if isinstance(inputs, str) else {}
        model = self._reading.closed(Functional, raw, place, "functional")
        if model is None:
            return None
        self._check_inner(layers, items, place)
        return settle_trainable(self._reading, model, place)

    def _check_inner(self, layers: list[Any], items: list[Any], place: Place) -> None:
        """Graphs inside this one, on the names that they were given."""
        for n, layer in enumerate(layers):
            if isinstance(layer, NestedLayer) and isinstance(layer.model, Functional) and layer.model.inputs:
                at = place.below("layers", n, "model")
                check_graph(self._reading, layer.model, layer.model.inputs, items[n]["model"], at)

    def _read_layer(self, fields: dict[str, Any], place: Place, *, given: Any) -> dict[str, Any]:
        """The layer's fields with its object in long form; a name or `trainable` inside the object moves out of it."""
        if "model" in fields:
            return self._read_inner(fields, place)
        if "layer" not in fields:
            message = 'layer is missing: {name: hidden, layer: Dense(30, activation="relu")}'
            self._reading.refuse(place.fault("missing", message, found=given, allowed="layer"))
            return fields | {"layer": FAULTY}
        at = place if "layer" not in (given if isinstance(given, dict) else {}) else place.below("layer")
        layer = self._reading.object(fields["layer"], "layer", at)
        config = {key: value for key, value in layer.config.items() if key not in ("name", "trainable")}
        lifted = {key: layer.config[key] for key in ("name", "trainable") if layer.config.get(key) is not None}
        if "name" in lifted and fields.get("name") not in (None, lifted["name"]):
            message = f"the layer is named {fields['name']!r} and {lifted['name']!r}: leave one out"
            self._reading.refuse(place.below("name").fault("duplicate", message, found=fields["name"]))
        given_fields = {key: value for key, value in fields.items() if value is not None}
        return lifted | given_fields | {"layer": KerasObject(class_name=layer.class_name, config=config)}

    def _read_inner(self, fields: dict[str, Any], place: Place) -> dict[str, Any]:
        """A model as a layer; one that was refused is stood in for by a layer."""
        rest = {key: value for key, value in fields.items() if key != "model" and value is not None}
        if "layer" in rest:
            message = "a layer of a model is either a layer or a model: leave one out"
            self._reading.refuse(place.below("layer").fault("duplicate", message, found=rest.pop("layer")))
        self._depth += 1
        model = self.read(fields["model"], place.below("model"))
        self._depth -= 1
        return rest | ({"model": model} if model else {"layer": FAULTY})

    def _closed_layer(self, part: Any, layer: dict[str, Any], place: Place) -> Any:
        section = "layer" if part in (FunctionalLayer, NestedLayer) else "sequential layer"
        read = self._reading.closed(part, layer, place, section)
        if read is None:  # the name was refused: the layer stays, so that the graph is still judged
            return self._reading.closed(part, layer | {"name": f"unnamed_{place.pointer[-1]}"}, place, section)
        return read

    def _read_calls(self, inputs: Any, place: Place) -> list[list[Any]]:
        """A name, a list of names, or a list of lists: always read as a list of calls."""
        match inputs:
            case None:
                return []
            case str():
                return [[inputs]]
            case [*items] if items and all(isinstance(item, str) for item in items):
                return [items]
            case [*items] if items and all(isinstance(item, list | tuple) and item for item in items):
                return [list(item) for item in items]
            case []:
                return []
        message = "inputs is a name, a list of names, or a list of lists of names to call the layer again"
        self._reading.refuse(place.fault("wrong_type", message, found=inputs))
        return []

    def _check_unique(self, names: list[Any], place: Place) -> None:
        seen: dict[str, int] = {}
        for n, name in enumerate(names):
            if not isinstance(name, str):
                continue  # its type is refused where it is read
            if name in seen:
                message = f"the name {name!r} is taken by layer {seen[name]}: layer names are unique"
                self._reading.refuse(place.below("layers", n, "name").fault("duplicate", message, found=name))
            seen.setdefault(name, n)


def _unknown_kind(fields: dict[str, Any], kind: Any, at: Place) -> Fault:
    place = at.below("kind")
    if kind is None:
        guess = "keras" if "config" in fields else "functional" if "outputs" in fields else "sequential"
        patch = [{"op": "add", "path": place.pointer, "value": guess}]
        return place.fault("missing", f"kind is missing: {' or '.join(KINDS)}", allowed=KINDS, patch=patch)
    near = nearest(kind, KINDS) if isinstance(kind, str) else None
    mend = place.replacing(near) if near and is_certain(str(kind), near) else None
    message = f"unknown model kind {str(kind)[:80]!r}{did_you_mean(near)}"
    return place.fault("unknown_name", message, found=kind, allowed=KINDS, did_you_mean=near, patch=mend)


def _as_fields(item: Any) -> dict[str, Any]:
    """A layer is an object, or {name, layer, …}."""
    if isinstance(item, dict) and "class_name" not in item:
        return {str(key): value for key, value in item.items()}
    return {"layer": item}


def _name_layers(layers: list[dict[str, Any]]) -> None:
    """Give unnamed layers the names that Keras gives in a fresh process: dense, dense_1, …"""
    taken = {layer["name"] for layer in layers if isinstance(layer.get("name"), str)}
    for layer in layers:
        if not layer.get("name"):
            stem = snake_case(short_name(layer["layer"].class_name)) if "layer" in layer else "model"
            layer["name"] = _free_name(stem, taken)
            taken.add(layer["name"])


def _free_name(stem: str, taken: set[str]) -> str:
    name, count = stem, 0
    while name in taken:
        count += 1
        name = f"{stem}_{count}"
    return name
