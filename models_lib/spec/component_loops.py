"""Reads `fit.loop`: a function of a component that trains in place of Keras' `fit`."""

from collections.abc import Mapping
from typing import Any

from models_lib.spec.component_reading import find_in_components
from models_lib.spec.components import FoundObject, as_entry
from models_lib.spec.fitting import FIT
from models_lib.spec.names import did_you_mean, nearest
from models_lib.spec.sections import Reading
from models_lib.spec.training import Loop

GIVEN = frozenset({"model", "data", "spec", "context"})
LOOP = FIT.below("loop")


def take_loop(reading: Reading, raw: Any) -> tuple[Any, Loop | None]:
    """`fit` without its loop, and the loop in its type."""
    if not isinstance(raw, Mapping) or raw.get("loop") is None:
        return raw, None
    rest = {key: value for key, value in raw.items() if key != "loop"}
    written = raw["loop"]
    fields = {"function": written} if isinstance(written, str) else reading.mapping(written, LOOP, "loop")
    name = fields.get("function")
    if not isinstance(name, str):
        message = "function is missing: loop: {function: package.train, config: {…}}"
        reading.refuse(LOOP.fault("missing", message, allowed="function"))
        return rest, None
    found = _find(reading, name)
    if found is None:
        return rest, None
    own = [argument for argument in found.described.arguments if argument.name not in GIVEN]
    config = reading.mapping(fields.get("config") or {}, LOOP.below("config"), "config")
    read = reading.objects.read_arguments(as_entry(found, own), config, LOOP.below("config"))
    return rest, reading.closed(Loop, {**fields, "function": found.name, "config": read}, LOOP, "loop")


def _find(reading: Reading, name: str) -> FoundObject | None:
    place = LOOP.below("function")
    found = find_in_components(reading.objects.components, name, "loop", place)
    if isinstance(found, FoundObject):
        return found
    known = reading.objects.components.names("loop")
    near = nearest(name, known)
    message = f"no component has a training loop {name[:80]!r}{did_you_mean(near)}: a function of (model, data, …)"
    fault = place.fault("unknown_name", message, found=name, allowed=known, did_you_mean=near)
    reading.refuse(found or fault)
    return None
