"""The class of a model, where it is a component's."""

from collections.abc import Mapping
from typing import Any

from models_lib.spec.component_reading import find_in_components
from models_lib.spec.components import FoundObject, short_name
from models_lib.spec.names import did_you_mean, is_certain, nearest
from models_lib.spec.places import Place
from models_lib.spec.sections import Reading


def find_own_class(reading: Reading, name: str, place: Place) -> FoundObject | None:
    """What the manifest says of the class; None where it is refused."""
    found = find_in_components(reading.objects.components, name, "model", place)
    if isinstance(found, FoundObject):
        return found
    known = reading.objects.components.names("model")
    near = nearest(name, (*known, *map(short_name, known)))
    mend = place.replacing(near) if near and is_certain(name, near) else None
    message = f"no component has a model {name[:80]!r}{did_you_mean(near)}"
    fault = place.fault("unknown_name", message, found=name, allowed=known, did_you_mean=near, patch=mend)
    reading.refuse(found or fault)
    return None


def read_own_class(reading: Reading, fields: Mapping[str, Any], place: Place) -> str | None:
    """The class in its long form, which the model's graph is handed to; None where it is Keras' own."""
    name = fields.get("class_name")
    if not isinstance(name, str):
        return name
    found = find_own_class(reading, name, place.below("class_name"))
    return found.name if found is not None else None
