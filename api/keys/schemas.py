"""API keys: shown once, kept as hashes."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from api.shapes import Answer, Body
from store.roles import Scope


class KeyAsked(Body):
    """A new key."""

    name: str = Field(min_length=1, max_length=200)
    expires_in_days: int | None = Field(default=None, ge=1, le=3650)
    scope: Scope = Field(
        default=Scope.WRITE,
        description="`read` changes nothing; `write` works in projects as their editor at most; `admin` does all that "
        "its user may.",
    )
    projects: list[Annotated[str, Field(max_length=200)]] | None = Field(
        default=None, min_length=1, max_length=50, description="Names or ids of those where it works; left out: all."
    )


class Key(Answer):
    """A key without its secret."""

    id: str
    name: str
    prefix: str = Field(description="How it begins, to tell keys apart.")
    scope: Scope
    projects: list[str] | None = Field(description="Ids of the projects that it works in; null: all of its user's.")
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None


class KeyCreated(Key):
    """A new key; the only time its secret is shown."""

    key: str
