"""What is known about a data set without opening it: made by the profiler, read by all that judges a spec."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

DatasetFormat = Literal["csv", "parquet", "npz", "images", "jsonl", "tfrecord", "weights"]
NUMBER_WORDS = frozenset({"int64", "float64"})


class Column(BaseModel):
    """One column of a table, or one array of an NPZ file (then `dtype` is numpy's name and `shape` that of one row)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(description="The column's or array's name, as the file has it.")
    dtype: str = Field(description="int64, float64, bool, string, date, timestamp, image, list[…]; or numpy's.")
    missing: int = Field(default=0, ge=0, description="How many rows have no value here.")
    unique: int | None = Field(default=None, description="How many different values there are, gaps not counted.")
    min: Any = Field(default=None, description="The smallest value.")
    max: Any = Field(default=None, description="The largest value.")
    mean: float | None = Field(default=None, description="The mean of the numbers.")
    std: float | None = Field(default=None, description="The standard deviation of the numbers.")
    top: list[tuple[Any, int]] = Field(
        default_factory=list,
        description="The most frequent values and their counts; of images, of their sizes (height x width).",
    )
    histogram: dict[str, Any] | None = Field(default=None, description="Bucket edges and counts of the numbers.")
    examples: list[Any] = Field(default_factory=list, description="The first few values.")
    longest: int | None = Field(default=None, description="Lists: the most items of one row. Statistics count items.")
    shape: tuple[int, ...] = Field(default=(), description="Arrays: the shape of one row.")

    @property
    def is_text(self) -> bool:
        """True for words; for arrays, numpy's fixed-width strings."""
        return self.dtype == "string" or self.dtype.startswith(("<U", "|S", "str", "bytes"))

    @property
    def is_number(self) -> bool:
        """True for what arithmetic can be done on; a bool counts as no number."""
        return self.dtype.startswith(("int", "uint", "float"))

    @property
    def items(self) -> str | None:
        """The type of a list's items; None where the column holds no lists."""
        return self.dtype[5:-1] if self.dtype.startswith("list[") else None

    @property
    def is_image(self) -> bool:
        return self.dtype == "image"

    @property
    def is_time(self) -> bool:
        return self.dtype.startswith(("date", "timestamp"))


class StoredWeight(BaseModel):
    """One variable of a file of weights."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str = Field(description="Where it lies in the file.")
    layer: str = Field(default="", description="The layer it belongs to, as the file calls it.")
    shape: tuple[int, ...] = Field(description="Its shape.")
    dtype: str = Field(description="Its type, in NumPy's words.")
    count: int = Field(ge=0, description="How many numbers it holds.")


class DatasetProfile(BaseModel):
    """A data set's shape and columns, with what the sniffer settled so that training reads what was profiled."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: DatasetFormat = Field(description="The file's format.")
    rows: int = Field(ge=0, description="How many rows there are.")
    columns: tuple[Column, ...] = Field(
        description="Columns of a table, or arrays of an NPZ file, in the file's order."
    )
    reading: dict[str, Any] = Field(default_factory=dict, description="CSV dialect and column types as sniffed.")
    head: list[list[Any]] = Field(default_factory=list, description="The first rows of a table, gaps as null.")
    weights: tuple[StoredWeight, ...] = Field(
        default=(), description="Of a file of weights, which has no rows: its variables."
    )

    @property
    def by_name(self) -> dict[str, Column]:
        """The columns by their name; names are unique in a profile."""
        return {column.name: column for column in self.columns}
