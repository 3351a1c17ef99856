"""Model inputs: which columns feed them, how gaps are filled, and the layers that prepare them."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from models_lib.data.dates import DateParts, iso_texts, read_date
from models_lib.data.faults import DataFault, data_fault
from models_lib.data.learning import ROWS_AT_ONCE, learn_layer
from models_lib.data.pictures import PictureShape, load_pictures, picture_shape
from models_lib.data.read import Table
from models_lib.data.sequences import SequenceShape, sequence_shape
from models_lib.data.spool import spool_rows
from models_lib.spec.bindings import Binding
from models_lib.spec.dataset import Column, DatasetProfile
from models_lib.spec.faults import join_pointer

# What these layers look up are whole numbers, or words.
WHOLE_NUMBER_LAYERS = frozenset({"IntegerLookup", "CategoryEncoding", "HashedCrossing"})
WORD_LAYERS = frozenset({"StringLookup", "TextVectorization"})
# Layers whose indicator vectors become float32, so that they stand beside other numbers.
INDICATORS = frozenset({"one_hot", "multi_hot", "count", "tf_idf"})
LEARNED_FILLS = ("mean", "median", "most_frequent")
Rows = NDArray[np.int64]
Fill = float | int | str


@dataclass(frozen=True)
class KeptInput:
    """`layers`: for each layer of the binding what it learned; `length` is that of lists."""

    binding: dict[str, Any]
    fills: dict[str, Any]
    layers: list[dict[str, Any]]
    length: int | None = None


@dataclass(frozen=True)
class ModelInput:
    """One input, with all that was learned from the training part.

    `dtype` is the type of the raw tensor, `raw_shape` one row's shape of it; `fills` holds one value per source that
    may have gaps. `picture` and `sequence` say how images and lists become tensors, `steps` how many rows the saved
    model takes at once. A whole-number input that may have gaps is float64 in the saved model until the gap is filled.
    """

    name: str
    sources: tuple[str, ...]
    dtype: str
    raw_shape: tuple[int, ...]
    fills: Mapping[str, Fill]
    layers: tuple[keras.Layer, ...]
    picture: PictureShape | None = None
    sequence: SequenceShape | None = None
    steps: int | None = None

    def gather(self, table: Table) -> NDArray[Any]:
        """The raw tensor of a table's rows, gaps filled."""
        if self.picture is not None:
            return load_pictures(self.picture, table.values[self.sources[0]], self.sources[0])
        if self.sequence is not None:
            return self.sequence.pad_column(table.values[self.sources[0]], self.sources[0])
        columns = [self._filled(table, source) for source in self.sources]
        return columns[0] if columns[0].ndim > 1 else np.stack(columns, axis=1)

    def gather_all(self, table: Table) -> NDArray[Any]:
        """The same; of a table on disk in a file."""
        if not table.on_disk:
            return self.gather(table)
        size = math.prod(self.raw_shape) * 8
        return spool_rows(table.rows, size, lambda rows: self.gather(table.take(np.arange(rows.start, rows.stop))))

    def prepare_all(self, raw: NDArray[Any]) -> NDArray[Any]:
        """The prepared tensor; of what lies in a file in another file."""
        if not isinstance(raw, np.memmap) or not self.layers:
            return self.prepare(raw)
        return spool_rows(len(raw), raw[:1].nbytes, lambda rows: self.prepare(np.asarray(raw[rows])))

    def _filled(self, table: Table, source: str) -> NDArray[Any]:
        values = to_tensor_type(table.values[source], self.dtype)
        if source in self.fills and source in table.gaps:
            # In a gap of whole numbers stands no NaN; in an array each number may be missing on its own.
            missing = np.isnan(values) if values.ndim > 1 else table.gaps[source]
            return np.where(missing, np.asarray(self.fills[source], dtype=values.dtype), values)
        return values

    def prepare(self, raw: NDArray[Any]) -> NDArray[Any]:
        """The tensor that the core model is trained on, computed by the very layers that are saved."""
        if not self.layers:
            return raw
        pieces = [np.asarray(self._apply(raw[at : at + ROWS_AT_ONCE])) for at in range(0, len(raw), ROWS_AT_ONCE)]
        return np.concatenate(pieces)

    def _apply(self, tensor: Any) -> Any:
        for layer in self.layers:
            if isinstance(layer, keras.layers.TextVectorization) and isinstance(tensor, keras.KerasTensor):
                # Of (None, 1) Keras says that (None, 1, words) will come, and gives (None, words).
                tensor = keras.ops.squeeze(tensor, -1)
            tensor = layer(tensor)
            if getattr(layer, "output_mode", None) in INDICATORS:
                tensor = keras.ops.cast(tensor, "float32")
        return tensor

    def connect(self, columns: Mapping[str, keras.KerasTensor]) -> keras.KerasTensor:
        """The same computation as a part of the saved model, from one tensor per column."""
        tensors = [columns[source] for source in self.sources]
        if self.column_dtype == "string" and self.sequence is None:
            tensors = [self._fill_words(source, columns[source]) for source in self.sources]
        joined = keras.layers.Concatenate(name=f"{self.name}.columns")
        tensor = tensors[0] if len(tensors) == 1 else joined(tensors)
        if self.fills and self.sequence is None and self.column_dtype != "string":
            tensor = self._fill_numbers(tensor)
        tensor = tensor if tensor.dtype == self.dtype else keras.ops.cast(tensor, self.dtype)
        return self._apply(tensor) if self.steps is None else self._apply_to_steps(tensor)

    def _apply_to_steps(self, tensor: keras.KerasTensor) -> keras.KerasTensor:
        """Each step of a window is prepared as a row of its own, as in training."""
        rows = self._apply(keras.ops.reshape(tensor, (-1, *tensor.shape[2:])))
        return keras.ops.reshape(rows, (-1, self.steps, *rows.shape[1:]))

    def _fill_words(self, source: str, tensor: keras.KerasTensor) -> keras.KerasTensor:
        if source not in self.fills:
            return tensor
        return keras.ops.where(keras.ops.equal(tensor, ""), str(self.fills[source]), tensor)

    def _fill_numbers(self, tensor: keras.KerasTensor) -> keras.KerasTensor:
        fills = [float(self.fills[source]) for source in self.sources]
        fill = fills[0] if len(set(fills)) == 1 else np.asarray(fills, dtype=tensor.dtype)
        return keras.ops.where(keras.ops.isnan(tensor), fill, tensor)

    @property
    def column_dtype(self) -> str:
        """The type of the saved model's tensor for each of the sources; gaps need a type with NaN."""
        if (
            self.fills
            and self.sequence is None
            and np.dtype(self.dtype if self.dtype != "string" else "O").kind in "iub"
        ):
            return "float64"
        return self.dtype


