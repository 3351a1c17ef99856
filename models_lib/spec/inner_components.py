"""Components inside a Keras config: layers of somebody's own, and what Keras' layers are given of theirs."""

from typing import Any

from models_lib.spec.components import is_component
from models_lib.spec.objects import KerasObject


def holds_component(value: Any) -> bool:
    """Whether an object is a component's, or is given one."""
    match value:
        case KerasObject():
            return is_component(value.class_name) or any(holds_component(part) for part in value.config.values())
        case list() | tuple():
            return any(holds_component(part) for part in value)
        case dict():
            return any(holds_component(part) for part in value.values())
        case _:
            return False


def keep_long_form(layer: dict[str, Any], made_of: KerasObject) -> None:
    """Write a layer as it was read into the config that it stands in, where it needs a component: whoever reads the
    config later has no manifest to look names up in."""
    if holds_component(made_of):
        said = {key: value for key, value in layer.get("config", {}).items() if key in ("name", "trainable")}
        layer["class_name"] = made_of.class_name
        layer["config"] = said | made_of.model_dump(mode="json")["config"]
