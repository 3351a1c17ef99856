"""Files of weights: Keras' HDF5 layouts, alone or in a `.keras` archive, judged before an array of them is read."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py

from models_lib.data.faults import DataFault, data_fault
from models_lib.data.hdf5 import judge_file, read_names, read_text
from models_lib.data.zips import open_zip, refused
from models_lib.spec.dataset import DatasetProfile, StoredWeight

START = b"\x89HDF\r\n\x1a\n"
CONFIG, WEIGHTS = "config.json", "model.weights.h5"
VARIABLES = "vars"
LEGACY_MODEL = "model_weights"
NOT_KERAS = (
    "This HDF5 file holds no weights as Keras writes them: save arrays as NPZ (numpy.savez), and weights by "
    "model.save_weights('name.weights.h5')."
)


def is_keras_archive(path: Path) -> bool:
    """Whether the zip is what `model.save('name.keras')` writes."""
    with open_zip(path) as (_, members):
        return {CONFIG, WEIGHTS} <= {member.filename for member in members}


def profile_weights(path: Path) -> DatasetProfile:
    """Every variable of the file; raises DataFault."""
    is_archive = not path.open("rb").read(len(START)).startswith(START)
    with open_weights(path, is_archive=is_archive) as file:
        judge_file(file)
        root = file.get(LEGACY_MODEL, file)
        is_legacy = bool(read_names(root, "layer_names"))
        found = tuple(_list_legacy(root) if is_legacy else _list_variables(file))
        if not found:
            raise DataFault(data_fault("/file", NOT_KERAS, found=list(file)[:20]))
        reading: dict[str, Any] = {"layout": "legacy" if is_legacy else "keras", "archive": is_archive}
        if not is_legacy:
            reading["layers"] = dict(_list_layers(file))
    return DatasetProfile(format="weights", rows=0, columns=(), reading=reading, weights=found)


@contextmanager
def open_weights(path: Path, *, is_archive: bool) -> Iterator[h5py.File]:
    """The HDF5 file, which an archive is unpacked from; raises DataFault where it cannot be read."""
    with _unpacked(path) if is_archive else _as_it_is(path) as plain:
        try:
            with h5py.File(plain, "r") as file:
                yield file
        except (OSError, RuntimeError, KeyError, ValueError, TypeError) as error:
            raise refused(f"The file cannot be read as HDF5: {str(error)[:200]}") from error


@contextmanager
def _as_it_is(path: Path) -> Iterator[Path]:
    yield path


@contextmanager
def _unpacked(path: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder, open_zip(path) as (archive, members):
        member = next((member for member in members if member.filename == WEIGHTS), None)
        if member is None:
            raise refused(f"The archive holds no {WEIGHTS}.")
        plain = Path(folder) / "weights.h5"
        with archive.open(member) as packed, plain.open("wb") as file:
            shutil.copyfileobj(packed, file)
        yield plain


def _list_variables(file: h5py.File) -> Iterator[StoredWeight]:
    """Keras 3's own layout: `layers/dense/vars/0`; the group of a layer's variables may say its name."""
    found: list[h5py.Dataset] = []
    file.visititems(lambda _, item: found.append(item) if isinstance(item, h5py.Dataset) else None)
    for item in found:
        path = item.name.strip("/")
        owner, _, key = path.rpartition("/")
        if owner.rpartition("/")[2] == VARIABLES and key.isdecimal():
            yield _describe(path, item, read_text(item.parent, "name") or owner)


def _list_layers(file: h5py.File) -> Iterator[tuple[str, str]]:
    """The name of each layer by its path, where the file says it."""
    found: list[h5py.Group] = []
    file.visititems(lambda _, item: found.append(item) if isinstance(item, h5py.Group) else None)
    for item in found:
        owner, _, last = item.name.strip("/").rpartition("/")
        name = read_text(item, "name") if last == VARIABLES else ""
        if name:
            yield owner, name


def _list_legacy(root: h5py.Group) -> Iterator[StoredWeight]:
    """Keras 2's layout, in the order in which it is loaded."""
    for layer in read_names(root, "layer_names"):
        for name in read_names(root[layer], "weight_names"):
            yield _describe(f"{layer}/{name}", root[layer][name], layer)
    if "top_level_model_weights" in root:
        for name in read_names(root["top_level_model_weights"], "weight_names"):
            yield _describe(f"top_level_model_weights/{name}", root["top_level_model_weights"][name], "")


def _describe(path: str, item: Any, layer: str) -> StoredWeight:
    if not isinstance(item, h5py.Dataset):
        raise refused(f"{path[:200]!r} is no array.", path[:200])
    dtype = "bfloat16" if item.dtype.kind == "V" else str(item.dtype)
    return StoredWeight(path=path, layer=layer, shape=tuple(item.shape), dtype=dtype, count=int(item.size))
