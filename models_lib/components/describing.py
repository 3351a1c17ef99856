"""What an imported package offers: its classes and functions, where each may stand, and what they take."""

import inspect
import re
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import keras

from models_lib.components.makers import made_model
from models_lib.components.sources import (
    families_of,
    first_doc_line,
    inner_name,
    line_of,
    made_by,
    takes_by_any_name,
)
from models_lib.spec.catalog import load_catalog
from models_lib.spec.components import ComponentArgument, ComponentFamily, ComponentManifest, ComponentObject
from models_lib.spec.faults import Fault

BASES: tuple[tuple[type, ComponentFamily], ...] = (
    (keras.Model, "model"),
    (keras.layers.Layer, "layer"),
    (keras.losses.Loss, "loss"),
    (keras.metrics.Metric, "metric"),
    (keras.optimizers.Optimizer, "optimizer"),
    (keras.optimizers.schedules.LearningRateSchedule, "schedule"),
    (keras.initializers.Initializer, "initializer"),
    (keras.regularizers.Regularizer, "regularizer"),
    (keras.constraints.Constraint, "constraint"),
    (keras.callbacks.Callback, "callback"),
)
KIND_OF: dict[Any, tuple[str, ...]] = {
    int: ("int",),
    float: ("float",),
    bool: ("bool",),
    str: ("string",),
    list: ("list",),
    tuple: ("list",),
    dict: ("dict",),
}
METHODS = ("call", "build", "compile", "train_step", "test_step", "predict_step", "get_config", "compute_loss")
Parameter = inspect.Parameter


class NameTaken(Exception):
    """An object that is called as one of Keras' is, or two that are called alike."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(fault.message for fault in faults))
        self.faults = tuple(faults)


def describe_package(modules: list[ModuleType]) -> ComponentManifest:
    """The manifest; raises NameTaken with every name."""
    package = modules[0].__name__ if modules else ""
    found: dict[str, ComponentObject] = {}
    faults: list[Fault] = []
    for module in modules:
        for name, value in _own_objects(module, package):
            if name in found and found[name].module == value.__module__:
                continue
            described = describe_object(name, value)
            if described is None:
                continue
            faults += _taken(described, found)
            found[name] = described
    if faults:
        raise NameTaken(faults)
    return ComponentManifest(objects=tuple(sorted(found.values(), key=lambda part: (part.module, part.line or 0))))


def _own_objects(module: ModuleType, package: str) -> Iterator[tuple[str, Any]]:
    """Public classes and functions that the package itself defines."""
    for name, value in vars(module).items():
        home = getattr(value, "__module__", None)
        is_own = isinstance(home, str) and (home == package or home.startswith(f"{package}."))
        if is_own and not name.startswith("_") and callable(value) and getattr(value, "__name__", None) == name:
            yield name, value


def _taken(described: ComponentObject, found: dict[str, ComponentObject]) -> Iterator[Fault]:
    catalog = load_catalog()
    name = described.name
    refused = [family for family, names in catalog.refused.items() if name in names]
    known = [*catalog.families_of(name), *refused]
    if known:
        article = "an" if known[0][0] in "aio" else "a"
        message = f"{name} is the name of {article} {known[0]} of Keras: call yours otherwise"
        yield Fault(pointer="/source", message=message, code="forbidden", line=described.line, found=name)
    if name in found:
        message = f"two modules have a {name}: names are unique in a package"
        yield Fault(pointer="/source", message=message, code="duplicate", line=described.line, found=name)


def describe_object(name: str, value: Any) -> ComponentObject | None:
    """One class or function; None for a class that is none of Keras' kinds."""
    if isinstance(value, type):
        return _describe_class(name, value)
    return _describe_function(name, value)


def _describe_class(name: str, cls: type) -> ComponentObject | None:
    families = tuple(family for base, family in BASES if issubclass(cls, base))
    if not families:
        return None
    arguments, takes_any = _constructor(cls)
    if "metric" in families:
        arguments = tuple(_named_metric(argument, cls) for argument in arguments)
    return ComponentObject(
        name=name,
        kind="class",
        families=families,
        arguments=arguments,
        positional=_positional(cls),
        takes_any=takes_any,
        **(_trained_as(cls) if "model" in families else _called_as(cls, is_layer="layer" in families)),
        curve=snake_case(cls.__name__) if "metric" in families else None,
        module=cls.__module__,
        line=line_of(cls),
        doc=first_doc_line(cls),
    )


def _describe_function(name: str, function: Any) -> ComponentObject | None:
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return None
    model = made_model(function)
    made = ("model", "layer") if model else made_by(function)
    families: tuple[ComponentFamily, ...] = made or families_of(parameters)
    return ComponentObject(
        name=name,
        kind="factory" if made else "function",
        families=families,
        **(_made_as(model) if model else {}),
        arguments=tuple(_argument(p) for p in parameters if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)),
        positional=sum(p.kind is p.POSITIONAL_OR_KEYWORD for p in parameters),
        takes_any=any(p.kind is p.VAR_KEYWORD for p in parameters),
        curve=inner_name(function) or name,
        module=function.__module__,
        line=line_of(function),
        doc=first_doc_line(function),
    )


