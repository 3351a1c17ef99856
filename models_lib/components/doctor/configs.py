"""Whether an object comes back from its configuration, and from a saved model, as it was."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from models_lib.build.remembering import remembering_layers, says_nothing_of_itself
from models_lib.components.doctor.calling import call_layer, layer_of
from models_lib.components.doctor.findings import Finding
from models_lib.components.doctor.running import PLAIN, are_close
from models_lib.components.doctor.subjects import CannotMake, Subject, short

CONFIG_ADVICE = (
    'Write get_config: return {**super().get_config(), "%s": self.%s}, and keep the argument as an attribute.'
)
NOT_ITS_OWN = ("name", "dtype", "reduction")
COMPARED = (*PLAIN, tuple, list)
WITH_CONFIG = frozenset(
    {"loss", "metric", "layer", "model", "regularizer", "constraint", "initializer", "schedule", "optimizer"}
)


def check_config(subject: Subject) -> Iterator[Finding]:
    """Findings where an argument is lost on the way through get_config and from_config.

    As a run saves it: what a class without get_config was made with is kept for it.
    """
    if subject.is_factory:
        yield from _factory(subject)
    if not subject.is_class or subject.family not in WITH_CONFIG:
        return
    with remembering_layers():
        if says_nothing_of_itself(subject.make()):
            yield from _forgotten_elsewhere(subject)
            return
        lost = [name for name, value in subject.changed() if _is_lost(subject, name, value)]
        for name in lost:
            yield subject.find(
                "config-lost",
                "error",
                f"{name} of {subject.name} is lost when it is saved: loaded again, it has its default.",
                CONFIG_ADVICE % (name, name),
            )
        if not lost:
            yield from _comes_back(subject)


def _forgotten_elsewhere(subject: Subject) -> Iterator[Finding]:
    """No get_config, but arguments: a run's saved model keeps them, `model.save` on their author's machine does not."""
    names = [parameter.name for parameter in subject.parameters if parameter.name not in NOT_ITS_OWN]
    if names:
        yield subject.find(
            "config-lost",
            "warning",
            f"{subject.name} has no get_config: {', '.join(names)} {shape_of(names)} lost where Keras itself saves it. "
            "A run's saved model has what it was made with beside it.",
            CONFIG_ADVICE % (names[0], names[0]),
        )


def _factory(subject: Subject) -> Iterator[Finding]:
    names = [parameter.name for parameter in subject.parameters]
    if names:
        yield subject.find(
            "factory-config",
            "warning",
            f"What {subject.name} returns is saved by its name alone: {', '.join(names)} {shape_of(names)} lost where "
            "the saved model is loaded.",
            "Write a class in its place (for a loss: keras.losses.Loss) with a get_config that has them.",
        )


def shape_of(names: list[str]) -> str:
    return "are" if len(names) > 1 else "is"


def _is_lost(subject: Subject, name: str, value: Any) -> bool:
    """Whether the argument, given another value, is another one in what comes back."""
    try:
        made = subject.make(**{name: value})
    except CannotMake:
        return False  # that value was none
    try:
        config = made.get_config()
        back = type(made).from_config(config)
    except Exception:  # told once, for the object as it is
        return False
    if name in config or hasattr(made, name):
        return not _same(getattr(made, name, None), getattr(back, name, None)) or (
            name in config and not _same(config[name], back.get_config().get(name))
        )
    return _taken_in(made, back)


def _taken_in(made: Any, back: Any) -> bool:
    """Kept under another name, or not at all: whether any plain attribute differs from what came back."""
    kept, got = _plain(made), _plain(back)
    return any(not _same(kept[name], got.get(name)) for name in kept)


def _plain(made: Any) -> dict[str, Any]:
    return {
        name: value for name, value in vars(made).items() if isinstance(value, PLAIN) and name not in ("name", "_name")
    }


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, COMPARED) and isinstance(b, COMPARED):
        return bool(np.array_equal(np.asarray(a), np.asarray(b)))
    return (a is None) == (b is None)


def _comes_back(subject: Subject) -> Iterator[Finding]:
    try:
        made = subject.make()
        if not hasattr(made, "get_config"):
            raise NotImplementedError("it has no get_config")
        type(made).from_config(made.get_config())
    except CannotMake:
        return
    except Exception as error:  # told to its author
        yield subject.find(
            "config",
            "error",
            f"{subject.name} does not come back from its configuration: {short(error)}",
            "get_config returns every argument of __init__ by its name; __init__ takes **kwargs and passes them on.",
            line=subject.line_of(error),
        )


def check_saving(subject: Subject, x: Any) -> Iterator[Finding]:
    """A model of the layer alone, saved as .keras and loaded: the same predictions."""
    tensors = keras.tree.map_structure(lambda part: keras.Input(part.shape[1:], dtype=str(part.dtype)), x)
    try:
        with remembering_layers():
            model = keras.Model(tensors, call_layer(layer_of(subject), tensors))
    except Exception:  # told already
        return
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "model.keras"
        try:
            model.save(file)
            with remembering_layers():
                back = keras.models.load_model(file, custom_objects={subject.value.__name__: subject.value})
        except Exception as error:  # told to its author
            yield subject.find(
                "saving",
                "error",
                f"A model with {subject.name} cannot be saved and loaded: {short(error)}",
                "get_config returns plain values; layers within it are made in __init__ or built in build.",
                line=subject.line_of(error),
            )
            return
    given = keras.tree.map_structure(tf.constant, x)
    before, after = (keras.tree.map_structure(np.asarray, m(given, training=False)) for m in (model, back))
    again = keras.tree.map_structure(np.asarray, model(given, training=False))
    if are_close(before, again) and not are_close(before, after):
        yield subject.find(
            "saving",
            "error",
            f"A model with {subject.name} predicts otherwise once it was saved and loaded.",
            "Make every weight with self.add_weight, and every layer as an attribute, in __init__ or build; loading "
            "calls build alone, of a cell above all: let it build the layers within.",
        )
