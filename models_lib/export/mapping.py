"""`inputs.json`: what the saved model's tensors are called, where they come from, and what its outputs mean."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Literal

import keras
from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictFloat, StrictInt, StrictStr

from models_lib.data.inputs import ModelInput
from models_lib.data.pictures import PictureShape
from models_lib.data.sequences import SequenceShape
from models_lib.data.targets import ModelTarget
from models_lib.export.tensors import ColumnTensor
from models_lib.spec.bindings import Windows

Label = StrictBool | StrictInt | StrictFloat | StrictStr


class Described(BaseModel):
    """A part of the mapping."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class MappedImage(Described):
    """How an image becomes a tensor, in the words of Keras' `image_dataset_from_directory`."""

    image_size: tuple[int, int] = Field(description="Height and width that it is resized to.")
    color_mode: Literal["grayscale", "rgb", "rgba"] = Field(description="One, three or four channels.")
    crop_to_aspect_ratio: bool = Field(description="Cropped rather than distorted.")
    interpolation: str = Field(description="How it is resized.")


class MappedSequence(Described):
    """How a list becomes a row of one length, in the words of Keras' `pad_sequences`."""

    maxlen: int = Field(description="The length.")
    padding: Literal["pre", "post"] = Field(description="Where a short one is filled up.")
    truncating: Literal["pre", "post"] = Field(description="Where a long one is cut.")
    value: StrictInt | StrictFloat | StrictStr = Field(description="What it is filled up with.")
    delimiter: str | None = Field(description="What parts the words of a text; none where rows bring lists.")


class MappedInput(Described):
    """One tensor of the saved model."""

    tensor: str = Field(description="Its name in the model.")
    column: str = Field(description="The column or array that feeds it.")
    dtype: str = Field(description="Its type in the model.")
    shape: tuple[int, ...] = Field(description="One row's shape.")
    column_dtype: str = Field(description="The column's type in the data set.")
    takes_gaps: bool = Field(description="Whether a row may come without the value: null, NaN or an empty word.")
    image: MappedImage | None = Field(default=None, description="Given where the tensor holds images.")
    sequence: MappedSequence | None = Field(default=None, description="Given where the tensor holds lists.")


class MappedOutput(Described):
    """One output of the saved model."""

    name: str = Field(description="The output's name.")
    column: str | None = Field(description="The column or array that it learned; none without a target.")
    shape: tuple[int | None, ...] = Field(description="One prediction's shape.")
    labels: tuple[Label, ...] = Field(default=(), description="Labels in the order of the units.")
    coding: Literal["numbers", "whole_numbers", "positions", "zero_one", "one_hot"] = Field(
        description="How the loss was given the target; zero_one: one unit, the probability of the second label."
    )


class MappedWindow(Described):
    """An instance is a list of rows: each step, or every row from the first step to the last."""

    sequence_length: int = Field(description="Steps of a window.")
    sampling_rate: int = Field(description="Rows from one step to the next.")


class ModelMapping(Described):
    """All of `inputs.json`."""

    inputs: tuple[MappedInput, ...] = Field(description="The model's tensors.")
    bindings: dict[str, tuple[str, ...]] = Field(
        description="Model inputs of the spec, and the columns that feed them."
    )
    outputs: tuple[MappedOutput, ...] = Field(description="The model's outputs.")
    ignored: tuple[str, ...] = Field(default=(), description="The data set's other columns: a raw row may hold them.")
    window: MappedWindow | None = Field(default=None, description="Given where the model takes windows over time.")


def describe_model(
    serving: keras.Model,
    inputs: Mapping[str, ModelInput],
    targets: Mapping[str, ModelTarget],
    tensors: list[ColumnTensor],
    columns: Iterable[str],
    windows: Windows | None = None,
) -> ModelMapping:
    """The mapping of a model that was just built; `columns` are all that the data set has."""
    shapes = serving.output if isinstance(serving.output, dict) else {next(iter(targets), "output"): serving.output}
    return ModelMapping(
        inputs=tuple(
            MappedInput(
                tensor=tensor.name,
                column=tensor.column,
                dtype=tensor.dtype,
                shape=tensor.shape,
                column_dtype=tensor.column_dtype,
                takes_gaps=tensor.takes_gaps,
                image=MappedImage(**asdict(tensor.shaped)) if isinstance(tensor.shaped, PictureShape) else None,
                sequence=_map_sequence(tensor.shaped),
            )
            for tensor in tensors
        ),
        bindings={name: part.sources for name, part in inputs.items()},
        outputs=tuple(
            MappedOutput(
                name=name,
                column=targets[name].source if name in targets else None,
                shape=tuple(tensor.shape[1:]),
                labels=targets[name].labels if name in targets else (),
                coding=targets[name].coding if name in targets else "numbers",
            )
            for name, tensor in shapes.items()
        ),
        ignored=tuple(column for column in columns if column not in {tensor.column for tensor in tensors}),
        window=windows and MappedWindow(sequence_length=windows.sequence_length, sampling_rate=windows.sampling_rate),
    )


def _map_sequence(shaped: object) -> MappedSequence | None:
    if not isinstance(shaped, SequenceShape):
        return None
    return MappedSequence(**{name: value for name, value in asdict(shaped).items() if name != "dtype"})
