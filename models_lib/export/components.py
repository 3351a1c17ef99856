"""A saved model's own code: the packages beside it, and lines that load both in plain Keras."""

import json
import runpy
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras

from models_lib.build.arrangement import arrangement_of, is_own_model
from models_lib.build.component_objects import construct_open
from models_lib.components.factories import FILE, call_text, find_made, is_factory
from models_lib.components.importing import add_folder
from models_lib.components.scripts import is_script
from models_lib.data.targets import ModelTarget
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
MADE = """

# Functions that factories made: the saved model has them by these names.
import json

import keras


def make(name, factory, arguments):
    with keras.saving.custom_object_scope(dict(custom_objects)):
        made = custom_objects[factory](**keras.saving.deserialize_keras_object(arguments))

    def function(*given, **named):
        return made(*given, **named)

    function.__name__ = name
    return function


for made in json.loads((Path(__file__).parent / "made.json").read_text(encoding="utf-8")):
    custom_objects[made["name"]] = make(made["name"], made["factory"], made["arguments"])
"""


def package_names(spec: RunSpec) -> tuple[str, ...]:
    """The packages that the run pins, by the names under which they are imported."""
    return tuple(pin.partition("@")[0] for pin in spec.components)


def lay_components(source: Path, spec: RunSpec, folder: Path) -> None:
    """Copy the packages' sources to `folder`/components, with a module that gathers what a model needs of them."""
    names = package_names(spec)
    for name in names:
        _copy_contents(source / name, folder / FOLDER / name)
    made = [_describe_made(part) for part in {call_text(part): part for part in find_made(spec)}.values()]
    loader = LOADER.format(pins=", ".join(names), names=list(names))
    (folder / FOLDER / "__init__.py").write_text(loader + (MADE if made else ""), encoding="utf-8")
    if made:
        (folder / FOLDER / FILE).write_text(json.dumps(made, indent=1), encoding="utf-8")


def _describe_made(described: KerasObject) -> dict[str, Any]:
    """How to make it again: objects among the arguments as Keras saves them."""
    given = {name: construct_open(name, value) for name, value in described.config.items()}
    package, _, factory = described.class_name.rpartition(".")
    arguments = keras.saving.serialize_keras_object(given)
    return {"name": call_text(described), "package": package, "factory": factory, "arguments": arguments}


def _copy_contents(source: Path, target: Path) -> None:
    """The files' bytes alone: modes and times cannot be set inside the sandbox. Who loads a model runs no script."""
    for file in sorted(source.rglob("*")):
        is_kept = file.is_file() and "__pycache__" not in file.parts
        if is_kept and not (file.suffix == ".py" and is_script(file.read_text(encoding="utf-8"))):
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

    Left out where outputs are in other units than those that the loss was given, or the model compiles itself; and for
    metrics that a factory made, since Keras takes a metric's name in a configuration for the function of that name.
    With several optimizers no compilation is saved at all: a lambda tells them apart, which Keras does not load.
    """
    compiled = spec.compile
    if not isinstance(compiled.optimizer, KerasObject):
        core.get_compile_config = lambda: None
        return
    changed = any(target.is_standardised for target in targets.values())
    if changed or is_own_model(core) or not compiled.loss or serving.output is None:
        return
    metrics = [metric for several in compiled.metrics.values() for metric in several]
    if any(is_factory(metric) for metric in metrics) or core._compile_config is None:
        return
    try:
        serving.compile_from_config(_by_name(core))
    except NotImplementedError:  # an object that an own optimizer holds says nothing of itself: the training is good
        return


def _by_name(core: keras.Model) -> dict[str, Any]:
    """What the core was compiled with, by output: the saved model gives its outputs by name."""
    config: dict[str, Any] = core.get_compile_config()
    arrangement = arrangement_of(core)
    if arrangement is None or arrangement.outputs != "tuple":
        return config
    listed = {name: value for name, value in config.items() if isinstance(value, list | tuple)}
    return config | {name: dict(zip(arrangement.output_names, value, strict=True)) for name, value in listed.items()}
