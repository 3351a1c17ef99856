"""What every body and every answer of the API is made of."""

import unicodedata
from typing import Annotated, Generic, Literal, TypeVar

from fastapi import Query
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from models_lib.spec.constants import HIDDEN_CATEGORIES

Item = TypeVar("Item")

HeldBack = Literal["user_limit", "project_limit", "retry_pause"]
"""Why a run waits even where a worker is free: others of its owner or its project must end first, or its own pause."""

Limit = Annotated[int, Field(ge=1, le=500, description="How many at most.")]


InProject = Annotated[
    str | None,
    Query(max_length=200, description="A project's name or id; left out: the caller's own, or the only one."),
]


def is_visible(character: str) -> bool:
    """Whether it is seen: one that is not makes a name look like another, or turns round what follows."""
    return unicodedata.category(character) not in HIDDEN_CATEGORIES


def tidy_name(name: str) -> str:
    """The name with single blanks; raises ValueError where nothing is seen of it, or of a part of it."""
    tidied = " ".join(name.split())
    if not tidied or not all(map(is_visible, name)):
        raise ValueError("a name is more than blanks, and all of its characters are seen")
    return tidied


Tidy = AfterValidator(tidy_name)
"""For what people call things, and are called."""


class Body(BaseModel):
    """A request body, or a set of query parameters: an unknown field is a mistake, and is named."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Answer(BaseModel):
    """A response body: drawn from rows, never a row itself."""

    model_config = ConfigDict(frozen=True, from_attributes=True)


class OpenAnswer(BaseModel):
    """An answer whose named fields are promised, and that may carry more."""

    model_config = ConfigDict(frozen=True, from_attributes=True, extra="allow")


class Page(Answer, Generic[Item]):
    """One page of a list; `next_cursor` goes into `?after=` for the next one."""

    data: list[Item]
    has_more: bool = False
    next_cursor: str | None = None


class Paging(Body):
    """The query parameters of every list."""

    limit: Limit = 50
    after: str | None = Field(default=None, max_length=300, description="`next_cursor` of the page before.")
