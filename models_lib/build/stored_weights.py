"""Weights from a file put into a model: compared by shape first, so that what does not fit is told by its layer."""

import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
from keras.src.legacy.saving import legacy_h5_format
from keras.src.saving import saving_lib
from keras.src.saving.saving_lib import H5IOStore

from models_lib.build.stored_paths import find_stored_paths
from models_lib.data.faults import DataFault
from models_lib.data.hdf5 import judge_file
from models_lib.data.weight_files import LEGACY_MODEL, VARIABLES, open_weights
from models_lib.spec.dataset import DatasetProfile, StoredWeight
from models_lib.spec.faults import Fault

MOST_TOLD = 5
OPTIMIZER = "optimizer/"


@dataclass(frozen=True)
class Wanted:
    """A variable of the model: its path in Keras' layout, and what people call it."""

    path: str
    layer: str
    name: str
    shape: tuple[int, ...]


@dataclass(frozen=True)
class Compared:
    """What does not fit, and how many variables of the file nobody asks for."""

    faults: tuple[Fault, ...]
    unused: tuple[str, ...] = ()


def compare_weights(model: keras.Model, profile: DatasetProfile, pointer: str) -> Compared:
    """Whether the file has a value of the right shape for every variable of the model; nothing is read."""
    if profile.reading.get("layout") == "legacy":
        return Compared(tuple(_cut(_compare_legacy(model, profile, pointer), pointer)))
    wanted, layers = list_wanted(model)
    paths = find_stored_paths(layers, profile)
    held = {stored.path: stored for stored in profile.weights}
    faults: list[Fault] = []
    used: set[str] = set()
    for one in wanted:
        owner, _, rest = one.path.rpartition(f"{VARIABLES}/")
        owner = owner.rstrip("/")
        path = "/".join(part for part in (paths.get(owner, owner), VARIABLES, rest) if part)
        used.add(path)
        faults += _compare(one, held.get(path), path, pointer)
    unused = tuple(path for path in held if path not in used and not path.startswith(OPTIMIZER))
    return Compared(tuple(_cut(faults, pointer)), unused)


def load_weights(model: keras.Model, path: Path, profile: DatasetProfile, pointer: str) -> None:
    """Put the file's values into the model's variables, by Keras' own rules; raises DataFault."""
    compared = compare_weights(model, profile, pointer)
    if compared.faults:
        raise DataFault(*compared.faults)
    with open_weights(path, is_archive=bool(profile.reading.get("archive"))) as file:
        judge_file(file)
        if profile.reading.get("layout") == "legacy":
            root = file.get(LEGACY_MODEL, file)
            legacy_h5_format.load_weights_from_hdf5_group(root, model)
            return
        failed: set[int] = set()
        reasons: dict[int, Any] = {}
        saving_lib._load_state(
            model,
            weights_store=_Found(file, find_stored_paths(list_wanted(model)[1], profile)),
            assets_store=None,
            inner_path="",
            visited_saveables=set(),
            failed_saveables=failed,
            error_msgs=reasons,
        )
        if failed:
            said = "; ".join(f"{saveable.name}: {str(error)[:200]}" for saveable, error in reasons.values())
            raise DataFault(Fault(pointer=pointer, message=f"The weights do not fit. {said}", code="bad_shape"))


def load_optimizer(optimizer: Any, path: Path, profile: DatasetProfile, pointer: str) -> None:
    """Put the state that Keras saved beside the weights into an optimizer that was built; raises DataFault."""
    failed: set[int] = set()
    reasons: dict[int, Any] = {}
    with open_weights(path, is_archive=bool(profile.reading.get("archive"))) as file, warnings.catch_warnings():
        judge_file(file)
        warnings.simplefilter("error", UserWarning)  # Keras leaves aside, with a warning, what does not fit
        if OPTIMIZER.rstrip("/") in file:
            saving_lib._load_state(
                optimizer,
                weights_store=_Found(file, {}),
                assets_store=None,
                inner_path=OPTIMIZER.rstrip("/"),
                visited_saveables=set(),
                failed_saveables=failed,
                error_msgs=reasons,
            )
        else:
            failed.add(0)
    if failed:
        said = "; ".join(str(error)[:200] for _, error in reasons.values()) or "It holds none."
        message = f"The file does not hold the state of {type(optimizer).__name__}. {said}"
        raise DataFault(Fault(pointer=pointer, message=message, code="bad_shape"))


