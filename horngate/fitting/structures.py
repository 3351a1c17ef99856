"""Data as Keras' users hold them (arrays, mappings, data sets) in one form: NumPy arrays in a structure."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from horngate.errors import FitRefused

ENDLESS = "remote.fit sends every row once: leave repeat() and steps_per_epoch out"
APART = (
    "a run's batches have one row of everything for each row; parts that are batched apart (labeled beside unlabeled) "
    "are repeated to equally many, or trained by a whole script (kind: script)"
)
SHUFFLING = ("Shuffle", "Interleave")


@dataclass(frozen=True)
class Rows:
    """`x`, `y` and `sample_weight` as structures of arrays of equally many rows.

    `batch_size` where the source has one of its own; `is_shuffled` where the source mixes its rows itself.
    """

    x: Any
    y: Any = None
    sample_weight: Any = None
    batch_size: int | None = None
    is_shuffled: bool = False

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
        return Rows(cut[0], cut[1], cut[2], self.batch_size, self.is_shuffled)


def gather_rows(x: Any, y: Any, sample_weight: Any, argument: str = "x") -> Rows:
    """Arrays as they are, data sets gathered batch by batch; raises FitRefused."""
    if x is None:
        raise FitRefused(argument, "is missing: arrays, a tf.data.Dataset or a keras.utils.PyDataset")
    batches = _batches_of(x, argument)
    if batches is None:
        parts = [as_arrays(part, name) for part, name in ((x, argument), (y, "y"), (sample_weight, "sample_weight"))]
        return _checked(Rows(parts[0], parts[1], parts[2]), argument)
    if y is not None or sample_weight is not None:
        raise FitRefused(
            "y" if y is not None else "sample_weight", "comes out of the data set: leave it out, as in Keras"
        )
    return _checked(_joined(batches, argument, is_shuffled=_shuffles(x)), argument)


def _batches_of(x: Any, argument: str) -> Iterable[Any] | None:
    """The batches of a data set; None where `x` is arrays."""
    if isinstance(x, keras.utils.PyDataset):
        if x.num_batches is None:
            raise FitRefused(argument, f"never ends (its num_batches is None): {ENDLESS}")
        return (x[at] for at in range(x.num_batches))
    if hasattr(x, "element_spec") and hasattr(x, "cardinality"):
        if int(x.cardinality()) == -1:
            raise FitRefused(argument, f"is a tf.data.Dataset that never ends: {ENDLESS}")
        batches: Iterable[Any] = iter(x)
        return batches
    if hasattr(x, "__next__") or type(x).__name__ == "DataLoader":
        what = "a generator" if hasattr(x, "__next__") else "a DataLoader"
        raise FitRefused(argument, f"is {what}: give arrays, or wrap it in tf.data.Dataset or keras.utils.PyDataset")
    return None


def _joined(batches: Iterable[Any], argument: str, *, is_shuffled: bool) -> Rows:
    """All batches one behind the other."""
    parts = [keras.utils.unpack_x_y_sample_weight(batch) for batch in batches]
    if not parts:
        raise FitRefused(argument, "holds no batches")
    pieces = [tuple(as_arrays(part, argument) for part in batch) for batch in parts]
    sizes = [len(keras.tree.flatten(piece[0])[0]) for piece in pieces]
    if len(set(sizes[:-1])) > 1 or sizes[-1] > sizes[0]:
        raise FitRefused(
            argument, f"has batches of different sizes ({min(sizes)} to {max(sizes)} rows): batch it evenly"
        )
    whole = [
        None if pieces[0][at] is None else keras.tree.map_structure(_concatenate, *(piece[at] for piece in pieces))
        for at in range(3)
    ]
    return Rows(whole[0], whole[1], whole[2], sizes[0], is_shuffled)


def _concatenate(*arrays: Any) -> Any:
    return np.concatenate(arrays)


def _shuffles(source: Any) -> bool:
    """Whether a data set mixes its rows: a PyDataset is mixed by `fit`, a tf.data pipeline by itself."""
    if isinstance(source, keras.utils.PyDataset):
        return False
    waiting, is_shuffled = [source], False
    while waiting:
        found = waiting.pop()
        is_shuffled = is_shuffled or any(word in type(found).__name__ for word in SHUFFLING)
        waiting += getattr(found, "_inputs", list)()
    return is_shuffled


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
