"""A saved model's own code: the packages beside it, and lines that load both in plain Keras."""

import runpy
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras

from models_lib.build.arrangement import arrangement_of
from models_lib.components.describing import describe_object
from models_lib.components.importing import add_folder, find_component
from models_lib.data.targets import ModelTarget
from models_lib.spec.components import is_component, short_name
from models_lib.spec.objects import KerasObject
from models_lib.spec.types import RunSpec

FOLDER = "components"
LOADER = '''"""The run's own classes and functions, as it was trained with them: {pins}.

    import keras
    from components import custom_objects

    model = keras.models.load_model("model.keras", custom_objects=custom_objects)
"""

import importlib
import inspect
import pkgutil
import sys
from pathlib import Path

import keras

INHERITED = ("name", "trainable", "dtype")
PACKAGES = {names}
SILENT = [
    base.get_config
    for base in (
        keras.Model,
        keras.layers.Layer,
        keras.losses.Loss,
        keras.metrics.Metric,
        keras.optimizers.schedules.LearningRateSchedule,
        keras.initializers.Initializer,
        keras.regularizers.Regularizer,
        keras.constraints.Constraint,
    )
]


def reviving(from_config, is_silent):
    """What Keras' own from_config leaves to a class that does not say (all of) how it is saved.

    Models and layers among its arguments come back as such, it is saved again as it was, and arguments of the base
    class are left out where the constructor does not take them.
    """

    def make(cls, config):
        parameters = inspect.signature(cls.__init__).parameters
        takes_any = any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values())
        taken = {{name: config[name] for name in config if takes_any or name in parameters or name not in INHERITED}}
        if not is_silent or "input_layers" in config:
            return from_config(cls, taken)
        made = from_config(cls, {{name: keras.saving.deserialize_keras_object(taken[name]) for name in taken}})
        object.__setattr__(made, "get_config", lambda: taken)
        return made

    return classmethod(make)


sys.path.insert(0, str(Path(__file__).parent))
custom_objects = {{}}
for package in map(importlib.import_module, PACKAGES):
    inside = pkgutil.walk_packages(package.__path__, package.__name__ + ".")
    for module in [package, *(importlib.import_module(found.name) for found in inside)]:
        for name, value in vars(module).items():
            if str(getattr(value, "__module__", None)).split(".")[0] == package.__name__ and callable(value):
                custom_objects[name] = value
                if getattr(getattr(value, "from_config", None), "__module__", "").startswith("keras."):
                    value.from_config = reviving(value.from_config.__func__, value.get_config in SILENT)
'''


def package_names(spec: RunSpec) -> tuple[str, ...]:
    """The packages that the run pins, by the names under which they are imported."""
    return tuple(pin.partition("@")[0] for pin in spec.components)


def lay_components(source: Path, names: tuple[str, ...], folder: Path) -> None:
    """Copy the packages' sources to `folder`/components, with a module that gathers what a model needs of them."""
    for name in names:
        _copy_contents(source / name, folder / FOLDER / name)
    loader = LOADER.format(pins=", ".join(names), names=list(names))
    (folder / FOLDER / "__init__.py").write_text(loader, encoding="utf-8")


def _copy_contents(source: Path, target: Path) -> None:
    """The files' bytes alone: modes and times cannot be set inside the sandbox."""
    for file in sorted(source.rglob("*")):
        if file.is_file() and "__pycache__" not in file.parts:
            copy = target / file.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, copy)


def load_objects(folder: Path) -> dict[str, Any] | None:
    """What the components beside a saved model offer, by the lines that its user has; None where there are none."""
    loader = folder / FOLDER / "__init__.py"
    if not loader.exists():
        return None
    add_folder(folder / FOLDER)
    objects: dict[str, Any] = runpy.run_path(str(loader))["custom_objects"]
    return objects


def load_saved(folder: Path) -> keras.Model:
    """The model of a folder of artifacts, with the components that lie there."""
    return keras.models.load_model(folder / "model.keras", custom_objects=load_objects(folder))


def keep_compiled(serving: keras.Model, core: keras.Model, spec: RunSpec, targets: Mapping[str, ModelTarget]) -> None:
    """Compile the saved model as the core was, so that losses and metrics keep their configuration.

    Left out where outputs are in other units than those that the loss was given, for models that compile themselves,
    and for what a factory made: Keras saves a function by its name, and what it was made with is lost.
    """
    changed = any(target.is_standardised for target in targets.values())
    if changed or arrangement_of(core) is not None or not spec.compile.loss or serving.output is None:
        return
    objects = [*spec.compile.loss.values(), *(m for ms in spec.compile.metrics.values() for m in ms)]
    if any(_is_made(part) for part in objects) or core._compile_config is None:
        return
    try:
        config: dict[str, Any] = core.get_compile_config()
    except NotImplementedError:  # an object that an own optimizer holds says nothing of itself: the training is good
        return
    serving.compile_from_config(config)


def _is_made(described: KerasObject) -> bool:
    """Whether a factory of a component made it."""
    if not is_component(described.class_name):
        return False
    told = describe_object(short_name(described.class_name), find_component(described.class_name))
    return told is not None and told.kind == "factory"