def list_wanted(model: keras.Model) -> tuple[list[Wanted], dict[str, str]]:
    """The variables that Keras would save, in its order, and the name by path of each layer that has any."""
    asked = _Asked()
    saving_lib._save_state(model, asked, None, "", set())
    owners = [one.path for one in asked.wanted]
    named = {path: name for path, name in asked.layers.items() if any(_is_under(owner, path) for owner in owners)}
    return asked.wanted, named


def _is_under(path: str, owner: str) -> bool:
    return not owner or path.startswith(f"{owner}/")


class _Asked(H5IOStore):  # type: ignore[misc]  # Keras is not typed
    """Stands in for a file that Keras writes a model to, and notes what it would write."""

    def __init__(self) -> None:
        self.wanted: list[Wanted] = []
        self.layers: dict[str, str] = {}
        self._path = ""

    def __bool__(self) -> bool:
        return True

    def make(self, path: str, metadata: dict[str, Any] | None = None) -> "_Asked":
        self._path = path
        self.layers[path] = (metadata or {}).get("name", path)
        return self

    def __setitem__(self, key: str, value: Any) -> None:
        path = "/".join(part for part in (self._path, VARIABLES, key) if part)
        name = str(getattr(value, "path", key)).rpartition("/")[2]
        self.wanted.append(Wanted(path, self.layers[self._path], name, tuple(value.shape)))


class _Found(H5IOStore):  # type: ignore[misc]  # Keras is not typed
    """A file that was judged, read under the paths that were found for the model's."""

    def __init__(self, file: Any, paths: Mapping[str, str]) -> None:
        self.h5_file, self.mode = file, "r"
        self._paths = paths

    def get(self, path: str) -> Any:
        return super().get(self._paths.get(path, path))


def _compare(wanted: Wanted, stored: StoredWeight | None, path: str, pointer: str) -> Iterator[Fault]:
    if stored is None:
        message = f"Layer {wanted.layer!r} wants its {wanted.name} of shape {wanted.shape}, and the file has no {path}"
        yield Fault(pointer=pointer, message=message, code="bad_shape", found=None, allowed=list(wanted.shape))
    elif stored.shape != wanted.shape:
        yield _unequal(wanted.layer, wanted.name, wanted.shape, stored, pointer)


def _unequal(layer: str, name: str, shape: tuple[int, ...], stored: StoredWeight, pointer: str) -> Fault:
    message = (
        f"Layer {layer!r} wants its {name} of shape {shape}, and the file holds {stored.shape} at {stored.path} "
        f"(of its layer {stored.layer!r})"
    )
    return Fault(pointer=pointer, message=message, code="bad_shape", found=list(stored.shape), allowed=list(shape))


def _compare_legacy(model: keras.Model, profile: DatasetProfile, pointer: str) -> Iterator[Fault]:
    """By the order of layers, as Keras loads such a file."""
    layers = [layer for layer in model.layers if legacy_h5_format._legacy_weights(layer)]
    held: dict[str, list[StoredWeight]] = {}
    for stored in profile.weights:
        held.setdefault(stored.layer, []).append(stored)
    held.pop("", None)
    if len(held) != len(layers):
        message = (
            f"The model has {len(layers)} layers with weights, and the file {len(held)}: "
            f"{', '.join(layer.name for layer in layers[:8])}, … there; {', '.join(list(held)[:8])}, … in the file"
        )
        yield Fault(pointer=pointer, message=message, code="bad_shape", found=len(held), allowed=len(layers))
        return
    for layer, (name, weights) in zip(layers, held.items(), strict=True):
        variables = legacy_h5_format._legacy_weights(layer)
        if len(variables) != len(weights):
            message = f"Layer {layer.name!r} has {len(variables)} variables, and the file's {name!r} {len(weights)}"
            allowed = len(variables)
            yield Fault(pointer=pointer, message=message, code="bad_shape", found=len(weights), allowed=allowed)
            continue
        for variable, stored in zip(variables, weights, strict=True):
            if tuple(variable.shape) != stored.shape:
                yield _unequal(layer.name, variable.name, tuple(variable.shape), stored, pointer)


def _cut(faults: Any, pointer: str) -> list[Fault]:
    """The first few, and how many there are beside them."""
    found = list(faults)
    rest = len(found) - MOST_TOLD
    if rest <= 0:
        return found
    message = f"{rest} more variables do not fit: is this the file of another model?"
    return [*found[:MOST_TOLD], Fault(pointer=pointer, message=message, code="bad_shape", found=len(found))]
