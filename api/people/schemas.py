"""People, and the projects they work in."""

from datetime import datetime
from typing import Literal

from api.shapes import Answer


class User(Answer):
    """A person."""

    id: str
    name: str
    is_admin: bool
    created_at: datetime


class Project(Answer):
    """What keeps runs and data sets together."""

    id: str
    name: str
    created_at: datetime


class Me(Answer):
    """Who is calling, and how."""

    user: User
    project: Project
    signed_in_by: Literal["api", "session"]
    expires_at: datetime | None
    mode: Literal["local", "team"]
