"""Where a model's tensors come from: inputs, targets, and how the rows are parted."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictFloat, StrictInt, StrictStr

from models_lib.spec.objects import LayerObject

Share = Annotated[float, Field(strict=True, ge=0, lt=1)]
ColumnName = Annotated[str, Field(strict=True, min_length=1, max_length=256)]
Name = Annotated[str, Field(strict=True, max_length=64, pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.\-]*$")]
Side = Annotated[int, Field(strict=True, ge=1, le=4096)]
DatePart = Literal[
    "days", "year", "month", "day", "weekday", "day_of_year", "hour", "minute", "second", "yearly", "weekly", "daily"
]
Value = Annotated[StrictBool | StrictInt | StrictFloat | StrictStr, Field(union_mode="left_to_right")]
TensorType = Literal[
    "float16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "bool", "string"
]


class Closed(BaseModel):
    """A part of the run spec: frozen, and a field that it does not know is a fault."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


# Fields of a binding that name one column or array.
SOURCES = ("column", "array", "image", "text", "sequence", "sparse", "date")


class Binding(Closed):
    """Where one model input comes from and how it is prepared, inside the saved model.

    Exactly one of `columns`, `column`, `array`, `image`, `text`, `sequence`, `sparse`, `date` is given.
    """

    columns: tuple[ColumnName, ...] | None = Field(
        default=None, min_length=1, max_length=4096, description="Columns of one type, side by side in one tensor."
    )
    column: ColumnName | None = Field(default=None, description="One column of the table.")
    array: ColumnName | None = Field(default=None, description="One array of an NPZ file.")
    image: ColumnName | None = Field(default=None, description="A column of images: pixels from 0 to 255, as Keras'.")
    image_size: tuple[Side, Side] | None = Field(
        default=None,
        description="Images: (height, width) that each is resized to. Left out: the size that all have, else 256, 256.",
    )
    color_mode: Literal["grayscale", "rgb", "rgba"] | None = Field(
        default=None, description="Images: one, three or four channels. Left out: rgb."
    )
    crop_to_aspect_ratio: StrictBool | None = Field(
        default=None, description="Images: crop rather than distort. Left out: false."
    )
    interpolation: Literal["bilinear", "nearest", "bicubic", "area", "lanczos3", "lanczos5", "gaussian"] | None = Field(
        default=None, description="Images: how they are resized. Left out: bilinear."
    )
    text: ColumnName | None = Field(default=None, description="A column of text, split into words in the saved model.")
    sequence: ColumnName | None = Field(
        default=None, description="A column of lists, or of words between delimiters: padded to one length."
    )
    sparse: ColumnName | None = Field(
        default=None,
        description="A column of lists, or of words between delimiters: which of them a row has, multi-hot.",
    )
    date: ColumnName | None = Field(
        default=None,
        description="A column of dates or times: numbers made of it in the saved model, which takes ISO text.",
    )
    parts: tuple[DatePart, ...] | None = Field(
        default=None,
        min_length=1,
        max_length=12,
        description="Dates: the numbers made of each. yearly, weekly and daily are sine and cosine of the place in the "
        "year, week and day; days count from 1970-01-01. Left out: days, yearly, weekly, and for times daily.",
    )
    delimiter: Annotated[str, Field(strict=True, min_length=1, max_length=8)] | None = Field(
        default=None,
        description="Sequences in words: what parts them. Left out: the first of , ; | that is there, or space.",
    )
    maxlen: Annotated[int, Field(strict=True, ge=1, le=100_000)] | None = Field(
        default=None, description="Sequences: their length, as pad_sequences has it. Left out: the longest."
    )
    padding: Literal["pre", "post"] | None = Field(
        default=None, description="Sequences: where a short one is filled up. Left out: pre, as in Keras."
    )
    truncating: Literal["pre", "post"] | None = Field(
        default=None, description="Sequences: where a long one is cut. Left out: pre, as in Keras."
    )
    value: Value | None = Field(default=None, description="Sequences: what fills a short one. Left out: 0, or no word.")
    missing: Value | None = Field(
        default=None,
        description="What to do with gaps: drop (the row), mean, median, most_frequent, or a value to write there. "
        "Left out, rows with gaps are refused.",
    )
    preprocess: tuple[LayerObject, ...] | None = Field(
        default=None,
        max_length=16,
        description="Keras preprocessing layers, one or a list, adapted on the training part alone. Left out: by type "
        "(Normalization() for numbers, one-hot StringLookup for words, TextVectorization() for text); null: none.",
    )
    dtype: TensorType | None = Field(
        default=None, description="Type of the tensor. Left out: float32 for numbers, string for words."
    )

    @property
    def sources(self) -> tuple[str, ...]:
        """The columns or the array that feed it, in the order of the tensor's last axis."""
        return self.columns or tuple(name for field in SOURCES if (name := getattr(self, field)) is not None)


