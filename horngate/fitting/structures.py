"""Data as Keras' users hold them (arrays, mappings, data sets) in one form: NumPy arrays in a structure."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np

from horngate.errors import FitRefused
from horngate.fitting.sources import Source, open_source

APART = (
    "a run's batches have one row of everything for each row; parts that are batched apart (labeled beside unlabeled) "
    "are repeated to equally many, or trained by a whole script (kind: script)"
)


@dataclass(frozen=True)
class Rows:
    """`x`, `y` and `sample_weight` as structures of arrays of equally many rows.

    `batch_size` where the source has one of its own; `is_shuffled` where the source mixes its rows itself,
    `comes_round` where it gives them again and again, `is_fixed` where it says how many each batch has.
    """

    x: Any
    y: Any = None
    sample_weight: Any = None
    batch_size: int | None = None
    is_shuffled: bool = False
    comes_round: bool = False
    is_fixed: bool = True

    @property
    def count(self) -> int:
        return len(keras.tree.flatten(self.x)[0])

    @property
    def is_source(self) -> bool:
        """Whether the rows came in batches, from a data set."""
        return self.batch_size is not None

    def first(self, rows: int) -> "Rows":
        """The first so many rows."""
        cut = [map_arrays(lambda array: array[:rows], part) for part in (self.x, self.y, self.sample_weight)]
        return replace(self, x=cut[0], y=cut[1], sample_weight=cut[2])


def gather_rows(x: Any, y: Any, sample_weight: Any, argument: str = "x", *, batches: int | None = None) -> Rows:
    """Arrays as they are, data sets gathered batch by batch; raises FitRefused.

    `batches`: how many are asked for of a source that need not end.
    """
    if x is None:
        raise FitRefused(argument, "is missing: arrays, a tf.data.Dataset or a keras.utils.PyDataset")
    source = open_source(x, argument, batches)
    if source is None:
        parts = [as_arrays(part, name) for part, name in ((x, argument), (y, "y"), (sample_weight, "sample_weight"))]
        return _checked(Rows(parts[0], parts[1], parts[2]), argument)
    if y is not None or sample_weight is not None:
        raise FitRefused(
            "y" if y is not None else "sample_weight", "comes out of the data set: leave it out, as in Keras"
        )
    return _checked(_joined(source, argument), argument)


def _joined(source: Source, argument: str) -> Rows:
    """All batches one behind the other."""
    parts = [keras.utils.unpack_x_y_sample_weight(batch) for batch in source.batches]
    if not parts:
        raise FitRefused(argument, "holds no batches")
    pieces = [tuple(as_arrays(part, argument) for part in batch) for batch in parts]
    sizes = [len(keras.tree.flatten(piece[0])[0]) for piece in pieces]
    if len(set(sizes[:-1])) > 1 or sizes[-1] > sizes[0]:
        raise FitRefused(
            argument,
            f"has batches of different sizes ({min(sizes)} to {max(sizes)} rows): batch it evenly, "
            "batch(…, drop_remainder=True), or write repeat() behind batch(…)",
        )
    whole = [
        None if pieces[0][at] is None else keras.tree.map_structure(_concatenate, *(piece[at] for piece in pieces))
        for at in range(3)
    ]
    return Rows(whole[0], whole[1], whole[2], sizes[0], source.is_shuffled, source.comes_round, source.is_fixed)


def _concatenate(*arrays: Any) -> Any:
    return np.concatenate(arrays)


def as_arrays(value: Any, argument: str) -> Any:
    """The structure with NumPy arrays as its leaves, typed as `fit` types them: all fractions in Keras' floatx."""
    match value:
        case None:
            return None
        case dict():
            return {str(name): as_arrays(part, argument) for name, part in value.items()}
        case list() | tuple() if not value or any(not hasattr(part, "shape") for part in value):
            message = "is a list of plain values: make it an array, np.array(...)"
            raise FitRefused(argument, message)
        case list() | tuple():
            return [as_arrays(part, argument) for part in value]
    return _as_array(value, argument)


def _as_array(value: Any, argument: str) -> Any:
    if not hasattr(value, "shape"):
        raise FitRefused(argument, f"is a {type(value).__name__}, which remote.fit does not take: give arrays")
    if type(value).__name__ in ("RaggedTensor", "SparseTensor") or hasattr(value, "tocsr"):
        raise FitRefused(argument, f"is a {type(value).__name__}: pad it or make it dense, x.to_tensor(), x.toarray()")
    array = value.to_numpy() if hasattr(value, "to_numpy") else np.asarray(value)
    if array.dtype.kind == "O":
        array = _typed(array, argument)
    if array.ndim == 0:
        raise FitRefused(argument, "has no rows: it is a single value")
    return array.astype(keras.config.floatx()) if array.dtype.kind == "f" else array


def _typed(array: Any, argument: str) -> Any:
    """Words, or numbers of a mixed table, out of Python's objects; anything else is refused, and never pickled."""
    if all(isinstance(item, str | bytes) for item in array.ravel()):
        return np.array([item.decode() if isinstance(item, bytes) else item for item in array.ravel()]).reshape(
            array.shape
        )
    try:
        return array.astype(keras.config.floatx())
    except (TypeError, ValueError):
        message = "holds Python objects of several kinds: give it a type, np.asarray(values, 'float32')"
        raise FitRefused(argument, message) from None


def map_arrays(function: Callable[[Any], Any], structure: Any) -> Any:
    return None if structure is None else keras.tree.map_structure(function, structure)


def _checked(rows: Rows, argument: str) -> Rows:
    """Equally many rows everywhere, and numbers alone."""
    named = ((argument, rows.x), ("y", rows.y), ("sample_weight", rows.sample_weight))
    for name, structure in named:
        for array in [] if structure is None else keras.tree.flatten(structure):
            if len(array) != rows.count:
                mend = f": {APART}" if rows.is_source else ""
                raise FitRefused(name, f"has {len(array)} rows where {argument} has {rows.count}{mend}")
            wrong = int((~np.isfinite(array)).sum()) if array.dtype.kind == "f" else 0
            if wrong:
                raise FitRefused(
                    name, f"holds {wrong} values that are NaN or infinite: fill them before, or leave the rows out"
                )
    if not rows.count:
        raise FitRefused(argument, "has no rows")
    return rows
