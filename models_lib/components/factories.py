"""What factories of components made: each function under a name that says how, so that a saved model can make it again.

Keras saves a function by its name alone. A function that `create_huber(2.0)` returned is called just that, and the list
of such names, with the factory and its arguments, lies beside the model.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from functools import wraps
from types import FunctionType
from typing import Any

import keras
from pydantic import BaseModel

from models_lib.components.describing import describe_object
from models_lib.components.importing import find_component
from models_lib.spec.components import is_component, short_name
from models_lib.spec.objects import KerasObject

FILE = "made.json"
CURVE = "horngate_curve"
MOST_CHARACTERS = 100


def call_text(value: Any) -> str:
    """`create_huber(threshold=2.0)`, as the resolved spec has it; a long one ends in a hash."""
    if not isinstance(value, KerasObject):
        return json.dumps(value, sort_keys=True, default=call_text)
    arguments = ", ".join(f"{name}={call_text(part)}" for name, part in sorted(value.config.items()))
    text = f"{short_name(value.class_name)}({arguments})"
    if len(text) <= MOST_CHARACTERS:
        return text
    return f"{text[:MOST_CHARACTERS]}… {hashlib.sha256(text.encode()).hexdigest()[:12]}"


def name_made(made: Any, name: str, *, curve: str) -> Any:
    """The function that a factory returned, under this name, by which Keras then knows it; what is none as it is."""
    if hasattr(made, "get_config") or isinstance(made, type) or not callable(made):
        return made
    function = made if isinstance(made, FunctionType) else _as_function(made)
    own = getattr(made, "__name__", "<lambda>")
    setattr(function, CURVE, curve if own == "<lambda>" else getattr(made, CURVE, own))
    function.__name__ = name
    keras.saving.get_custom_objects()[name] = function
    return function


def _as_function(made: Any) -> FunctionType:
    @wraps(made, assigned=())
    def function(*arguments: Any, **named: Any) -> Any:
        return made(*arguments, **named)

    return function  # type: ignore[return-value]  # `wraps` hides that it is one


def is_factory(described: KerasObject) -> bool:
    """Whether a call of it returns the object."""
    if not is_component(described.class_name):
        return False
    told = describe_object(short_name(described.class_name), find_component(described.class_name))
    return told is not None and told.kind == "factory"


def find_made(value: Any) -> Iterator[KerasObject]:
    """What factories make in a spec, or a part of one; what is an argument before what it is given to."""
    if isinstance(value, KerasObject):
        yield from find_made(value.config)
        if is_factory(value):
            yield value
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from find_made(getattr(value, name))
    elif isinstance(value, Mapping | list | tuple):
        for part in value.values() if isinstance(value, Mapping) else value:
            yield from find_made(part)
