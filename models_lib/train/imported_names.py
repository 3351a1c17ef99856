"""Classes of a trained file that are the user's own: found by their plain names in the packages that were named."""

from collections.abc import Iterable, Mapping
from typing import Any

from models_lib.data.faults import DataFault, data_fault
from models_lib.spec.components import Package
from models_lib.spec.faults import Fault

INHERITED = frozenset({"name", "trainable", "dtype"})
GRAPHS = ("Functional", "Sequential", "Model")
BUILD = "build_config"
ADVICE = "say which component has it: components=package@1"


def name_model(config: dict[str, Any], packages: Iterable[Package]) -> dict[str, Any]:
    """The spec's model of what the file says: a Keras config, or a class of a component's."""
    known = {name: package for package in packages for name in package.manifest.by_name}
    plain = name_objects(config, known)
    short = plain.get("class_name")
    if short in GRAPHS or short not in known:
        return {"kind": "keras", "config": plain}
    inner = plain.get("config")
    if isinstance(inner, dict) and "input_layers" in inner:
        return {"kind": "keras", "config": {**plain, "class_name": "Functional"}, "class_name": short}
    taken = {argument.name for argument in known[short].manifest.by_name[short].arguments}
    given = {key: value for key, value in (inner or {}).items() if key in taken or key not in INHERITED}
    return {"kind": "component", "class_name": short, "config": given}


def name_objects(value: Any, known: Mapping[str, Package]) -> Any:
    """The config without the modules that Keras has written beside classes which a package has.

    Where a class lay on its author's machine is nothing to go by; its name is, in the packages that the request names.
    """
    if isinstance(value, list):
        return [name_objects(part, known) for part in value]
    if not isinstance(value, dict):
        return value
    named = {key: name_objects(part, known) for key, part in value.items()}
    if "class_name" not in named or "config" not in named:
        return named
    short = named["config"] if named["class_name"] == "function" else named["class_name"]
    if not isinstance(short, str) or short not in known:
        return named
    if named["class_name"] == "function":
        return short
    return {key: part for key, part in named.items() if key not in ("module", "registered_name")}


def read_shapes(config: dict[str, Any]) -> dict[str, list[int | None]]:
    """The shapes that a subclassed model was built with, by the names of its inputs; raises DataFault."""
    built = config.get(BUILD)
    shapes = built.get("input_shape", built.get("shapes_dict")) if isinstance(built, dict) else None
    if isinstance(shapes, list) and shapes and all(isinstance(shape, list) for shape in shapes):
        shapes = {f"input_{n}": shape for n, shape in enumerate(shapes)}
    if isinstance(shapes, list):
        shapes = {"inputs": shapes}
    if not isinstance(shapes, dict) or not all(_is_shape(shape) for shape in shapes.values()) or not shapes:
        message = "The file does not say what the model takes: call it once on a batch, and save it again."
        raise DataFault(data_fault("/file", message, found=built))
    return {name.removesuffix("_shape"): shape for name, shape in shapes.items()}


def _is_shape(shape: Any) -> bool:
    return isinstance(shape, list) and all(size is None or isinstance(size, int) for size in shape)


def advise(fault: Fault) -> Fault:
    """What is no class of Keras' may be one of a component that the request did not name."""
    if fault.pointer.rpartition("/")[2] not in ("registered_name", "module", "class_name"):
        return fault
    said = fault.message.partition(": upload its source")[0]
    return fault.model_copy(update={"message": f"{said}: upload its source as a component, and {ADVICE}"})
