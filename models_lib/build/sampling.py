"""Two rows that a data set could hold, made from its profile: enough for Keras to say what shapes come of them."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models_lib.build.model import InputTensor
from models_lib.data.inputs import learn_input
from models_lib.data.read import Table
from models_lib.spec.bindings import Binding, Windows
from models_lib.spec.dataset import Column, DatasetProfile
from models_lib.spec.objects import KerasObject

ROWS = np.arange(2)
LOOKUPS = frozenset({"StringLookup", "IntegerLookup"})
GUESSED_WORDS = 8


def sample_table(columns: Iterable[Column]) -> Table:
    """The smallest and the largest value of each column, and black images."""
    return Table(len(ROWS), {column.name: _sample(column) for column in columns}, {})


def _sample(column: Column) -> NDArray[Any]:
    if column.is_image:
        sample = np.array(["", ""], dtype=object)
    elif column.items is not None:
        sample = _sample_lists(column)
    elif column.is_time:
        sample = np.array(["2024-01-01", "2024-02-29"], dtype="datetime64[s]")
    elif column.is_text:
        words = [str(value) for value, _ in column.top[:2]] or ["one", "other"]
        sample = np.array([words[0], words[-1]], dtype=object)
    elif column.is_number or column.dtype == "bool":
        ends = [column.min if column.min is not None else 0, column.max if column.max is not None else 1]
        sample = np.array(ends).astype(column.dtype)
    else:
        sample = np.zeros(2)
    if not column.shape:
        return sample
    return np.broadcast_to(sample.reshape(2, *[1] * len(column.shape)), (2, *column.shape))


def _sample_lists(column: Column) -> NDArray[Any]:
    """A list of the smallest item, and one of the largest."""
    ends = [column.min if column.min is not None else 0, column.max if column.max is not None else 1]
    sample = np.empty(2, dtype=object)
    sample[:] = [[str(end) if column.items == "string" else end] for end in ends]
    return sample


def guess_profile(inputs: Mapping[str, Binding]) -> DatasetProfile:
    """Columns as the bindings speak of them, where the data set is not known."""
    dtypes = {source: _guess_dtype(binding) for binding in inputs.values() for source in binding.sources}
    columns = [Column(name=name, dtype=dtype, unique=GUESSED_WORDS) for name, dtype in dtypes.items()]
    return DatasetProfile(format="csv", rows=len(ROWS), columns=tuple(columns))


def _guess_dtype(binding: Binding) -> str:
    if binding.image:
        return "image"
    if binding.date:
        return "timestamp"
    if binding.sequence or binding.sparse:
        return "list[string]" if binding.dtype == "string" else "list[int64]"
    return binding.dtype or "float64"


def prepared_shape(name: str, binding: Binding, profile: DatasetProfile) -> InputTensor:
    """What the core model is given of one input; the width of what is learned from words comes from the profile."""
    columns = [profile.by_name[source] for source in binding.sources]
    words = sum(column.unique or GUESSED_WORDS for column in columns)
    layers = tuple(_widened(described, words) for described in binding.preprocess or ())
    assumed = binding.model_copy(update={"preprocess": layers})
    learned = learn_input(name, assumed, sample_table(columns), ROWS, profile)
    prepared = learned.prepare(learned.gather(sample_table(columns)))
    shape: tuple[int | None, ...] = prepared.shape[1:]
    if (binding.sequence and not binding.maxlen) or any(_has_open_length(described) for described in layers):
        shape = (*shape[:-1], None)
    return InputTensor(shape, "string" if prepared.dtype == object else str(prepared.dtype))


def in_windows(tensor: InputTensor, windows: Windows | None) -> InputTensor:
    """The same with an axis for the steps of a window, where the run cuts windows."""
    return InputTensor((windows.sequence_length, *tensor.shape), tensor.dtype) if windows else tensor


def _widened(described: KerasObject, words: int) -> KerasObject:
    """A lookup as wide as it will be, though two words are all that it is shown."""
    config = described.config
    if described.class_name not in LOOKUPS or config.get("output_mode", "int") == "int" or config.get("vocabulary"):
        return described
    width = min(words + int(str(config.get("num_oov_indices", 1))), int(str(config.get("max_tokens") or 2**31)))
    return described.model_copy(update={"config": config | {"max_tokens": width, "pad_to_max_tokens": True}})


def _has_open_length(described: KerasObject) -> bool:
    """Whether the number of words of a text decides the tensor's length."""
    config = described.config
    is_text = described.class_name == "TextVectorization" and config.get("output_mode", "int") == "int"
    return is_text and config.get("output_sequence_length") is None
