"""Python that constructs what a spec describes, as a person would type it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from models_lib.build.catalog_rules import APPLICATION_LAYERS
from models_lib.build.component_objects import taken_names
from models_lib.build.objects import MODULES, SETTLED_BY_SHAPE, find_object
from models_lib.components.describing import describe_object
from models_lib.components.importing import find_component, home_of
from models_lib.eject.names import NotEjectable, component_text
from models_lib.spec.catalog import Argument, load_catalog
from models_lib.spec.components import guess_family, is_component, short_name
from models_lib.spec.objects import Family, KerasObject
from models_lib.spec.open_arguments import GRAPHS

PUBLIC: dict[Family, str] = {
    "layer": "keras.layers",
    "loss": "keras.losses",
    "metric": "keras.metrics",
    "optimizer": "keras.optimizers",
    "schedule": "keras.optimizers.schedules",
    "initializer": "keras.initializers",
    "regularizer": "keras.regularizers",
    "constraint": "keras.constraints",
    "activation": "keras.activations",
    "callback": "keras.callbacks",
    "application": "keras.applications",
}
WriteGraph = Callable[[KerasObject], str]
# Objects that draw no seed and have no arguments, by the words for them in Keras' signatures.
DRAWN_ALIKE = {"Zeros": "zeros", "Ones": "ones"}


def write_object(family: Family, described: KerasObject, **extra: Any) -> str:
    """The expression, `keras.layers.Dense(30, …)`; `extra` adds or replaces arguments."""
    if is_component(described.class_name):
        return write_component(described, extra)
    entry = load_catalog().find(family, described.class_name)
    if entry is None:
        raise NotEjectable("", f"{described.class_name} is no {family} of Keras' own.")
    if entry.name in SETTLED_BY_SHAPE:
        return repr(described.config.get("name", entry.name))
    public = public_name(family, entry.name)
    if family == "activation":
        return public
    given = {
        name: write_value(entry.arguments[name].takes, value)
        for name, value in described.config.items()
        if name not in extra and not is_default(entry.arguments[name], value)
    }
    return call_text(public, given | {name: repr(value) for name, value in extra.items()})


def public_name(family: Family, name: str) -> str:
    """Where Keras has it; some layers of its applications are public nowhere."""
    if family == "layer" and name in APPLICATION_LAYERS:
        return f"{APPLICATION_LAYERS[name]}.{name}"
    public, found = vars(MODULES[family]), find_object(family, name)
    known = name if public.get(name) is found else next(key for key, value in public.items() if value is found)
    return f"{PUBLIC[family]}.{known}"


def refuse_graph(described: KerasObject) -> str:
    """A model of layers among the arguments of something, where no lines can stand before it."""
    raise NotEjectable(
        "", f"A {described.class_name} among the arguments of a layer is not written in plain Keras yet."
    )


def write_component(described: KerasObject, extra: Mapping[str, Any], graph: WriteGraph = refuse_graph) -> str:
    """An object of a component: a class or a factory is called, a plain function named."""
    found = find_component(described.class_name)
    public = component_text(home_of(described.class_name), described.class_name)
    told = describe_object(short_name(described.class_name), found)
    if told is not None and told.kind == "function":
        return public
    known = taken_names(found)
    more = {name: repr(value) for name, value in extra.items() if known is None or name in known}
    given = {name: write_open(name, value, graph) for name, value in described.config.items() if name not in more}
    return call_text(public, given | more)


def call_text(name: str, arguments: Mapping[str, str]) -> str:
    return f"{name}({', '.join(f'{argument}={text}' for argument, text in arguments.items())})"


def is_default(argument: Argument, value: Any) -> bool:
    """Whether Keras would take the value unasked. Who draws seeds is always named, so that they are drawn alike."""
    if not isinstance(value, KerasObject):
        return not argument.required and type(value) is type(argument.default) and value == argument.default
    return not value.config and argument.default == DRAWN_ALIKE.get(value.class_name, value)


def write_value(families: tuple[Family, ...], value: Any) -> str:
    """A literal, with objects inside as calls."""
    match value:
        case KerasObject() if is_component(value.class_name):
            return write_component(value, {})
        case KerasObject():
            family = next(family for family in families if load_catalog().find(family, value.class_name))
            return write_object(family, value)
        case list() | tuple():
            return "[" + ", ".join(write_value(families, part) for part in value) + "]"
        case dict():
            return write_dict({name: write_value(families, part) for name, part in value.items()})
    return repr(value)


def write_open(argument: str, value: Any, graph: WriteGraph = refuse_graph) -> str:
    """The same for an argument that takes anything; `graph` writes a model of layers, and gives its name."""
    match value:
        case KerasObject() if is_component(value.class_name):
            return write_component(value, {}, graph)
        case KerasObject() if value.class_name in GRAPHS:
            return graph(value)
        case KerasObject():
            family = guess_family(argument, value.class_name)
            return write_object(family or "layer", value)
        case list() | tuple():
            return "[" + ", ".join(write_open(argument, part, graph) for part in value) + "]"
        case dict():
            return write_dict({name: write_open(argument, part, graph) for name, part in value.items()})
    return repr(value)


def write_dict(texts: Mapping[str, str]) -> str:
    """A dictionary of expressions."""
    return "{" + ", ".join(f"{name!r}: {text}" for name, text in texts.items()) + "}"


def write_tuple(texts: Sequence[str]) -> str:
    return f"({', '.join(texts)}{',' if len(texts) == 1 else ''})"


def write_structure(texts: Any) -> str:
    """Expressions as a model takes them: one alone, or a mapping or a tuple of them."""
    match texts:
        case dict():
            return write_dict(texts)
        case tuple():
            return write_tuple(texts)
        case _:
            return str(texts)
