"""Reads a model that is a component: its class, its arguments, and what its own `compile` takes."""

from collections.abc import Mapping
from typing import Any

from models_lib.spec.bindings import Binding, Split
from models_lib.spec.component_reading import entry_of
from models_lib.spec.components import FoundObject, is_component
from models_lib.spec.data_reading import SPLIT, source_field
from models_lib.spec.dataset import DatasetProfile
from models_lib.spec.inner_components import holds_component
from models_lib.spec.models import ComponentModel, KerasModel, Model, own_model
from models_lib.spec.names import did_you_mean, nearest
from models_lib.spec.objects import ConfigValue, KerasObject
from models_lib.spec.open_arguments import open_value
from models_lib.spec.own_classes import find_own_class
from models_lib.spec.places import Place
from models_lib.spec.sections import Reading
from models_lib.spec.training import Compile, Fit

MODEL, COMPILE, COMPONENTS = Place("/model"), Place("/compile"), Place("/components")
JOINED = "inputs"
STANDARD = frozenset(Compile.model_fields)


def read_pins(reading: Reading, raw: Any) -> None:
    """Whether each of `components` is a package that is there; the api has found them."""
    if raw is None:
        return
    items = [raw] if isinstance(raw, str) else raw
    if not isinstance(items, list | tuple):
        reading.refuse(COMPONENTS.fault("wrong_type", "components is a list: [robust@3]", found=raw, allowed="a list"))
        return
    packages = reading.objects.components.packages
    known = {name for package in packages for name in (package.name, package.reference)}
    for n, item in enumerate(items):
        if item not in known:
            near = nearest(str(item), known)
            message = f"there is no component {str(item)[:80]!r}{did_you_mean(near)}"
            at = COMPONENTS.below(n) if raw is items else COMPONENTS
            reading.refuse(
                at.fault("bad_reference", message, found=item, allowed=tuple(sorted(known)), did_you_mean=near)
            )


def read_component_model(reading: Reading, raw: Mapping[str, Any]) -> ComponentModel | None:
    """The model in its long form; its outputs are named by its targets later, where nothing else says so."""
    name, place = raw.get("class_name"), MODEL.below("class_name")
    if not isinstance(name, str):
        message = "class_name is missing: the class of the model, such as robust.WideAndDeepModel"
        reading.refuse(place.fault("missing", message, found=name, allowed=reading.objects.components.names("model")))
        return None
    found = find_own_class(reading, name, place)
    if found is None:
        return None
    if "call" not in found.described.methods:
        message = f"{found.name} has no call: it will be saved as core.keras, and cannot be asked for predictions"
        reading.warn(place, message)
    at = MODEL.below("config")
    given = reading.mapping(raw.get("config") or {}, at, "config")
    config = reading.objects.read_arguments(entry_of(found), given, at)
    outputs = raw.get("outputs") or ()
    fields = {**raw, "class_name": found.name, "config": config}
    fields["outputs"] = [outputs] if isinstance(outputs, str) else outputs
    return reading.closed(ComponentModel, fields, MODEL, "component")


def own_of(reading: Reading, model: Model | None) -> FoundObject | None:
    """What the manifest says of a component model's class."""
    if not isinstance(model, ComponentModel | KerasModel) or model.class_name is None:
        return None
    found = reading.objects.components.find(model.class_name)
    return found[0] if found else None


def take_own_arguments(reading: Reading, raw: Any, own: FoundObject | None) -> tuple[Any, dict[str, ConfigValue]]:
    """`compile` without what only the model's own `compile` takes, and that, read."""
    if own is None or not own.described.compile or not isinstance(raw, Mapping):
        return raw, {}
    taken = {argument.name for argument in own.described.compile} - STANDARD
    written = raw.get("own") if isinstance(raw.get("own"), Mapping) else {}
    given = {**dict(written or {}), **{str(key): value for key, value in raw.items() if key in taken}}
    read = {name: _own_argument(reading, name, value) for name, value in given.items()}
    for argument in own.described.compile:
        if argument.required and argument.name not in given and argument.name not in STANDARD:
            message = f"{own.name}.compile needs {argument.name}"
            reading.refuse(COMPILE.fault("missing", message, allowed=argument.name))
    return {key: value for key, value in raw.items() if key not in taken and key != "own"}, read


