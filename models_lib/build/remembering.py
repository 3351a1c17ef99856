"""Objects without a `get_config` of their own are saved with what they were made with; the loader gives it back."""

import inspect
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from inspect import Parameter
from typing import Any

import keras
from keras.src.saving.serialization_lib import SerializableDict
from keras.src.utils import python_utils

BASES = (
    keras.losses.Loss,
    keras.metrics.Metric,
    keras.optimizers.schedules.LearningRateSchedule,
    keras.initializers.Initializer,
    keras.regularizers.Regularizer,
    keras.constraints.Constraint,
)
"""Keras' own classes whose `get_config` knows nothing of what a class of one's own takes."""


def remember_arguments(made: Any, named: Mapping[str, Any], known: set[str] | None) -> None:
    """Have an object saved with its arguments where its class does not say how; `known` are the names that it takes."""
    if says_nothing_of_itself(made):
        kept = _base_config(made, known) | dict(named)
        made.get_config = lambda: kept


def says_nothing_of_itself(made: Any) -> bool:
    """Whether its class leaves get_config to Keras' base class, which knows none of its arguments."""
    return isinstance(made, BASES) and any(type(made).get_config is base.get_config for base in BASES)


def _base_config(made: Any, known: set[str] | None) -> dict[str, Any]:
    try:
        config: dict[str, Any] = made.get_config()
    except NotImplementedError:  # schedules and regularizers
        return {}
    return {name: value for name, value in config.items() if known is None or name in known}


@contextmanager
def remembering_layers() -> Iterator[None]:
    """While inside, layers and models without `get_config` note what they are made with.

    Keras does so for layers whose arguments are all constants, not for models; and it then saves arguments of the base
    class as well, which a constructor without **kwargs does not take back.
    """
    original = {cls: cls.__new__ for cls in (keras.layers.Layer, keras.Model)}

    def noting(base: type) -> Any:
        def new(cls: Any, *arguments: Any, **named: Any) -> Any:
            made = original[base](cls, *arguments, **named)
            is_own = isinstance(made, cls) and not cls.__module__.startswith("keras.")
            if (
                is_own
                and issubclass(cls, keras.Model) == (base is keras.Model)
                and python_utils.is_default(cls.get_config)
            ):
                _note(made, arguments, named)
            return made

        return staticmethod(new)

    for base in original:
        base.__new__ = noting(base)
    try:
        yield
    finally:
        for base, new in original.items():
            base.__new__ = staticmethod(new)


def _note(made: Any, arguments: tuple[Any, ...], named: Mapping[str, Any]) -> None:
    """Have it saved so; nothing where the call does not fit, which its constructor will tell itself."""
    signature = inspect.signature(type(made).__init__)
    try:
        bound = dict(list(signature.bind(made, *arguments, **named).arguments.items())[1:])
    except TypeError:
        return
    kinds = {parameter.kind: name for name, parameter in signature.parameters.items()}
    if bound.pop(kinds.get(Parameter.VAR_POSITIONAL, ""), ()):
        return  # what has no name cannot be given back by name
    takes_any = Parameter.VAR_KEYWORD in kinds
    config = bound | bound.pop(kinds.get(Parameter.VAR_KEYWORD, ""), {})
    if takes_any:
        object.__setattr__(made, "_auto_config", SerializableDict(**config))
    else:
        named_so = "name" in signature.parameters
        object.__setattr__(made, "get_config", lambda: config | ({"name": made.name} if named_so else {}))
