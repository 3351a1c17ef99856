"""Files that come in parts, as the API shows them."""

from datetime import datetime
from typing import Final

from pydantic import Field

from api.datasets.schemas import Dataset
from api.shapes import Answer, Body

SMALLEST_PART: Final = 64 * 2**10
PART: Final = 8 * 2**20
LARGEST_PART: Final = 64 * 2**20
MOST_PARTS: Final = 10_000


class UploadBegun(Body):
    """A file that will come: what it is called, how long it is and what it hashes to as a whole."""

    filename: str = Field(min_length=1, max_length=1000)
    project: str | None = Field(default=None, max_length=200, description="A project's name or id.")
    name: str | None = Field(default=None, max_length=200, description="Left out: the file's own name.")
    bytes: int = Field(ge=1)
    sha256: str = Field(pattern="^[0-9a-f]{64}$", description="Of the whole file.")
    part_bytes: int = Field(
        default=PART, ge=SMALLEST_PART, le=LARGEST_PART, description="The length of every part but the last."
    )


class Upload(Answer):
    """How much of a file is there. The same file begun again is this one: go on with the parts that are missing."""

    id: str
    name: str
    filename: str
    bytes: int
    sha256: str
    part_bytes: int
    parts: int = Field(description="How many there will be, numbered from 1.")
    received: list[int] = Field(description="The numbers of those that are there.")
    received_bytes: int
    dataset: Dataset | None = Field(description="What became of it: then nothing is missing.")
    created_at: datetime
    forgotten_at: datetime = Field(description="When it will be forgotten, if no other part comes.")
    href: str
