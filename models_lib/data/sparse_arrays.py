"""Sparse matrices in an NPZ file, as `scipy.sparse.save_npz` writes them: judged before a row is opened."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models_lib.data.faults import DataFault, data_fault
from models_lib.data.statistics import BUCKETS
from models_lib.spec.dataset import Column

MAX_DENSE = 1 << 30
ALONE = "matrix"
"""The name of a matrix that is the file's only one, whose arrays have no prefix."""
MEMBERS = {
    "csr": ("data", "indices", "indptr", "shape", "format"),
    "csc": ("data", "indices", "indptr", "shape", "format"),
    "coo": ("data", "row", "col", "shape", "format"),
}
MARK = "_is_array"
Arrays = Mapping[str, NDArray[Any]]


def find_matrices(names: list[str]) -> dict[str, dict[str, str]]:
    """The arrays of each matrix, by its name: `words.data`, `words.indices`, … are `words`; of one alone, `matrix`."""
    found: dict[str, dict[str, str]] = {}
    for name in names:
        prefix, _, part = name.rpartition(".")
        if part == "format" and (prefix or set(MEMBERS["csr"]) & set(names) > {"format"}):
            start = f"{prefix}." if prefix else ""
            known = {member for members in MEMBERS.values() for member in members} | {MARK}
            found[prefix or ALONE] = {
                member: f"{start}{member}" for member in sorted(known) if f"{start}{member}" in names
            }
    return {name: members for name, members in found.items() if {"data", "shape"} <= set(members)}


def check_matrix(name: str, arrays: Arrays) -> tuple[int, int]:
    """Rows and columns, after every number of it was looked at; raises DataFault."""
    kind = _kind_of(name, arrays["format"])
    absent = [member for member in MEMBERS[kind] if member not in arrays]
    if absent:
        raise _refused(name, f"is {kind}, and lacks {', '.join(absent)}", absent)
    shape = arrays["shape"]
    if shape.shape != (2,) or shape.dtype.kind not in "iu" or int(shape.min()) < 1:
        raise _refused(name, "has a shape that is none of rows and columns", shape.tolist())
    rows, columns = (int(size) for size in shape)
    size = rows * columns * _dense_type(arrays["data"]).itemsize
    if size > MAX_DENSE:
        message = (
            f"has {rows:,} x {columns:,} values, which take {size:,} bytes when its rows become tensors; at most "
            f"{MAX_DENSE:,} are taken: keep fewer columns, or write the places of each row as a list (sparse: …)"
        )
        raise _refused(name, message, size)
    _check_places(name, kind, arrays, (rows, columns))
    return rows, columns


def _kind_of(name: str, said: NDArray[Any]) -> str:
    value = said.item() if said.shape == () and said.dtype.kind in "SU" else None
    kind = value.decode("ascii", "replace") if isinstance(value, bytes) else str(value)
    if kind not in MEMBERS:
        message = f"is {kind[:20]!r}: save it as csr: scipy.sparse.save_npz(path, matrix.tocsr())"
        raise _refused(name, message, kind[:20])
    return kind


def _check_places(name: str, kind: str, arrays: Arrays, shape: tuple[int, int]) -> None:
    data = arrays["data"]
    if data.ndim != 1 or data.dtype.kind not in "biuf":
        raise _refused(name, "has values that are no list of numbers", str(data.dtype))
    axes = {"row": shape[0], "col": shape[1]} if kind == "coo" else {"indices": shape[1 if kind == "csr" else 0]}
    for member, most in axes.items():
        places = arrays[member]
        if places.shape != data.shape or places.dtype.kind not in "iu":
            raise _refused(name, f"has not one of {member} for each value", list(places.shape))
        if places.size and (int(places.min()) < 0 or int(places.max()) >= most):
            raise _refused(name, f"has {member} outside of 0 to {most - 1}", [int(places.min()), int(places.max())])
    if kind == "coo":
        return
    ends, lines = arrays["indptr"], shape[0 if kind == "csr" else 1]
    is_sound = ends.shape == (lines + 1,) and ends.dtype.kind in "iu"
    if not is_sound or ends[0] != 0 or ends[-1] != len(data) or bool((np.diff(ends.astype(np.int64)) < 0).any()):
        raise _refused(name, "has an indptr that does not part its values", list(ends.shape))


def _dense_type(data: NDArray[Any]) -> np.dtype[Any]:
    """Numbers become float32, as in every tensor; whole numbers and booleans stay what they are."""
    return np.dtype(np.float32) if data.dtype.kind == "f" else data.dtype


def places_of(arrays: Arrays) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Row and column of each value."""
    if "row" in arrays:
        return arrays["row"].astype(np.int64), arrays["col"].astype(np.int64)
    ends = arrays["indptr"].astype(np.int64)
    lines, places = np.repeat(np.arange(len(ends) - 1), np.diff(ends)), arrays["indices"].astype(np.int64)
    return (lines, places) if arrays["format"].item() in (b"csr", "csr") else (places, lines)


def open_matrix(arrays: Arrays) -> NDArray[Any]:
    """The whole of a matrix that was checked; what stands twice in one place is added."""
    data = arrays["data"]
    whole = np.zeros(tuple(arrays["shape"].tolist()), dtype=_dense_type(data))
    np.add.at(whole, places_of(arrays), data.astype(whole.dtype))
    return whole


def describe_matrix(name: str, arrays: Arrays) -> Column:
    """Statistics over all values, zeros included, without opening it densely."""
    rows, columns = (int(size) for size in arrays["shape"])
    values = arrays["data"].astype(np.float64)
    is_known = np.isfinite(values)
    missing = len(np.unique(places_of(arrays)[0][np.isnan(values)]))
    known, size = values[is_known], rows * columns - int((~is_known).sum())
    zeros = max(0, size - len(known))
    least, most = float(known.min(initial=0.0)), float(known.max(initial=0.0))
    counts, edges = np.histogram(known, bins=BUCKETS, range=(least, most if most > least else least + 1.0))
    counts = counts + zeros * np.histogram([0.0], bins=edges)[0]
    mean = float(known.sum() / size) if size else 0.0
    spread = float(np.sqrt(max(0.0, float((known**2).sum()) / size - mean**2))) if size else 0.0
    return Column(
        name=name,
        dtype=_dense_type(arrays["data"]).name,
        shape=(columns,),
        missing=missing,
        min=least,
        max=most,
        mean=mean,
        std=spread,
        histogram={"edges": edges.tolist(), "counts": counts.tolist()},
    )


def _refused(name: str, what: str, found: Any) -> DataFault:
    return DataFault(data_fault("/file", f"The sparse matrix {name[:80]!r} {what}.", found=found))
