"""The part of the script that gives a model the weights that it began with: a file of them, or another run's."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np

from models_lib.build.given_weights import as_written, find_inner, weighted_models
from models_lib.build.started_weights import pair_weights
from models_lib.build.stored_paths import find_stored_paths
from models_lib.build.stored_weights import OPTIMIZER, list_wanted
from models_lib.data.weight_files import VARIABLES
from models_lib.eject.names import NotEjectable, Page
from models_lib.spec.dataset import DatasetProfile
from models_lib.spec.models import own_model
from models_lib.spec.starts import Start, list_starts
from models_lib.spec.types import RunSpec
from models_lib.train.beginning import Beginning
from models_lib.train.weights import read_weights


def start_files(spec: RunSpec) -> list[tuple[str, Start]]:
    """The file beside the script that holds the weights of each start."""
    return [(f"start-{at}.npz", start) for at, start in enumerate(list_starts(spec.model))]


def beginning_lines(spec: RunSpec, core: keras.Model, begun: Beginning, page: Page) -> Iterator[str]:
    """In the order in which the run gave them."""
    for given, model in weighted_models(core, spec.model):
        yield from _given_lines(_model_text(spec, core, given.path), given.reference, model, begun, page)
    for file, start in start_files(spec):
        yield f"# Checkpoint {start.checkpoint} of {start.run}, whose weights lie beside this file."
        yield f"begun = np.load(Path(__file__).with_name({file!r}))"
        yield f"for weight, name in zip({_inner_text(start.path)}.weights, begun.files, strict=True):"
        yield "    weight.assign(begun[name])"


def _inner_text(path: tuple[str, ...]) -> str:
    return "".join(["core", *(f".get_layer({name!r})" for name in path)])


def _model_text(spec: RunSpec, core: keras.Model, path: tuple[str, ...]) -> str:
    """The model that was given weights; in the structure in which it was written, by which Keras finds them."""
    model = own_model(spec.model)
    written = core if path else as_written(core, model)
    if written is core or written in core.layers:
        return _inner_text(path or (() if written is core else (written.name,)))
    return f"keras.Model(core.input, [core.output[name] for name in {list(model.output_names)!r}])"


def _given_lines(text: str, reference: str, model: keras.Model, begun: Beginning, page: Page) -> Iterator[str]:
    profile = begun.weights[reference].profile
    is_legacy = profile.reading.get("layout") == "legacy"
    ending, moved = (".h5", {}) if is_legacy else (".weights.h5", moved_places(model, profile))
    more = f", {json.dumps(moved, indent=4)}" if moved else ""
    yield f"{text}.load_weights({page.use('weights_file')}(FILES[{reference!r}], {ending!r}{more}))"


def moved_places(model: keras.Model, profile: DatasetProfile) -> dict[str, str]:
    """Where the file has the variables of each layer, by where Keras looks for them; nothing where all are in place."""
    wanted, layers = list_wanted(model)
    paths = find_stored_paths(layers, profile)
    owners = dict.fromkeys(_owner(one.path) for one in wanted)
    return {_variables(owner): _variables(paths.get(owner, owner)) for owner in owners} if paths else {}


def _owner(path: str) -> str:
    return path.rpartition(f"{VARIABLES}/")[0].rstrip("/")


def _variables(owner: str) -> str:
    return f"{owner}/{VARIABLES}" if owner else VARIABLES


def optimizer_lines(spec: RunSpec, begun: Beginning, page: Page) -> Iterator[str]:
    """The state that an optimizer goes on with."""
    reference = getattr(spec.model, "weights", None) or ""
    if not spec.compile.optimizer_state or reference not in begun.weights:
        return
    profile = begun.weights[reference].profile
    inner = [one.path for one in profile.weights if one.path.startswith(OPTIMIZER)]
    if any(not path.startswith(f"{OPTIMIZER}{VARIABLES}/") for path in inner):
        reason = "The state of an optimizer that holds others (of several, of mixed precision) is not written yet."
        raise NotEjectable("/compile/optimizer_state", reason)
    page.modules.add("h5py")
    yield "core.optimizer.build(core.trainable_variables)"
    yield f"with h5py.File({page.use('weights_file')}(FILES[{reference!r}], '.weights.h5')) as held:"
    yield f'    core.optimizer.load_own_variables(held["{OPTIMIZER}{VARIABLES}"])'


def write_starts(spec: RunSpec, core: keras.Model, begun: Beginning, folder: Path) -> list[dict[str, Any]]:
    """The weights of each start as they were given to the model; what the manifest says of each file."""
    told = []
    for file, start in start_files(spec):
        stored = list(read_weights(begun.starts[start.key] / "checkpoint"))
        pairs = pair_weights(find_inner(core, start.path), stored)
        arrays = {f"{at:05d}/{weight.path}": _plain(array) for at, (weight, array) in enumerate(pairs)}
        np.savez(folder / file, **arrays)
        told.append({"file": file, "run": start.run, "checkpoint": start.checkpoint})
    return told


def _plain(array: Any) -> Any:
    """NumPy's files know no bfloat16, whose values float32 has as they are."""
    return array.astype("float32") if array.dtype.name == "bfloat16" else array
