"""`inputs.json`: what the saved model's tensors are called, where they come from, and what its outputs mean."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Literal

import keras
from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictFloat, StrictInt, StrictStr

from models_lib.data.inputs import ModelInput
from models_lib.data.targets import ModelTarget
from models_lib.export.tensors import ColumnTensor

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


class MappedInput(Described):
    """One tensor of the saved model."""

    tensor: str = Field(description="Its name in the model.")
    column: str = Field(description="The column or array that feeds it.")
    dtype: str = Field(description="Its type in the model.")
    shape: tuple[int, ...] = Field(description="One row's shape.")
    column_dtype: str = Field(description="The column's type in the data set.")
    takes_gaps: bool = Field(description="Whether a row may come without the value: null, NaN or an empty word.")
    image: MappedImage | None = Field(default=None, description="Given where the tensor holds images.")


class MappedOutput(Described):
    """One output of the saved model."""

    name: str = Field(description="The output's name.")
    column: str | None = Field(description="The column or array that it learned; none without a target.")
    shape: tuple[int | None, ...] = Field(description="One prediction's shape.")
    labels: tuple[Label, ...] = Field(default=(), description="Labels in the order of the units.")
    coding: Literal["numbers", "whole_numbers", "positions", "zero_one", "one_hot"] = Field(
        description="How the loss was given the target; zero_one: one unit, the probability of the second label."
    )


class ModelMapping(Described):
    """All of `inputs.json`."""

    inputs: tuple[MappedInput, ...] = Field(description="The model's tensors.")
    bindings: dict[str, tuple[str, ...]] = Field(
        description="Model inputs of the spec, and the columns that feed them."
    )
    outputs: tuple[MappedOutput, ...] = Field(description="The model's outputs.")
    ignored: tuple[str, ...] = Field(default=(), description="The data set's other columns: a raw row may hold them.")


def describe_model(
    serving: keras.Model,
    inputs: Mapping[str, ModelInput],
    targets: Mapping[str, ModelTarget],
    tensors: list[ColumnTensor],
    columns: Iterable[str],
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
                image=MappedImage.model_validate(asdict(tensor.picture)) if tensor.picture else None,
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
    )
