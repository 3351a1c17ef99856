"""The saved model's inputs: one tensor per column, under names that every export format accepts."""

import keyword
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from models_lib.build.model import CORE_NAME
from models_lib.data.inputs import ModelInput, to_tensor_type
from models_lib.data.pictures import PictureShape, load_pictures
from models_lib.data.read import Table
from models_lib.data.sequences import SequenceShape
from models_lib.spec.dataset import DatasetProfile

LONGEST_NAME = 60


@dataclass(frozen=True)
class ColumnTensor:
    """One input of the saved model: `name` in the model, fed from `column` of the raw rows.

    A gap (NaN, or an empty word) is taken where every model input that the column feeds has something to fill it with.
    """

    name: str
    column: str
    dtype: str
    shape: tuple[int, ...]
    column_dtype: str
    takes_gaps: bool
    shaped: PictureShape | SequenceShape | None = None

    def to_input(self) -> keras.KerasTensor:
        return keras.Input(self.shape, dtype=self.dtype, name=self.name)

    def gather(self, table: Table) -> NDArray[Any]:
        """Raw values of a table's rows, gaps as NaN or empty words."""
        match self.shaped:
            case PictureShape():
                return load_pictures(self.shaped, table.values[self.column], self.column).reshape(-1, *self.shape)
            case SequenceShape():
                return self.shaped.pad_column(table.values[self.column], self.column).reshape(-1, *self.shape)
        values = to_tensor_type(table.values[self.column], self.dtype)
        if self.column in table.gaps and values.ndim == 1:
            values = np.where(table.gaps[self.column], "" if self.dtype == "string" else np.nan, values)
        return values.reshape(-1, *self.shape)


def list_tensors(inputs: Mapping[str, ModelInput], profile: DatasetProfile) -> list[ColumnTensor]:
    """A column that is wanted in two types, or in two shapes, is fed to two tensors."""
    uses: dict[tuple[str, str, PictureShape | SequenceShape | None], list[ModelInput]] = {}
    for part in inputs.values():
        for source in part.sources:
            uses.setdefault((source, part.column_dtype, part.picture or part.sequence), []).append(part)
    taken = {CORE_NAME}
    tensors = []
    for (column, dtype, shaped), users in uses.items():
        described = profile.by_name[column]
        name = safe_name(column, taken)
        taken.add(name)
        gaps = all(column in user.fills for user in users)
        shape: tuple[int, ...] = shaped.shape if shaped else described.shape or (1,)
        shape = shape if users[0].steps is None else (users[0].steps, *shape)
        tensors.append(ColumnTensor(name, column, dtype, shape, described.dtype, gaps, shaped))
    return tensors


def safe_name(column: str, taken: set[str]) -> str:
    """Letters, digits and underscores; Keras, SavedModel and LiteRT each refuse something else."""
    name = re.sub(r"[^A-Za-z0-9_]+", "_", column).strip("_")[:LONGEST_NAME] or "column"
    if name[0].isdigit() or keyword.iskeyword(name.lower()):
        name = f"column_{name}"
    numbered = (f"{name}_{n}" for n in range(2, len(taken) + 3))
    return name if name not in taken else next(other for other in numbered if other not in taken)


def tensors_of(part: ModelInput, tensors: list[ColumnTensor], symbols: Mapping[str, Any]) -> dict[str, Any]:
    """The tensors that feed one model input, by column."""
    return {
        tensor.column: symbols[tensor.name]
        for tensor in tensors
        if tensor.column in part.sources
        and (tensor.dtype, tensor.shaped) == (part.column_dtype, part.picture or part.sequence)
    }
