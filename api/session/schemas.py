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


class SignInLink(Answer):
    """A link that signs its first visitor in as its maker."""

    url: str
    expires_at: datetime
