"""Reads a model of kind `run`: another run's, which the service has found and written beneath it."""

from collections.abc import Callable
from typing import Any

from models_lib.spec.faults import SpecRefused
from models_lib.spec.models import ApplicationModel, InnerModel, OwnModel, RunModel, layer_of
from models_lib.spec.names import did_you_mean, nearest
from models_lib.spec.nesting import check_globs, walk_layers
from models_lib.spec.places import Place
from models_lib.spec.planning import layered, plan_nested
from models_lib.spec.sections import Reading

MODEL = Place("/model")
UNKNOWN = "a run is named by its id, and the service finds its model: {kind: run, run: run_01…}"
WHOLE = "a model is cut where it stands inside another one: {name: base, model: {kind: run, run: …, outputs: hidden}}"
NO_COMPONENT = (
    "that run's model is a component's, which stands in another one as a layer alone: {layer: package.Name()}"
)


def take_run(reading: Reading, document: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """The document with the run's own model, and what it says of the run; raises SpecRefused where there is none."""
    raw = document.get("model")
    if not isinstance(raw, dict) or raw.get("kind") != "run":
        return document, None
    inner = raw.get("model")
    if not isinstance(inner, dict):
        raise SpecRefused((MODEL.below("run").fault("bad_reference", UNKNOWN, found=raw.get("run")),))
    if raw.get("outputs"):
        reading.refuse(MODEL.below("outputs").fault("bad_reference", WHOLE, found=raw["outputs"]))
    globs = raw.get("trainable")
    if isinstance(globs, dict) and globs and inner.get("kind") == "component":
        message = "the layers of a component's model are frozen by its own code"
        reading.refuse(MODEL.below("trainable").fault("bad_reference", message, found=globs))
    elif isinstance(globs, dict) and globs:
        inner = {**inner, "trainable": {**(inner.get("trainable") or {}), **globs}}
    return {**document, "model": inner}, raw


def wrap_run(reading: Reading, raw: dict[str, Any], model: OwnModel | None) -> RunModel | None:
    """The model with what the spec says of the run that it comes from."""
    return reading.closed(RunModel, _plain(raw) | {"model": model}, MODEL, "run") if model is not None else None


def read_inner_run(
    reading: Reading, fields: dict[str, Any], place: Place, read: Callable[[Any, Place], InnerModel | None]
) -> RunModel | None:
    """The same of a model inside another one, cut where `outputs` says."""
    raw = fields.get("model")
    if not isinstance(raw, dict) or raw.get("kind") == "component":
        message = NO_COMPONENT if isinstance(raw, dict) else UNKNOWN
        reading.refuse(place.below("run").fault("bad_reference", message, found=fields.get("run")))
        return None
    inner = read(raw, place.below("model"))
    model = reading.closed(RunModel, _plain(fields) | {"model": inner}, place, "run") if inner is not None else None
    if model is None:
        return None
    own = layered(model)
    plan = plan_nested("model", own, place.below("model").pointer, 1)
    paths = [path for path, _ in walk_layers(plan)]
    unknown = [own.name] if isinstance(own, ApplicationModel) else []
    if not unknown:
        check_globs(reading, model.trainable, paths, place)
        names = [layer.name for layer in plan.layers]
        for name in (name for name in model.outputs if layer_of(name) not in names):
            near = nearest(layer_of(name), names)
            message = f"that run's model has no layer {name!r}{did_you_mean(near)}"
            at = place.below("outputs")
            reading.refuse(at.fault("bad_reference", message, found=name, allowed=tuple(names), did_you_mean=near))
            return None
    return model


def _plain(raw: dict[str, Any]) -> dict[str, Any]:
    """An epoch's number and a single output may be written bare."""
    given = {key: value for key, value in raw.items() if value is not None}
    checkpoint, outputs = given.get("checkpoint"), given.get("outputs")
    if isinstance(checkpoint, int) and not isinstance(checkpoint, bool):
        given["checkpoint"] = str(checkpoint)
    return given | ({"outputs": [outputs]} if isinstance(outputs, str) else {})