def _trained_as(model: type) -> dict[str, Any]:
    """How a model's class is called, compiled and trained, for the class itself and for what makes such models."""
    compiled, compiled_any = _own_compile(model)
    return {
        "call": _call_arguments(model),
        "methods": tuple(method for method in METHODS if _is_own(model, method)),
        "compile": compiled,
        "compile_takes_any": compiled_any,
    }


def _made_as(model: type) -> dict[str, Any]:
    """For what makes such models: those of a class without an `__init__` of its own are graphs, which can be called."""
    told = _trained_as(model)
    is_graph = not _is_own(model, "__init__")
    return told | {"methods": ("call", *told["methods"])} if is_graph and "call" not in told["methods"] else told


def _called_as(cls: type, *, is_layer: bool) -> dict[str, Any]:
    return {
        "call": _call_arguments(cls) if is_layer else (),
        "methods": tuple(method for method in METHODS if _is_own(cls, method)),
    }


def _constructor(cls: type) -> tuple[tuple[ComponentArgument, ...], bool]:
    """Its own arguments, then those of the classes that its **kwargs go on to; whether anything else is taken, too."""
    arguments: dict[str, ComponentArgument] = {}
    takes_any = False
    for ancestor in cls.__mro__:
        if "__init__" not in vars(ancestor) or ancestor.__name__ == "Trainer":
            continue
        parameters = list(inspect.signature(vars(ancestor)["__init__"]).parameters.values())[1:]
        named = [p for p in parameters if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)]
        passed_on = next((p.name for p in parameters if p.kind is p.VAR_KEYWORD), None)
        is_own = not ancestor.__module__.startswith("keras.")
        takes_any = takes_any or (
            is_own and passed_on is not None and takes_by_any_name(vars(ancestor)["__init__"], passed_on)
        )
        for parameter in named:
            arguments.setdefault(parameter.name, _argument(parameter))
        if ancestor is keras.layers.Layer:
            arguments = {name: _left_to_keras(argument) for name, argument in arguments.items() if name != "autocast"}
        if passed_on is None or ancestor is keras.layers.Layer:
            break
    return tuple(arguments.values()), takes_any


def _left_to_keras(argument: ComponentArgument) -> ComponentArgument:
    """Layers are frozen by the spec's own `trainable`, so its default is not written out."""
    return argument.model_copy(update={"default": None}) if argument.name == "trainable" else argument


def _positional(cls: Any) -> int:
    parameters = list(inspect.signature(cls.__init__).parameters.values())[1:]
    return sum(p.kind in (p.POSITIONAL_OR_KEYWORD, p.POSITIONAL_ONLY) for p in parameters)


def _own_compile(cls: type) -> tuple[tuple[ComponentArgument, ...], bool]:
    """What its own `compile` takes; nothing where it has Keras'."""
    if not _is_own(cls, "compile"):
        return (), False
    parameters = list(inspect.signature(cls.compile).parameters.values())[1:]  # type: ignore[attr-defined]  # a Model
    named = tuple(_argument(p) for p in parameters if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL))
    return named, any(p.kind is p.VAR_KEYWORD for p in parameters)


def _argument(parameter: Parameter) -> ComponentArgument:
    default = parameter.default
    if default is parameter.empty:
        return ComponentArgument(name=parameter.name, required=True, kinds=_kinds(parameter.annotation))
    plain = default if default is None or type(default) in (bool, int, float, str) else None
    return ComponentArgument(
        name=parameter.name, default=plain, default_text=repr(default)[:200], kinds=_kinds(parameter.annotation)
    )


def _kinds(annotation: Any) -> tuple[str, ...]:
    if isinstance(annotation, str):
        annotation = {kind.__name__: kind for kind in KIND_OF}.get(annotation)
    return KIND_OF.get(annotation, ()) if isinstance(annotation, type) else ()


def _named_metric(argument: ComponentArgument, cls: type) -> ComponentArgument:
    """The curve's name is written out, as it is for Keras' own metrics."""
    if argument.name == "name" and argument.default is None and not argument.required:
        return argument.model_copy(update={"default": snake_case(cls.__name__)})
    return argument


def _call_arguments(cls: type) -> tuple[str, ...]:
    if not _is_own(cls, "call"):
        return ()
    parameters = list(inspect.signature(cls.call).parameters.values())[1:]  # type: ignore[attr-defined]  # a Layer
    return tuple(p.name for p in parameters if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL))


def _is_own(cls: type, method: str) -> bool:
    """Whether the method is no longer Keras' own."""
    defining = next((ancestor for ancestor in cls.__mro__ if method in vars(ancestor)), None)
    return defining is not None and not defining.__module__.startswith("keras.")


def snake_case(name: str) -> str:
    """A class' name as Keras makes a metric's of it."""
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", re.sub(r"\W+", "", name))
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()