class Target(Closed):
    """What one model output learns. Exactly one of `column` and `array` is given."""

    column: ColumnName | None = Field(default=None, description="The column to learn.")
    array: ColumnName | None = Field(default=None, description="The array of an NPZ file to learn.")
    normalize: StrictBool = Field(
        default=False, description="Train on the standardised target; predictions come back in the column's own units."
    )
    classes: Literal["auto"] | tuple[Value, ...] | None = Field(
        default=None,
        max_length=10_000,
        description="The labels in the order of the output's units, or auto: sorted. Predictions come back with them.",
    )
    missing: Literal["drop", "ignore"] | None = Field(
        default=None, description="Rows without a target: drop them, or ignore them for this output alone."
    )
    dtype: TensorType | None = Field(
        default=None,
        description="Give the loss the values as this type in their own shape, as Keras' fit does with arrays. Left "
        "out: as the loss wants them.",
    )

    @property
    def source(self) -> str:
        """The column or the array."""
        return self.column or self.array or ""


class Windows(Closed):
    """Windows over time series, in the words of Keras' `timeseries_dataset_from_array`, cut after the split.

    A window never straddles a part or a series. A row to predict is then a list of rows.
    """

    sequence_length: int = Field(strict=True, ge=1, le=100_000, description="Steps of a window.")
    sampling_rate: int = Field(default=1, strict=True, ge=1, le=100_000, description="Rows from one step to the next.")
    sequence_stride: int = Field(
        default=1, strict=True, ge=1, le=1_000_000, description="Rows from one window to the next."
    )
    horizon: int = Field(
        default=1, strict=True, ge=0, le=100_000, description="Rows from a window's last step to its target; 0: itself."
    )
    time: ColumnName | None = Field(
        default=None, description="The column that orders rows. Left out: the file's order."
    )
    by: ColumnName | None = Field(default=None, description="The column that says which series a row belongs to.")

    @property
    def reach(self) -> int:
        """Rows from a window's first step to its target."""
        return (self.sequence_length - 1) * self.sampling_rate + self.horizon


class Split(Closed):
    """How rows are parted into training, validation and test."""

    validation: Share | None = Field(
        default=None,
        description="Share of the rows held back for validation. Left out: 0.2, unless `column` or "
        "`validation_dataset` says otherwise.",
    )
    test: Share = Field(default=0.0, description="Share of the rows held back for the test after training.")
    shuffle: StrictBool = Field(
        default=True,
        description="Which rows are held back is drawn by the seed. False: the last ones, as in Keras' "
        "validation_split.",
    )
    stratify: ColumnName | None = Field(default=None, description="Keep this column's proportions in every part.")
    group: ColumnName | None = Field(default=None, description="Rows with the same value here stay in the same part.")
    time: ColumnName | None = Field(default=None, description="Order rows by this column: the latest are tested last.")
    column: ColumnName | None = Field(
        default=None, description="A column that holds each row's part: train, validation or test."
    )
    validation_dataset: str | None = Field(default=None, description="Validate on this data set: name or name@version.")
    test_dataset: str | None = Field(default=None, description="Test on this data set: name or name@version.")

    @property
    def has_validation(self) -> bool:
        return bool(self.validation or self.column or self.validation_dataset)

    @property
    def has_test(self) -> bool:
        return bool(self.test or self.column or self.test_dataset)
