"""Reads a model of kind `application`: a name of `keras.applications` and its arguments, by the catalog."""

from typing import Any

from models_lib.spec.models import ApplicationModel
from models_lib.spec.names import snake_case
from models_lib.spec.places import Place
from models_lib.spec.sections import FAULTY, Reading


def read_application(
    reading: Reading, fields: dict[str, Any], place: Place, *, last_name: str | None
) -> ApplicationModel | None:
    """The model, or None where it was refused. `last_name` is what a single target calls its output."""
    described = {key: fields[key] for key in ("class_name", "config") if fields.get(key) is not None}
    read = reading.object(described, "application", place)
    if read is FAULTY:
        return None
    named = {"name": last_name or snake_case(read.class_name)} | {k: v for k, v in fields.items() if v is not None}
    given = named | {"class_name": read.class_name, "config": read.config}
    return reading.closed(ApplicationModel, given, place, "application")
