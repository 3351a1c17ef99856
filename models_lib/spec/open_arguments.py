"""What a component's argument is given: a constant, an object of any family, or either within lists and mappings."""

import re
from typing import TYPE_CHECKING, Any, get_args

from models_lib.spec.calls import Call
from models_lib.spec.catalog import Argument
from models_lib.spec.components import FAMILY_WORDS, FoundObject, guess_family
from models_lib.spec.constants import check_constant, check_content
from models_lib.spec.faults import Fault
from models_lib.spec.keras_configs import plain_config
from models_lib.spec.object_faults import unknown_object
from models_lib.spec.objects import ConfigValue, Family, KerasObject
from models_lib.spec.places import Place

if TYPE_CHECKING:
    from models_lib.spec.object_reading import ObjectReader

OBJECT_TEXT = re.compile(r"\s*[A-Za-z_][\w.]*\(.*\)\s*", re.DOTALL)
GRAPHS = frozenset({"Functional", "Sequential"})
FAMILIES: tuple[Family, ...] = get_args(Family)


def open_value(reader: "ObjectReader", name: str, value: Any, place: Place, depth: int = 0) -> ConfigValue:
    """What a component's argument is given: a constant, an object, or either within lists and mappings."""
    if isinstance(value, str) and place.text is None and OBJECT_TEXT.fullmatch(value):
        family = _family_of(reader, name, value.partition("(")[0].strip())
        return reader.read(value, family, place, depth + 1) if family else _constant(reader, value, place)
    value = value.model_dump(mode="json") if isinstance(value, KerasObject) and value.class_name in GRAPHS else value
    match value:
        case str() if function := function_named(reader, name, value):
            return KerasObject(class_name=function.name)
        case {"class_name": str(kind), "config": dict()} if kind in GRAPHS:
            return read_graph(reader, dict(value), place)
        case Call() | KerasObject() | {"class_name": str()}:
            called = value.name if isinstance(value, Call) else dict(value)["class_name"]
            family = _family_of(reader, name, called)
            if family is None:
                return reader.refuse(unknown_object(reader.catalog, called, "layer", place))
            return reader.read(value, family, place, depth + 1)
        case list() | tuple():
            return [open_value(reader, name, item, place.below(n), depth) for n, item in enumerate(value)]
        case dict():
            return {str(key): open_value(reader, name, item, place.below(key), depth) for key, item in value.items()}
        case _:
            return _constant(reader, value, place)


def read_graph(reader: "ObjectReader", value: dict[str, Any], place: Place) -> ConfigValue:
    """A model of layers that a component or a layer is made with, as `model.to_json()` writes it."""
    from models_lib.spec.keras_plans import read_plan  # it reads objects, of which this is one

    faults: list[Fault] = []
    plain = plain_config(value, place, faults)
    plan = None if faults else read_plan(plain, place, faults, reader.components)
    if plan is not None and any(part.shape is None for part in plan.inputs):
        message = "a model inside a component or layer says what it takes: begin it with keras.Input((4,))"
        faults.append(place.fault("missing", message, allowed="keras.Input"))
    for fault in faults:
        reader.refuse(fault)
    return None if faults else KerasObject.model_validate({key: plain[key] for key in ("class_name", "config")})


def function_named(reader: "ObjectReader", argument: str, value: str) -> FoundObject | None:
    """A component's function as an argument: `package.name`, or its name where the argument asks for such a one."""
    if "." not in value and not any(word in argument for word, _ in FAMILY_WORDS):
        return None
    found = [part for part in reader.components.find(value) if part.described.kind == "function"]
    if len(found) != 1:
        return None
    reader.components.use(found[0])
    return found[0]


def _family_of(reader: "ObjectReader", argument: str, called: str) -> Family | None:
    """Which family an object belongs to, where any may stand."""
    known = guess_family(argument, called)
    if known is not None:
        return known
    found = reader.components.find(called)
    families: list[Family] = [f for part in found for f in part.described.families if f in FAMILIES]
    return families[0] if families else None


def _constant(reader: "ObjectReader", value: Any, place: Place) -> ConfigValue:
    fault = check_content(value, place)
    if fault is not None:
        return reader.refuse(fault)
    constant: ConfigValue = value
    return constant


def open_argument(reader: "ObjectReader", argument: Argument, value: Any, place: Place, depth: int) -> ConfigValue:
    read = open_value(reader, argument.name, value, place, depth)
    if argument.kinds and not isinstance(read, KerasObject):
        fault = check_constant(argument, value, place)
        return reader.refuse(fault) if fault is not None else read
    return read
