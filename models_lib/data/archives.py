"""NPZ files: their structure is checked before an array is opened."""

import math
import zipfile
from pathlib import Path, PurePosixPath
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from models_lib.data.faults import DataFault, data_fault
from models_lib.data.sparse_arrays import MAX_DENSE, check_matrix, describe_matrix, find_matrices, open_matrix
from models_lib.data.statistics import describe_array
from models_lib.spec.dataset import DatasetProfile

MAX_ARRAYS = 1000
MAX_BYTES = 16 << 30
MOST_AXES = 8
"""As many as TensorFlow's own operations take."""
MAX_HEADER = 10_000
KINDS = "biufUS"
MAX_STORED = MAX_DENSE // 4


def profile_archive(path: Path) -> DatasetProfile:
    """Profile of an NPZ file's arrays, one at a time in memory; raises DataFault."""
    shapes = check_archive(path)
    with np.load(path, allow_pickle=False) as arrays:
        sparse = _load_matrices(arrays, shapes)
        parts = {part for name in sparse for part in find_matrices(list(shapes))[name].values()}
        plain = {name: shape for name, shape in shapes.items() if name not in parts}
        whole = plain | {name: check_matrix(name, members) for name, members in sparse.items()}
        _check_rows(whole)
        columns = tuple(
            describe_matrix(name, sparse[name]) if name in sparse else describe_array(name, arrays[name])
            for name in whole
        )
    return DatasetProfile(format="npz", rows=next(iter(whole.values()))[0], columns=columns)


def read_archive(path: Path, names: list[str]) -> dict[str, NDArray[Any]]:
    """The named arrays, as the file has them; sparse ones opened."""
    shapes = check_archive(path)
    with np.load(path, allow_pickle=False) as arrays:
        sparse = {name: members for name, members in _load_matrices(arrays, shapes).items() if name in names}
        for name, members in sparse.items():
            check_matrix(name, members)
        return {name: open_matrix(sparse[name]) if name in sparse else arrays[name] for name in names}


def _load_matrices(arrays: Any, shapes: dict[str, tuple[int, ...]]) -> dict[str, dict[str, NDArray[Any]]]:
    """The arrays of each sparse matrix, which are as long as it has values."""
    found = find_matrices(list(arrays.files))
    for member in (member for members in found.values() for member in members.values()):
        if math.prod(shapes[member]) > MAX_STORED:
            raise _refused(f"Array {member!r} is longer than the {MAX_STORED:,} that a sparse matrix may hold.")
    return {name: {part: arrays[member] for part, member in members.items()} for name, members in found.items()}


def check_archive(path: Path) -> dict[str, tuple[int, ...]]:
    """Shapes by name, after the archive's names, sizes and headers were found in order; no array is read."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            _check_members(members)
            return {member.filename.removesuffix(".npy"): _read_shape(archive, member) for member in members}
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError, OSError) as error:
        raise _refused(f"The file cannot be read as NPZ: {error}") from error


def _check_members(members: list[zipfile.ZipInfo]) -> None:
    names = [member.filename for member in members]
    if not names:
        raise _refused("The archive is empty.")
    strange = [name for name in names if not name.endswith(".npy") or len(PurePosixPath(name).parts) > 1]
    if strange:
        raise _refused(
            "An NPZ file holds .npy arrays alone (numpy.savez). Is this another kind of archive?", strange[:5]
        )
    if len(set(names)) < len(names) or len(names) > MAX_ARRAYS:
        raise _refused(f"{len(names)} arrays; names must differ, and at most {MAX_ARRAYS} are taken.")
    declared = sum(member.file_size for member in members)
    if declared > MAX_BYTES:
        raise _refused(f"The arrays would take {declared} bytes; at most {MAX_BYTES} are taken.", declared)


def _read_shape(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> tuple[int, ...]:
    with archive.open(member) as file:
        shape, dtype = _read_header(file)
        header = file.tell()
    if dtype.kind not in KINDS:
        message = (
            f"Array {member.filename!r} has type {dtype}: only numbers, booleans and strings are taken, no pickles."
        )
        raise _refused(message, str(dtype))
    if len(shape) > MOST_AXES:
        raise _refused(f"Array {member.filename!r} has {len(shape)} axes: at most {MOST_AXES} are taken.", len(shape))
    if math.prod(shape) * dtype.itemsize != member.file_size - header:
        raise _refused(f"Array {member.filename!r} does not have the size that its header states.")
    return shape


def _read_header(file: IO[bytes]) -> tuple[tuple[int, ...], np.dtype[Any]]:
    version = npy.read_magic(file)
    read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    shape, _, dtype = read(file, max_header_size=MAX_HEADER)
    return shape, dtype


def _check_rows(shapes: dict[str, tuple[int, ...]]) -> None:
    scalars = [name for name, shape in shapes.items() if not shape]
    if scalars:
        raise _refused("Arrays without rows: leave them out.", scalars)
    counts = {name: shape[0] for name, shape in shapes.items()}
    if len(set(counts.values())) > 1:
        advice = (
            "Save parts as data sets of their own and name them in split.validation_dataset and split.test_dataset."
        )
        raise _refused(f"The arrays differ in their number of rows: {counts}. {advice}", counts)
    if not next(iter(counts.values())):
        raise _refused("The arrays have no rows.", list(counts))


def _refused(message: str, found: Any = None) -> DataFault:
    return DataFault(data_fault("/file", message, found=found))
