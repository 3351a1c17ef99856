"""API keys: shown once, kept as hashes."""

from datetime import datetime

from pydantic import Field

from api.shapes import Answer, Body


class KeyAsked(Body):
    """A new key."""

    name: str = Field(min_length=1, max_length=200)
    expires_in_days: int | None = Field(default=None, ge=1, le=3650)


class Key(Answer):
    """A key without its secret."""

    id: str
    name: str
    prefix: str = Field(description="How it begins, to tell keys apart.")
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None


class KeyCreated(Key):
    """A new key; the only time its secret is shown."""

    key: str
