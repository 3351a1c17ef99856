"""A live model as the spec's `model`: its config, or for a class of its own its source and what it was made with."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras
from keras.src.models.functional import Functional, functional_like_constructor
from keras.src.utils import python_utils

from horngate.errors import FitRefused
from horngate.fitting.by_state import describe_own
from horngate.fitting.lambdas import lambdas_by_name
from horngate.fitting.objects import OwnObjects, constructor_names, is_own, write_config, write_object
from horngate.fitting.structures import Rows, map_arrays

LIKE_KERAS = "You must call `compile()` before using the model"


@dataclass(frozen=True)
class Described:
    """The spec's `model`; `outputs` are a graph's names for what it gives, None for a model of its own class."""

    section: dict[str, Any]
    outputs: tuple[str, ...] | None


def check_model(model: Any) -> None:
    """Refuse what Keras' own `fit` refuses."""
    if not isinstance(model, keras.Model):
        raise FitRefused("model", f"is a {type(model).__name__}: remote.fit takes a keras.Model")
    if not getattr(model, "compiled", False):
        raise FitRefused("model", f"is not compiled. {LIKE_KERAS}")


def is_graph(model: Any) -> bool:
    """Whether a config says all of it: a Sequential or Functional model, of Keras' class or of one with other steps."""
    return type(model) is keras.Sequential or (
        isinstance(model, Functional) and functional_like_constructor(type(model))
    )


def build_model(model: Any, rows: Rows) -> None:
    """Have a model that was never called make its weights, as the first step of `fit` would."""
    if model.built:
        return
    if not is_graph(model) and type(model).call is keras.Model.call:
        unbuilt = [layer.name for layer in model._flatten_layers(include_self=False) if not layer.built]
        if unbuilt:
            raise FitRefused(
                "model", f"has no call, and its {unbuilt[0]!r} has no weights yet: begin it with keras.Input"
            )
        model.built = True  # its layers are, and Keras asks the model alone
        return
    model(map_arrays(keras.ops.convert_to_tensor, rows.first(1).x))


def describe_model(model: Any, own: OwnObjects) -> Described:
    """The model in the spec's words; its own classes are noted in `own`."""
    own.look_through(model._flatten_layers())
    if not is_graph(model):
        return _describe_own(model, own)
    kind = "Sequential" if isinstance(model, keras.Sequential) else "Functional"
    try:
        config = {"module": "keras", "class_name": kind, "config": json.loads(json.dumps(_serialized(model, own)))}
    except NotImplementedError as error:
        raise FitRefused("model", f"has a layer without a get_config: {error}") from error
    names = output_names(config)
    section = {"kind": "keras", "config": write_config(config, own)}
    if is_own(type(model)):
        section["class_name"] = own.mark_object(type(model))
    return Described(section, names)


def _serialized(model: Any, own: OwnObjects) -> Any:
    with lambdas_by_name(own):
        return keras.saving.serialize_keras_object(model)["config"]


def _describe_own(model: Any, own: OwnObjects) -> Described:
    """Its class by source, and its constructor's arguments: from its get_config, else read off it."""
    if not is_own(type(model)):
        raise FitRefused(
            "model", f"is a {type(model).__name__}, whose source is not yours to send: subclass keras.Model"
        )
    if python_utils.is_default(model.get_config):
        name, config = describe_own(model, own)
    else:
        name, taken = own.mark_object(type(model)), constructor_names(type(model))
        config = {key: write_object(part, own) for key, part in model.get_config().items() if key in taken}
    config = {key: part for key, part in config.items() if key not in ("name", "dtype", "trainable")}
    return Described({"kind": "component", "class_name": name, "config": config}, None)


def output_names(config: dict[str, Any]) -> tuple[str, ...]:
    """What the spec calls a graph's outputs: after the layer that makes each, or by key."""
    inner = config["config"]
    if config["class_name"] == "Sequential":
        return (str(inner["layers"][-1]["config"]["name"]),)
    names: list[str] = []
    for name in _leaves(inner["output_layers"], None):
        numbered = [name, *(f"{name}_{at}" for at in range(1, len(names) + 1))]
        names.append(next(free for free in numbered if free not in names))
    return tuple(names)


def _leaves(value: Any, key: str | None) -> Sequence[str]:
    match value:
        case [str(layer), int(), int()]:
            return [key or layer]
        case dict():
            return [name for part, inner in value.items() for name in _leaves(inner, str(part))]
        case _:
            return [name for part in value for name in _leaves(part, key)]
