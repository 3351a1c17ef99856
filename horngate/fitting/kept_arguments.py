"""Layers without a get_config that were given more than constants (a function, layers): said by what they keep."""

import inspect
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import keras
from keras.src.utils import python_utils

from horngate.errors import FitRefused
from horngate.fitting.objects import OwnObjects, find_function, is_own, mark_function, read_kept, untracked
from horngate.fitting.written import write_function

# Where a function of theirs is called by a name that everybody has.
PUBLIC = {
    "keras": ("ops", "activations", "losses", "metrics", "initializers", "random"),
    "tensorflow": ("math", "nn", "linalg", "signal", "image", "random", "strings", ""),
}
SHORT = {"keras": "keras", "tensorflow": "tf"}


@contextmanager
def kept_arguments(own: OwnObjects) -> Iterator[None]:
    """While inside, such layers have a configuration; raises FitRefused where one has not kept what it was given, or
    shares a layer with another."""
    before, holders = keras.layers.Layer.get_config, dict[int, Any]()

    @python_utils.default  # type: ignore[untyped-decorator]  # Keras ships no types
    def get_config(layer: Any) -> Any:
        if not is_own(type(layer)) or not python_utils.is_default(layer.get_config) or layer._auto_config is not None:
            return before(layer)
        kept = {name: _said(layer, name, value, own) for name, value in read_kept(layer, "model")}
        for part in [part for part in keras.tree.flatten(kept) if isinstance(part, keras.layers.Layer)]:
            holder = holders.setdefault(id(part), layer)
            if holder is not layer:
                raise _refused(layer, part.name, f"is a part of {holder.name!r}, too")
        return _of_every_layer(layer) | kept

    keras.layers.Layer.get_config = get_config
    try:
        yield
    finally:
        keras.layers.Layer.get_config = before


def _of_every_layer(layer: Any) -> dict[str, Any]:
    """What goes on to Keras through the constructor's **kwargs."""
    parameters = inspect.signature(type(layer).__init__).parameters.values()
    if not any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        return {}
    return {"name": layer.name, "trainable": layer.trainable, "dtype": layer.dtype_policy.name}


def _said(layer: Any, name: str, value: Any, own: OwnObjects) -> Any:
    """A value for a configuration: functions by what stands for them, what says itself as it is."""
    value = untracked(value)
    match value:
        case None | bool() | int() | float() | str():
            return value
        case list():
            return [_said(layer, name, part, own) for part in value]
        case dict():
            return {str(key): _said(layer, name, part, own) for key, part in value.items()}
        case _ if hasattr(value, "get_config"):
            return value
        case _ if callable(value) and hasattr(value, "__name__"):
            return _mark(layer, name, value, own)
        case _:
            kind = type(value).__name__
            raise _refused(layer, name, f"is a {kind}, which no configuration says")


def _mark(layer: Any, name: str, function: Callable[..., Any], own: OwnObjects) -> str:
    """A function of one's own by its source, one of a library's by one that calls it."""
    if is_own(function):
        return own.mark_object(function)
    called = str(function.__name__)
    found = find_function(called)
    if found is not None and found[1] is function:
        return mark_function(called, own)
    for library, rooms in PUBLIC.items():
        for room in rooms:
            place = getattr(sys.modules.get(library), room, None) if room else sys.modules.get(library)
            if getattr(place, called, None) is function:
                path = ".".join(filter(None, (SHORT[library], room, called)))
                taken = tuple(p.name for p in inspect.signature(function).parameters.values() if p.default is p.empty)
                written = write_function(path.replace(".", "_"), taken, f"{path}.", f"{path}({', '.join(taken)})")
                return own.mark_object(written)
    raise _refused(layer, name, f"is {called} of {function.__module__}: call it in a function of your own (def)")


def _refused(layer: Any, name: str, why: str) -> FitRefused:
    kind = type(layer).__name__
    return FitRefused("model", f"has a {kind} without a get_config, whose {name!r} {why}: give {kind} a get_config")
