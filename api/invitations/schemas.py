"""Invitations as the API shows them: the link once, the rest as long as somebody may follow it."""

from datetime import datetime

from pydantic import Field

from api.people.schemas import PersonName, Project, User
from api.shapes import Answer, Body
from store.roles import Role


class ProjectInvitationAsked(Body):
    """Whom the link shall make what."""

    role: Role = Role.EDITOR
    expires_in_days: int = Field(default=7, ge=1, le=90)
    note: str = Field(default="", max_length=200, description="For whom it is, for the list.")


class ProjectInvitation(Answer):
    """An invitation that somebody may still follow."""

    id: str
    role: Role
    note: str
    made_by: str = Field(description="A user's id.")
    created_at: datetime
    expires_at: datetime


class InvitationCreated(ProjectInvitation):
    """A new invitation; the only time its link is shown."""

    link: str


class InvitationFollowed(Body):
    """Somebody new."""

    token: str = Field(min_length=1, max_length=200)
    name: PersonName
    with_key: bool = Field(default=False, description="Answer with an API key, in place of a browser's session.")


class InvitationJoined(Body):
    """A user who follows a link into another project."""

    token: str = Field(min_length=1, max_length=200)


class Welcome(Answer):
    """Somebody is in; where no key was asked for, a session's cookie came along."""

    user: User
    project: Project
    role: Role
    key: str | None = Field(description="The only time that it is shown.")