def learn_input(
    name: str,
    binding: Binding,
    table: Table,
    train: Rows,
    profile: DatasetProfile,
    kept: KeptInput | None = None,
) -> ModelInput:
    """Fills and layers of one input, learned from the training rows alone, or `kept` from another run."""
    columns = [profile.by_name[source] for source in binding.sources]
    learning = table.take(train)
    filled = binding.sources if has_fill(binding) else ()
    fills = kept.fills if kept else {source: _learn_fill(name, binding, source, learning) for source in filled}
    picture = picture_shape(binding) if binding.image else None
    shape = picture.shape if picture else columns[0].shape or (len(columns),)
    dtype = raw_dtype(binding, columns)
    sequence = sequence_shape(binding, dtype)
    if sequence is not None and kept is not None and kept.length is not None:
        sequence = sequence.of_length(kept.length)
    if sequence is not None and not sequence.maxlen:
        sequence = sequence.of_length(
            sequence.pad_column(learning.values[binding.sources[0]], binding.sources[0]).shape[1]
        )
    shape = sequence.shape if sequence is not None else shape
    dates = (DateParts(binding.parts, f"{name}.date"),) if binding.parts else ()
    learned = ModelInput(name, binding.sources, dtype, shape, fills, dates, picture, sequence)
    data = learned.prepare_all(learned.gather_all(learning))
    for at, described in enumerate(binding.preprocess or ()):
        layer = learn_layer(described, data, name=f"{name}.prepare_{at}", kept=kept.layers[at] if kept else None)
        data = replace(learned, layers=(layer,)).prepare_all(data)
        learned = replace(learned, layers=(*learned.layers, layer))
    return learned


def has_fill(binding: Binding) -> bool:
    """Whether gaps are filled, so that a row may come without the value."""
    return binding.missing is not None and binding.missing != "drop"


def raw_dtype(binding: Binding, columns: list[Column]) -> str:
    """The raw tensor's type: as the binding says, else what its first layer looks up, else float32 or string.

    Whole-number arrays of an NPZ file keep their type; float64 becomes float32.
    """
    if binding.dtype:
        return binding.dtype
    if binding.date is not None:
        return "string"
    first = binding.preprocess[0].class_name if binding.preprocess else ""
    if first in WORD_LAYERS or any(column.is_text for column in columns):
        return "string"
    if first in WHOLE_NUMBER_LAYERS or (first == "Hashing" and all(column.dtype == "int64" for column in columns)):
        return "int64"
    stays = binding.array and columns[0].dtype not in ("float64", "float16")
    return columns[0].dtype if stays else "float32"


def to_tensor_type(values: NDArray[Any], dtype: str) -> NDArray[Any]:
    """A column as the tensor's type; whole numbers and booleans may become words, words never numbers."""
    if dtype != "string":
        return values.astype(dtype)
    if values.dtype.kind == "M":
        return iso_texts(values, "of dates")
    if values.dtype.kind == "b":
        return np.where(values, "true", "false").astype(object)
    return values if values.dtype == object else values.astype(str).astype(object)


def _learn_fill(name: str, binding: Binding, source: str, learning: Table) -> Fill:
    """The training part's mean, median or most frequent value, or the value given."""
    if binding.missing not in LEARNED_FILLS:
        assert binding.missing is not None, "asked for by has_fill"
        return read_date(str(binding.missing)) if binding.date else binding.missing
    values = learning.values[source]
    gaps = np.isnan(values) if values.dtype.kind == "f" else learning.gaps.get(source, np.zeros(len(values), bool))
    known = values[~gaps]
    if not len(known):
        message = f"Column {source!r} has no value in the training part, so it has no {binding.missing}."
        raise DataFault(data_fault(join_pointer("/inputs", name, "missing"), message, found=binding.missing))
    if binding.missing == "most_frequent":
        found, counts = np.unique(known.astype(str) if known.dtype == object else known, return_counts=True)
        return found[np.argmax(counts)].item()  # type: ignore[no-any-return]  # numpy cannot say which
    return float(np.mean(known) if binding.missing == "mean" else np.median(known))
