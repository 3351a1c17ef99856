"""Our own constructor table: Keras objects from catalog names, never through a Keras deserialiser."""

from importlib import import_module
from types import ModuleType
from typing import Any

import keras

from models_lib.build.catalog_rules import APPLICATION_LAYERS
from models_lib.build.component_objects import construct_component, construct_graph
from models_lib.components.importing import NoComponent
from models_lib.spec.catalog import load_catalog
from models_lib.spec.components import is_component
from models_lib.spec.objects import Family, KerasObject
from models_lib.spec.open_arguments import GRAPHS

MODULES: dict[Family, ModuleType] = {
    "layer": keras.layers,
    "loss": keras.losses,
    "metric": keras.metrics,
    "optimizer": keras.optimizers,
    "schedule": keras.optimizers.schedules,
    "initializer": keras.initializers,
    "regularizer": keras.regularizers,
    "constraint": keras.constraints,
    "activation": keras.activations,
    "callback": keras.callbacks,
    "application": keras.applications,
}
# Keras settles by shape which accuracy or crossentropy is meant, so it is given the word.
SETTLED_BY_SHAPE = frozenset({"accuracy", "crossentropy"})


class UnknownObject(Exception):
    """A name that is not in the catalog of its family."""

    def __init__(self, family: Family, name: str) -> None:
        super().__init__(f"{name!r} is no {family} of the catalog.")


def construct(family: Family, described: KerasObject, **extra: Any) -> Any:
    """The Keras object; `extra` adds or replaces arguments (a name, what was learned, a path that we chose)."""
    if is_component(described.class_name):
        try:
            made = construct_component(described, extra)
        except NoComponent as error:
            raise UnknownObject(family, described.class_name) from error
        return made if family != "layer" or isinstance(made, keras.layers.Layer) else keras.layers.Lambda(made, **extra)
    entry = load_catalog().find(family, described.class_name)
    if entry is None:
        raise UnknownObject(family, described.class_name)
    if entry.name in SETTLED_BY_SHAPE:
        return described.config.get("name", entry.name)
    keras_object = find_object(family, entry.name)
    if family == "activation":
        return keras_object
    arguments = entry.arguments
    taken = {name: _construct_value(arguments[name].takes, value) for name, value in described.config.items()}
    return keras_object(**(taken | extra))


def find_object(family: Family, name: str) -> Any:
    """Keras' class or function of a catalog name; one class (GroupedQueryAttention) is public under another name."""
    public = vars(MODULES[family])
    if name in APPLICATION_LAYERS:
        return getattr(import_module(APPLICATION_LAYERS[name]), name)
    return public.get(name) or next(found for found in public.values() if getattr(found, "__name__", "") == name)


def _construct_value(families: tuple[Family, ...], value: Any) -> Any:
    match value:
        case KerasObject() if is_component(value.class_name):
            return construct_component(value, {})
        case KerasObject() if value.class_name in GRAPHS:
            return construct_graph(value)
        case KerasObject():
            family = next(family for family in families if load_catalog().find(family, value.class_name))
            return construct(family, value)
        case list():
            return [_construct_value(families, part) for part in value]
        case dict():
            return {name: _construct_value(families, part) for name, part in value.items()}
        case _:
            return value
