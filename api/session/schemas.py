"""Signing in and out in a browser."""

from datetime import datetime

from pydantic import Field

from api.people.schemas import User
from api.shapes import Answer, Body


class SignInAsked(Body):
    """A one-time sign-in token, or an API key."""

    token: str = Field(min_length=1, max_length=200)


class SignedIn(Answer):
    """A session was opened; its cookie came along."""

    user: User
    expires_at: datetime


class SignInLinkAsked(Body):
    """Whose link it shall be."""

    user: str | None = Field(default=None, max_length=200, description="A user's name or id; left out: the caller.")


class SignInLink(Answer):
    """A link that signs its first visitor in."""

    url: str
    expires_at: datetime


class BrowserSession(Answer):
    """A browser that is signed in as the caller."""

    id: str
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None
    is_this: bool = False