def _own_argument(reading: Reading, name: str, value: Any) -> ConfigValue:
    """`d_optimizer: adam` is an optimizer by its name, as `loss_fn: mse` is a loss.

    A function of a component is whatever the model calls it for: a GAN's losses take one argument, or other names.
    """
    place, objects = COMPILE.below(name), reading.objects
    family = next((f for f in ("optimizer", "loss", "metric") if f in name), None)
    is_named = isinstance(value, str) and "(" not in value
    own = [part for part in objects.components.find(value) if part.described.kind == "function"] if is_named else []
    if is_named and family is not None and not own:
        return objects.read(value, family, place)  # type: ignore[arg-type]  # the three are families
    return open_value(objects, name, value, place)


def is_loss_free(own: FoundObject | None, *, is_targetless: bool) -> bool:
    """Whether `compile` may go without a loss: the model says itself what it makes smaller."""
    if own is None:
        return is_targetless
    described = own.described
    compiled = {argument.name for argument in described.compile}
    has_own_compile = bool({"compile"} & set(described.methods)) and "loss" not in compiled
    return is_targetless or has_own_compile or bool({"train_step", "compute_loss"} & set(described.methods))


def settle_split(reading: Reading, split: Split, raw: Any, own: FoundObject | None, compiled: Compile | None) -> Split:
    """A model that trains in a way of its own, and has neither loss nor `test_step`, has nothing to be validated by."""
    if own is None or compiled is None or compiled.loss:
        return split
    methods = set(own.described.methods)
    if "train_step" not in methods or methods & {"test_step", "compute_loss"}:
        return split
    asked = [part for part in ("validation", "test", "column", "validation_dataset", "test_dataset")
             if isinstance(raw, Mapping) and raw.get(part)]  # fmt: skip
    for part in asked:
        message = f"{own.name} has no test_step and compile has no loss: there is nothing to evaluate {part} by"
        reading.refuse(SPLIT.below(part).fault("bad_reference", message, found=raw[part]))
    return split.model_copy(update={"validation": 0.0})


def joined_inputs(reading: Reading, profile: DatasetProfile, taken: set[str]) -> dict[str, Binding]:
    """One tensor of all numbers: a component's `call` says nothing of which columns it wants."""
    numbers = [column.name for column in profile.columns if column.is_number or column.dtype == "bool"]
    free = [name for name in numbers if name not in taken]
    left_out = [c.name for c in profile.columns if c.name not in taken and c.name not in numbers]
    if left_out:
        message = f"columns that hold no numbers are left out: {', '.join(left_out[:12])}; bind them under inputs"
        reading.warn(Place("/inputs"), message)
    if not free:
        return {}
    field = source_field(profile)
    source = {"columns": free} if field == "column" and len(free) > 1 else {field: free[0]}
    return {JOINED: Binding.model_validate(source)}


def has_open_curves(model: Model | None, compiled: Compile | None, fit: Fit) -> bool:
    """Whether the training may log curves that the spec does not tell of: metrics that a component holds."""
    objects: list[KerasObject] = []
    if compiled is not None:
        objects += [m for some in (compiled.metrics, compiled.weighted_metrics) for ms in some.values() for m in ms]
    is_open = fit.loop is not None or any(holds_component(metric) for metric in objects)
    return is_open or (model is not None and _may_log_more(own_model(model)))


def _may_log_more(model: Any) -> bool:
    """Whether a component is in the model, at any depth; read from what was written, which nobody has judged by now."""
    if isinstance(model, ComponentModel | KerasModel):
        return isinstance(model, ComponentModel) or _is_partly_own(model)
    parts = [(getattr(part, "layer", None), getattr(part, "model", None)) for part in getattr(model, "layers", ())]
    return any(
        holds_component(layer) or (inner is not None and _may_log_more(own_model(inner))) for layer, inner in parts
    )


def _is_partly_own(model: KerasModel) -> bool:
    return model.class_name is not None or any(is_component(layer.class_name) for layer in model.plan.layers)


def has_loop(document: Mapping[str, Any]) -> bool:
    """Whether the document asks for a training loop of its own."""
    fit = document.get("fit")
    return isinstance(fit, Mapping) and fit.get("loop") is not None


def needs_no_targets(document: Mapping[str, Any]) -> bool:
    """`targets: none`, which the resolved spec writes as an empty mapping: where own code says what is learned."""
    raw, model = document.get("targets"), document.get("model")
    is_own = isinstance(model, Mapping) and (model.get("kind") == "component" or model.get("class_name") is not None)
    return raw in ("none", {}) and (is_own or has_loop(document) or bool(document.get("components")))
