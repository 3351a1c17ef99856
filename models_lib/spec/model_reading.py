"""Reads the model: layers in their long form, named, and what each is called on."""

import re
from fnmatch import fnmatchcase
from typing import Any

from models_lib.spec.components import short_name
from models_lib.spec.faults import Fault, FaultCode
from models_lib.spec.models import Functional, FunctionalLayer, Sequential, SequentialLayer
from models_lib.spec.names import did_you_mean, is_certain, nearest
from models_lib.spec.objects import KerasObject
from models_lib.spec.places import Place
from models_lib.spec.sections import FAULTY, Reading
from models_lib.spec.unavailable import KINDS, UNBUILT_KINDS, not_available

MODEL = Place("/model")
MAX_LAYERS = 1000


def read_model(reading: Reading, raw: Any, *, last_name: str | None = None) -> Sequential | Functional | None:
    """The model, or None where it cannot be read. `last_name` names a stack's last layer if nothing else does."""
    if raw is None:
        message = 'model is missing: {kind: sequential, layers: [Dense(30, activation="relu"), Dense(1)]}'
        reading.refuse(MODEL.fault("missing", message, allowed=KINDS))
        return None
    fields = reading.mapping(raw, MODEL, "model")
    kind = fields.get("kind")
    if kind not in KINDS:
        if isinstance(raw, dict):
            reading.refuse(_unknown_kind(fields, kind))
        return None
    layers = fields.get("layers")
    if not isinstance(layers, list | tuple) or not 0 < len(layers) <= MAX_LAYERS:
        message = f"layers is a list of 1 to {MAX_LAYERS} layers"
        code: FaultCode = "missing" if layers is None else "wrong_type"
        reading.refuse(MODEL.below("layers").fault(code, message, found=layers))
        return None
    if kind == "sequential":
        return _read_sequential(reading, fields, list(layers), last_name)
    return _read_functional(reading, fields, list(layers))


def _unknown_kind(fields: dict[str, Any], kind: Any) -> Fault:
    place = MODEL.below("kind")
    if kind in UNBUILT_KINDS:
        return not_available(place, f"the model kind {kind!r} is", found=kind)
    if kind is None:
        guess = "functional" if "outputs" in fields else "sequential"
        patch = [{"op": "add", "path": place.pointer, "value": guess}]
        return place.fault("missing", f"kind is missing: {' or '.join(KINDS)}", allowed=KINDS, patch=patch)
    near = nearest(kind, KINDS) if isinstance(kind, str) else None
    mend = place.replacing(near) if near and is_certain(str(kind), near) else None
    message = f"unknown model kind {str(kind)[:80]!r}{did_you_mean(near)}"
    return place.fault("unknown_name", message, found=kind, allowed=KINDS, did_you_mean=near, patch=mend)


def _read_sequential(
    reading: Reading, fields: dict[str, Any], items: list[Any], last_name: str | None
) -> Sequential | None:
    raw = [_as_fields(item) for item in items]
    layers = [_read_layer(reading, item, MODEL.below("layers", n), given=items[n]) for n, item in enumerate(raw)]
    if (
        last_name is not None
        and not layers[-1].get("name")
        and last_name not in {layer.get("name") for layer in layers}
    ):
        layers[-1]["name"] = last_name
    _name_layers(layers)
    read = [_closed_layer(reading, SequentialLayer, layer, n, "sequential layer") for n, layer in enumerate(layers)]
    _check_unique(reading, [layer["name"] for layer in layers])
    model = reading.closed(Sequential, {**fields, "layers": [layer for layer in read if layer]}, MODEL, "sequential")
    return model and model.model_copy(update={"layers": _frozen(reading, model), "trainable": {}})


def _read_functional(reading: Reading, fields: dict[str, Any], items: list[Any]) -> Functional | None:
    layers: list[Any] = []
    for n, item in enumerate(items):
        place = MODEL.below("layers", n)
        layer: dict[str, Any] = _read_layer(reading, _as_fields(item), place, given=item)
        if not layer.get("name"):
            message = (
                "a layer of a graph has a name, which others call it by: {name: hidden, layer: Dense(30), inputs: x}"
            )
            reading.refuse(place.fault("missing", message, found=item, allowed="name"))
            layer["name"] = f"unnamed_{n}"
        layer["inputs"] = _read_calls(reading, layer.get("inputs"), place.below("inputs"))
        layers.append(_closed_layer(reading, FunctionalLayer, layer, n, "layer"))
    _check_unique(reading, [layer.name for layer in layers if layer])
    outputs = fields.get("outputs")
    if isinstance(outputs, str):
        outputs = [outputs]
    raw = {**fields, "layers": [layer for layer in layers if layer]} | ({"outputs": outputs} if outputs else {})
    model = reading.closed(Functional, raw, MODEL, "functional")
    return model and model.model_copy(update={"layers": _frozen(reading, model), "trainable": {}})


