"""A saved model's own code: the packages beside it, and lines that load both in plain Keras."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras

from models_lib.build.arrangement import arrangement_of, is_own_model
from models_lib.build.component_objects import construct_open
from models_lib.components.factories import FILE, call_text, find_made, is_factory, made_objects
from models_lib.components.importing import add_folder, custom_objects
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
import pkgutil
import sys
from pathlib import Path

PACKAGES = {names}

sys.path.insert(0, str(Path(__file__).parent))
custom_objects = {{}}
for package in map(importlib.import_module, PACKAGES):
    inside = pkgutil.walk_packages(package.__path__, package.__name__ + ".")
    for module in [package, *(importlib.import_module(found.name) for found in inside)]:
        for name, value in vars(module).items():
            if str(getattr(value, "__module__", None)).split(".")[0] == package.__name__ and callable(value):
                custom_objects[name] = value
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


def load_saved(folder: Path) -> keras.Model:
    """The model of a folder of artifacts, with the components that lie there."""
    names = [path.name for path in sorted((folder / FOLDER).glob("*")) if (path / "__init__.py").exists()]
    if names:
        add_folder(folder / FOLDER)
    known = custom_objects(names)
    known |= made_objects(folder / FOLDER, known)
    return keras.models.load_model(folder / "model.keras", custom_objects=known)


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
    serving.compile_from_config(_by_name(core))


def _by_name(core: keras.Model) -> dict[str, Any]:
    """What the core was compiled with, by output: the saved model gives its outputs by name."""
    config: dict[str, Any] = core.get_compile_config()
    arrangement = arrangement_of(core)
    if arrangement is None or arrangement.outputs != "tuple":
        return config
    listed = {name: value for name, value in config.items() if isinstance(value, list | tuple)}
    return config | {name: dict(zip(arrangement.output_names, value, strict=True)) for name, value in listed.items()}
