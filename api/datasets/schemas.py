"""Data sets as the API shows them."""

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from api.shapes import Answer, Body, Paging
from models_lib.spec.dataset import DatasetFormat


class DatasetsAsked(Paging):
    """Which data sets a list shows."""

    project: str | None = Field(default=None, max_length=200, description="A project's name or id.")
    name: str | None = Field(default=None, description="Exactly this name: its versions.")
    search: str | None = Field(default=None, max_length=200, description="Part of the name.")
    sha256: str | None = Field(
        default=None, pattern="^[0-9a-f]{64}$", description="Whose file has this hash: need it be sent at all?"
    )
    sort: Literal["-created_at", "created_at", "-name", "name"] = "-created_at"


class PreviewAsked(Body):
    """How much of a table to show."""

    rows: int = Field(default=20, ge=1, le=100)


class ColumnListed(Answer):
    """A column, or an array of an NPZ file, without its statistics."""

    name: str
    dtype: str
    missing: int = 0
    unique: int | None = None
    shape: list[int] | None = Field(default=None, description="Of one row, for arrays.")


class Dataset(Answer):
    """One version of a data set."""

    id: str
    name: str
    version: int
    project: str
    owner: str
    format: DatasetFormat
    rows: int
    bytes: int
    sha256: str
    columns: list[ColumnListed]
    location: str | None = Field(default=None, description="Of a linked one: where its bytes stay.")
    created_at: datetime


class LinkAsked(Body):
    """Data that shall stay where it is."""

    location: str = Field(
        min_length=1,
        max_length=1000,
        description="A file or a folder of images, as the service's machines see it, or s3://BUCKET/KEY.",
    )
    project: str | None = Field(default=None, max_length=200, description="A project's name or id.")
    name: str | None = Field(default=None, max_length=200, description="Left out: the file's own name.")


class Preview(Answer):
    """The first rows of a table."""

    columns: list[str]
    rows: list[list[Any]]
    shown: int
    total: int
