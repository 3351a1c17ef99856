"""Files of weights are judged before an array of them is read."""

import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from models_lib.data.faults import DataFault
from models_lib.data.profile import profile_dataset


def _group(file: h5py.File) -> h5py.Group:
    file.create_dataset("layers/dense/vars/0", data=np.ones((3, 2), "float32"))
    return file["layers/dense/vars"]


def _linked_out(file: h5py.File) -> None:
    _group(file)["1"] = h5py.ExternalLink("/etc/passwd", "/")


def _soft_link(file: h5py.File) -> None:
    _group(file)["1"] = h5py.SoftLink("/layers/dense/vars/0")


def _hard_link(file: h5py.File) -> None:
    group = _group(file)
    group["1"] = group["0"]


def _circle(file: h5py.File) -> None:
    _group(file)
    file["layers/dense/again"] = file["layers"]


def _outside(file: h5py.File) -> None:
    _group(file).create_dataset("1", (8,), "float32", external=[("/etc/passwd", 0, 32)])


def _virtual(file: h5py.File) -> None:
    layout = h5py.VirtualLayout((4,), "float32")
    layout[:] = h5py.VirtualSource("other.h5", "x", (4,))
    _group(file).create_virtual_dataset("1", layout)


def _unwritten(file: h5py.File) -> None:
    _group(file).create_dataset("1", (1 << 30, 1 << 10), "float32")


def _unwritten_chunks(file: h5py.File) -> None:
    _group(file).create_dataset("1", (1 << 28,), "float32", chunks=(1 << 20,), compression="gzip")


def _lzf(file: h5py.File) -> None:
    _group(file).create_dataset("1", data=np.zeros(4096), compression="lzf")


def _words(file: h5py.File) -> None:
    _group(file)["1"] = ["a", "b"]


def _named_type(file: h5py.File) -> None:
    _group(file)["1"] = np.dtype("float32")


def _deep(file: h5py.File) -> None:
    file.create_dataset("/".join(["a"] * 80), data=np.ones(2, "float32"))


def _foreign(file: h5py.File) -> None:
    file["x"] = np.ones(3)


@pytest.mark.parametrize(
    ("write", "words"),
    [
        (_linked_out, "is a link"), (_soft_link, "is a link"), (_hard_link, "two names"), (_circle, "two names"),
        (_outside, "in another file"), (_virtual, "in another file"), (_unwritten, "declares"),
        (_unwritten_chunks, "declares"), (_lzf, "packed in a way"), (_words, "weights are numbers"),
        (_named_type, "neither a group nor an array"), (_deep, "deep"), (_foreign, "save arrays as NPZ"),
    ],
)  # fmt: skip
def test_a_file_that_is_more_or_less_than_weights_is_refused(
    tmp_path: Path, write: Callable[[h5py.File], None], words: str
) -> None:
    path = tmp_path / "x.weights.h5"
    with h5py.File(path, "w") as file:
        write(file)
    with pytest.raises(DataFault, match=words):
        profile_dataset(path, path.name)


def test_a_torn_or_garbled_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.weights.h5"
    with h5py.File(path, "w") as file:
        _group(file)
    whole = path.read_bytes()
    for end in (8, 40, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:end])
        with pytest.raises(DataFault):
            profile_dataset(path, path.name)
    path.write_bytes(whole[:96] + os.urandom(len(whole) - 96))
    with pytest.raises(DataFault):
        profile_dataset(path, path.name)


def test_a_keras_archive_whose_weights_are_no_hdf5_or_unpack_to_anything_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.keras"
    for content in (b"no hdf5", bytes(64 << 20)):
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("config.json", "{}")
            archive.writestr("model.weights.h5", content)
        with pytest.raises(DataFault):
            profile_dataset(path, path.name)
