"""The text or object of `model.to_json()` in our own notation: without modules, of Keras' own classes alone."""

import json
from typing import Any

from models_lib.spec.bounds import check_bounds
from models_lib.spec.catalog import load_catalog
from models_lib.spec.faults import Fault, SpecRefused
from models_lib.spec.names import join_names
from models_lib.spec.places import Place
from models_lib.spec.reading import unique_pairs

UPLOAD = "upload its source as a component, and write kind: component"
OWN_MODULES = ("keras", "tf_keras", "tensorflow.keras", "builtins")
OPERATIONS = "keras.src.ops."
CODE = frozenset({"__lambda__", "__typespec__"})
MODELS = frozenset({"Functional", "Sequential", "Model"})
DROPPED = frozenset(
    {"module", "registered_name", "build_config", "compile_config", "shared_object_id", "keras_version"}
)
SILENT = (("data_format", "channels_last"), ("oov_method", "floormod"))
DROPPED |= {"backend", "build_input_shape"}


def parse_config(config: Any, place: Place, faults: list[Fault]) -> Any:
    """The config as an object; None where its text cannot be read."""
    if not isinstance(config, str):
        return config
    try:
        parsed = json.loads(config, object_pairs_hook=unique_pairs)
        check_bounds(parsed)
    except (ValueError, RecursionError) as error:
        message = f"config is the text of model.to_json(), and this is no JSON: {error}"
        faults.append(place.fault("syntax", message, found=config[:80]))
        return None
    except SpecRefused as refused:
        faults += [fault.model_copy(update={"pointer": place.pointer + fault.pointer}) for fault in refused.faults]
        return None
    return parsed


def plain_config(value: Any, place: Place, faults: list[Fault]) -> Any:
    """The value with every serialised object as {class_name, config}; what is not Keras' own is refused."""
    match value:
        case {"class_name": str()}:
            return _plain_object(value, place, faults)
        case dict():
            kept = {key: part for key, part in value.items() if key != "quantization_config" or part is not None}
            return {str(key): plain_config(part, place.below(key), faults) for key, part in kept.items()}
        case list() | tuple():
            return [plain_config(part, place.below(n), faults) for n, part in enumerate(value)]
        case _:
            return value


def _plain_object(value: dict[str, Any], place: Place, faults: list[Fault]) -> Any:
    name, config = value["class_name"], value.get("config")
    fault = _refuse_foreign(value, place)
    if fault is not None:
        faults.append(fault)
        return None
    if name == "function":
        return config
    if name.endswith("DTypePolicy") and isinstance(config, dict) and name == "DTypePolicy":
        return config.get("name")
    if name == "__keras_tensor__" and isinstance(config, dict):
        return {"class_name": name, "config": {"keras_history": config.get("keras_history")}}
    kept = {key: part for key, part in value.items() if key not in DROPPED or _is_operation(key, part)}
    if isinstance(config, dict):
        kept["config"] = _speaking(name, config)
    return {key: plain_config(part, place.below(key), faults) for key, part in kept.items()}


def _speaking(name: str, config: dict[str, Any]) -> dict[str, Any]:
    """The config without what a layer's constructor does not take and what says nothing."""
    entry = load_catalog().find("layer", name)
    if entry is None:
        return config
    kept = {key: value for key, value in config.items() if key in entry.arguments or not _says_nothing(key, value)}
    if name == "Bidirectional":  # it sets this on its layers by itself
        for side in ("layer", "backward_layer"):
            inner = kept.get(side)
            if isinstance(inner, dict) and isinstance(inner.get("config"), dict):
                rest = {key: value for key, value in inner["config"].items() if key != "zero_output_for_mask"}
                kept[side] = inner | {"config": rest}
    return kept


def _says_nothing(key: str, value: Any) -> bool:
    return value is None or value is False or (key, value) in SILENT or key == "vocabulary_size"


def _is_operation(key: str, part: Any) -> bool:
    """An operation has its module beside it: there is a layer `Add`, too."""
    return key == "module" and isinstance(part, str) and part.startswith(OPERATIONS)


def _refuse_foreign(value: dict[str, Any], place: Place) -> Fault | None:
    name, module, registered = value["class_name"], value.get("module"), value.get("registered_name")
    if name in CODE or (name == "function" and not isinstance(value.get("config"), str)):
        message = f"a spec carries no code: put the function into a layer of your own, and {UPLOAD}"
        return place.fault("forbidden", message, found=name)
    if name == "Lambda":
        message = f"Lambda carries code, which a spec may not: make it a layer, and {UPLOAD}"
        return place.fault("forbidden", message, found=name)
    if registered not in (None, name, "function"):
        message = f"{name!r} is registered as {str(registered)[:80]!r}, which Keras does not ship: {UPLOAD}"
        return place.below("registered_name").fault("forbidden", message, found=registered, allowed=name)
    if module is not None and not is_own_module(module):
        message = f"{name!r} comes from {str(module)[:80]!r}, which is not Keras: {UPLOAD}"
        return place.below("module").fault("forbidden", message, found=module, allowed=join_names(OWN_MODULES))
    return None


def is_own_module(module: Any) -> bool:
    """Whether a module is one of Keras' own; its name alone is looked at, nothing is imported."""
    return isinstance(module, str) and any(module == own or module.startswith(f"{own}.") for own in OWN_MODULES)