def _as_fields(item: Any) -> dict[str, Any]:
    """A layer is an object, or {name, layer, …}."""
    if isinstance(item, dict) and "class_name" not in item:
        return {str(key): value for key, value in item.items()}
    return {"layer": item}


def _read_layer(reading: Reading, fields: dict[str, Any], place: Place, *, given: Any) -> dict[str, Any]:
    """The layer's fields with its object in long form; a name or `trainable` inside the object moves out of it."""
    if "model" in fields:
        reading.refuse(not_available(place.below("model"), "a model as a layer is"))
        return {key: value for key, value in fields.items() if key != "model"} | {"layer": FAULTY}
    if "layer" not in fields:
        message = 'layer is missing: {name: hidden, layer: Dense(30, activation="relu")}'
        reading.refuse(place.fault("missing", message, found=given, allowed="layer"))
        return fields | {"layer": FAULTY}
    at = place if "layer" not in (given if isinstance(given, dict) else {}) else place.below("layer")
    layer = reading.object(fields["layer"], "layer", at)
    config = {key: value for key, value in layer.config.items() if key not in ("name", "trainable")}
    lifted = {key: layer.config[key] for key in ("name", "trainable") if layer.config.get(key) is not None}
    if "name" in lifted and fields.get("name") not in (None, lifted["name"]):
        message = f"the layer is named {fields['name']!r} and {lifted['name']!r}: leave one out"
        reading.refuse(place.below("name").fault("duplicate", message, found=fields["name"]))
    given_fields = {key: value for key, value in fields.items() if value is not None}
    return lifted | given_fields | {"layer": KerasObject(class_name=layer.class_name, config=config)}


def _closed_layer(reading: Reading, part: Any, layer: dict[str, Any], n: int, section: str) -> Any:
    read = reading.closed(part, layer, MODEL.below("layers", n), section)
    if read is None:  # the name was refused: the layer stays, so that the graph is still judged
        return reading.closed(part, layer | {"name": f"unnamed_{n}"}, MODEL.below("layers", n), section)
    return read


def _read_calls(reading: Reading, inputs: Any, place: Place) -> list[list[Any]]:
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
    reading.refuse(place.fault("wrong_type", message, found=inputs))
    return []


def _name_layers(layers: list[dict[str, Any]]) -> None:
    """Give unnamed layers the names that Keras gives in a fresh process: dense, dense_1, …"""
    taken = {layer["name"] for layer in layers if layer.get("name")}
    for layer in layers:
        if not layer.get("name"):
            layer["name"] = _free_name(snake_case(short_name(layer["layer"].class_name)), taken)
            taken.add(layer["name"])


def _free_name(stem: str, taken: set[str]) -> str:
    name, count = stem, 0
    while name in taken:
        count += 1
        name = f"{stem}_{count}"
    return name


def snake_case(name: str) -> str:
    """A class name as Keras turns it into an object's name."""
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", re.sub(r"\W+", "", name) or "layer")
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()


def _check_unique(reading: Reading, names: list[Any]) -> None:
    seen: dict[Any, int] = {}
    for n, name in enumerate(names):
        if name in seen:
            message = f"the name {name!r} is taken by layer {seen[name]}: layer names are unique"
            reading.refuse(MODEL.below("layers", n, "name").fault("duplicate", message, found=name))
        seen.setdefault(name, n)


def _frozen(reading: Reading, model: Sequential | Functional) -> tuple[Any, ...]:
    """The layers with `trainable` as the globs say; the last match wins."""
    names = [layer.name for layer in model.layers]
    for pattern in model.trainable:
        if not any(fnmatchcase(name, pattern) for name in names):
            place = MODEL.below("trainable", pattern)
            message = f"no layer matches {pattern!r}"
            reading.refuse(place.fault("bad_reference", message, found=pattern, allowed=tuple(names)))
    frozen = []
    for layer in model.layers:
        matching = [value for pattern, value in model.trainable.items() if fnmatchcase(layer.name, pattern)]
        frozen.append(layer.model_copy(update={"trainable": matching[-1]}) if matching else layer)
    return tuple(frozen)
