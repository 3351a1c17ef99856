"""Objects of components, constructed: a class or factory is called, a plain function is taken as it is."""

import inspect
from collections.abc import Mapping
from typing import Any

import keras

from models_lib.build.remembering import remember_arguments, remembering_layers
from models_lib.components.describing import describe_object
from models_lib.components.factories import call_text, name_made
from models_lib.components.importing import find_component
from models_lib.spec.components import guess_family, is_component, short_name
from models_lib.spec.objects import KerasObject
from models_lib.spec.open_arguments import GRAPHS


def construct_component(described: KerasObject, extra: Mapping[str, Any]) -> Any:
    """The object; `extra` are arguments of ours (a name, a path), left out where its constructor takes none such."""
    found = find_component(described.class_name)
    told = describe_object(short_name(described.class_name), found)
    if told is not None and told.kind == "function":
        return found
    taken = {name: construct_open(name, value) for name, value in described.config.items()}
    known = taken_names(found)
    named = taken | {name: value for name, value in extra.items() if known is None or name in known}
    with remembering_layers():
        made = found(**named)
    if told is not None and told.kind == "factory":
        return name_made(made, call_text(described), curve=short_name(described.class_name))
    if isinstance(found, type):
        remember_arguments(made, named, known)
    return made


def construct_open(argument: str, value: Any) -> Any:
    """What an argument that takes anything was given."""
    from models_lib.build.objects import construct  # the two tables lean on each other

    match value:
        case KerasObject() if is_component(value.class_name):
            return construct_component(value, {})
        case KerasObject() if value.class_name in GRAPHS:
            return construct_graph(value)
        case KerasObject():
            family = guess_family(argument, value.class_name)
            assert family is not None, "the reader found it in the catalog"
            return construct(family, value)
        case list():
            return [construct_open(argument, part) for part in value]
        case dict():
            return {name: construct_open(argument, part) for name, part in value.items()}
        case _:
            return value


def construct_graph(described: KerasObject) -> keras.Model:
    """A model of layers, on the inputs that its config says."""
    from models_lib.build.model import construct_inner

    return construct_inner(described.model_dump(mode="json"))


def taken_names(found: Any) -> set[str] | None:
    """The names of its arguments; None where it takes any."""
    parameters = inspect.signature(found).parameters.values()
    return None if any(p.kind is p.VAR_KEYWORD for p in parameters) else {p.name for p in parameters}
