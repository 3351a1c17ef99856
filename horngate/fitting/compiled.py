"""What a model was compiled with, as the spec's `compile`."""

import inspect
from collections.abc import Sequence
from typing import Any

import keras

from horngate.errors import FitRefused
from horngate.fitting.by_state import kept_as
from horngate.fitting.objects import OwnObjects, find_function, mark_function, write_config, write_object

BY_OUTPUT = ("loss", "loss_weights", "metrics", "weighted_metrics")
POLICIES = ("float64", "float16", "bfloat16", "mixed_float16", "mixed_bfloat16")
STANDARD = frozenset(inspect.signature(keras.Model.compile).parameters)


def describe_compiled(model: Any, outputs: Sequence[str] | None, own: OwnObjects) -> dict[str, Any]:
    """Optimizer, loss, metrics and the rest; Keras keeps all of it but what only an own `compile` takes."""
    kept = getattr(model, "_compile_config", None)
    own.look_through([kept.config] if kept is not None else [])
    config = _with_functions(model, model.get_compile_config(), own)
    section = {name: write_config(config[name], own) for name in ("optimizer", *BY_OUTPUT) if config.get(name)}
    section |= {name: _by_output(section[name], outputs) for name in BY_OUTPUT if name in section}
    section["run_eagerly"] = bool(model.run_eagerly)
    section["steps_per_execution"] = int(config.get("steps_per_execution") or 1)
    if model.optimizer is not None and model.optimizer.built and int(model.optimizer.iterations):
        section["optimizer_state"] = True  # a second fit goes on where the first one left off
    if model.jit_compile is True and not _is_automatic(model):
        section["jit_compile"] = True
    if model.dtype_policy.name in POLICIES:
        section["dtype_policy"] = model.dtype_policy.name
    return section | _own_arguments(model, own)


def _with_functions(model: Any, config: dict[str, Any], own: OwnObjects) -> dict[str, Any]:
    """A function of Keras' as a loss stays one where a step of the model's own may call it: one number for each row."""
    if type(model).train_step is keras.Model.train_step and type(model).test_step is keras.Model.test_step:
        return config
    return config | {"loss": _own_functions(config.get("loss"), own)}


def _own_functions(loss: Any, own: OwnObjects) -> Any:
    match loss:
        case {"class_name": "function", "config": str(name)} if name not in own.known and find_function(name):
            return mark_function(name, own)
        case dict() if "class_name" not in loss:
            return {key: _own_functions(part, own) for key, part in loss.items()}
        case list() | tuple():
            return [_own_functions(part, own) for part in loss]
        case _:
            return loss


def _is_automatic(model: Any) -> bool:
    """Whether XLA is what Keras would have chosen here by itself, for this machine's sake."""
    return bool(model._resolve_auto_jit_compile())


def _by_output(value: Any, outputs: Sequence[str] | None) -> Any:
    """A list with gaps by name, since an output may go without."""
    if not isinstance(value, list) or outputs is None or len(value) != len(outputs) or len(outputs) == 1:
        return value
    return {name: part for name, part in zip(outputs, value, strict=True) if part is not None}


def _own_arguments(model: Any, own: OwnObjects) -> dict[str, Any]:
    """What only the model's own `compile` takes, read off the model under the same names; and of what Keras' takes
    that which it keeps itself, since it may have told Keras nothing of it."""
    if type(model).compile is keras.Model.compile:
        return {}
    written = {}
    for parameter in list(inspect.signature(type(model).compile).parameters.values())[1:]:
        if parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL):
            continue
        is_standard = parameter.name in STANDARD
        names = kept_as(type(model).compile, parameter.name)
        kept = [name for name in (() if is_standard else (parameter.name,)) + names if hasattr(model, name)]
        if is_standard and not kept:
            continue
        if not kept:
            raise FitRefused(
                "model",
                f"has a compile() of its own, and remote.fit cannot see what it was given for {parameter.name!r}: keep "
                f"it as self.{parameter.name} = {parameter.name}",
            )
        written[parameter.name] = write_object(getattr(model, kept[0]), own)
    return written
