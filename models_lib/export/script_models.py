"""A model that a script has saved, made ready to be asked for predictions, by the tensors that it takes."""

import json
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras

from models_lib.export.mapping import MappedInput, MappedOutput, ModelMapping
from models_lib.spec.keras_reading import read_keras
from models_lib.spec.places import Place
from models_lib.spec.sections import Reading

MODEL, INPUTS = "model.keras", "inputs.json"
ADVICE = "It is kept among the artifacts all the same."


class ModelNotServed(Exception):
    """The run has no model that can be asked for predictions, and why."""


def serve_saved(folder: Path) -> None:
    """Write `inputs.json` beside the one model that a script has saved; nothing where it has saved none.

    A single model of another name or in another folder is linked as `model.keras`. Raises ModelNotServed.
    """
    found = sorted(path for path in folder.rglob("*.keras") if path.is_file() and not path.is_symlink())
    path = folder / MODEL if (folder / MODEL) in found else found[0] if len(found) == 1 else None
    if path is None:
        if found:
            names = ", ".join(file.relative_to(folder).as_posix() for file in found[:5])
            raise ModelNotServed(f"The script saved several models ({names}): save the one to predict with as {MODEL}.")
        return
    name = path.relative_to(folder).as_posix()
    refuse_foreign(path, name)
    try:
        model = keras.models.load_model(path, compile=False)
        mapping = describe_tensors(model)
    except ModelNotServed:
        raise
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"[:500]
        raise ModelNotServed(f"{name} cannot be asked for predictions: {reason} {ADVICE}") from error
    if path.name != MODEL or path.parent != folder:
        os.link(path, folder / MODEL)
    (folder / INPUTS).write_text(mapping.model_dump_json(indent=1))


def refuse_foreign(path: Path, name: str) -> None:
    """Raise ModelNotServed for a model that has anything in it which a spec could not have said."""
    reading = Reading()
    try:
        with zipfile.ZipFile(path) as archive:
            config = json.loads(archive.read("config.json"))
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise ModelNotServed(f"{name} cannot be read: {error}") from error
    if config.get("class_name") not in ("Functional", "Sequential"):
        own = f"it is of a class of its own, {str(config.get('class_name'))[:80]!r}"
        raise ModelNotServed(f"{name} cannot be asked for predictions: {own}. {ADVICE}")
    config = {key: value for key, value in config.items() if key != "compile_config"}
    read_keras(reading, {"kind": "keras", "config": config}, Place("/model"))
    if reading.faults:
        fault = reading.faults[0]
        at = fault.pointer.removeprefix("/model/config/config")
        raise ModelNotServed(f"{name} cannot be asked for predictions: {fault.message} (at {at or '/'}). {ADVICE}")


def describe_tensors(model: keras.Model) -> ModelMapping:
    """What the model takes and gives, under its own names; raises ModelNotServed."""
    return ModelMapping(
        inputs=tuple(_describe_inputs(model)),
        bindings={},
        outputs=tuple(
            MappedOutput(name=name, column=None, shape=tuple(tensor.shape[1:]), coding="numbers")
            for name, tensor in name_outputs(model).items()
        ),
    )


def name_outputs(model: keras.Model) -> dict[str, Any]:
    """The outputs by key where the model gives a mapping, else by the layers that make them."""
    if isinstance(model, keras.Sequential):
        return {model.layers[-1].name: model.outputs[0]}
    if isinstance(model.output, dict):
        return dict(model.output)
    return dict(zip(model.output_names, keras.tree.flatten(model.output), strict=True))


def _describe_inputs(model: keras.Model) -> Iterator[MappedInput]:
    for tensor in model.inputs:
        shape = tuple(tensor.shape[1:])
        if None in shape:
            message = f"The model's input {tensor.name!r} has no fixed shape {shape}: it cannot be asked. {ADVICE}"
            raise ModelNotServed(message)
        dtype = str(tensor.dtype)
        yield MappedInput(
            tensor=tensor.name, column=tensor.name, dtype=dtype, shape=shape, column_dtype=dtype, takes_gaps=False
        )
