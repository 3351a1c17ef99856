"""People, as those see them who share a project with them."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from api.shapes import Answer, Body, Tidy
from store.roles import Role, Scope

PersonName = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f@/\\]+$"), Tidy]
ProjectName = Annotated[str, Field(max_length=64, pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]*$")]
"""As specs name projects."""
Email = Annotated[str, Field(max_length=254, pattern=r"^[^\s@\x00-\x1f\x7f]+@[^\s@\x00-\x1f\x7f]+$")]
Limit = Annotated[int, Field(ge=0, le=2**60)]

RunningLimit = Annotated[int, Field(ge=0, le=2**31 - 1)]


class Limits(Answer):
    """What may be used at most; null allows all."""

    storage_bytes: Limit | None = Field(default=None, description="Data sets, checkpoints and artifacts together.")
    upload_bytes: Limit | None = Field(default=None, description="The largest file.")
    run_minutes: Limit | None = Field(default=None, description="Of training, within 30 days.")
    running: RunningLimit | None = Field(default=None, description="Runs at once; null: as the settings say.")


class User(Answer):
    """A person."""

    id: str
    name: str
    is_admin: bool
    created_at: datetime
    disabled_at: datetime | None = None


class UserListed(User):
    """A person in a list."""

    email: str | None = Field(description="By which an OpenID provider's user is let in; told to administrators.")


class UserCreated(Body):
    """Somebody new."""

    name: PersonName
    email: Email | None = Field(default=None, description="By which an OpenID provider's user is let in as them.")
    is_admin: bool = False
    project: str | None = Field(
        default=None, max_length=200, description="Where they are at home; left out: a new project of their own."
    )
    role: Role = Field(default=Role.EDITOR, description="In that project.")


class UserWelcomed(Answer):
    """Somebody new, and the link with which they sign in, once."""

    user: User
    link: str
    expires_at: datetime


class UserChanged(Body):
    """What may be changed about somebody; what is left out stays."""

    name: PersonName | None = None
    email: Email | None = Field(default=None, description="By which an OpenID provider's user is let in as them.")
    is_admin: bool | None = None
    disabled: bool | None = Field(default=None, description="Every key and session stops at once.")
    limits: Limits | None = Field(default=None, description="Replaces all limits.")


class Project(Answer):
    """What keeps runs and data sets together."""

    id: str
    name: str
    created_at: datetime


class ProjectListed(Project):
    """A project, and the caller's role there by this key."""

    role: Role


class Me(Answer):
    """Who is calling, and how far this key goes."""

    user: User
    project: Project | None = Field(description="Of what names none; null where that is asked back.")
    projects: list[ProjectListed]
    signed_in_by: Literal["api", "session"]
    scope: Scope
    expires_at: datetime | None
    mode: Literal["local", "team"]
    csrf_token: str | None = Field(
        description="What a session sends as X-CSRF-Token with every change; null for a key, which needs none."
    )
