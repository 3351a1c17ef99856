"""Projects and their members, as the API shows them."""

from datetime import datetime

from pydantic import Field

from api.people.schemas import Limits, ProjectListed, ProjectName
from api.shapes import Answer, Body
from store.roles import Role


class ProjectCreated(Body):
    """A new project, which the caller owns."""

    name: ProjectName


class ProjectChanged(Body):
    """What may be changed about a project; what is left out stays."""

    name: ProjectName | None = None
    limits: Limits | None = Field(default=None, description="Replaces all limits; the administrators' alone.")


class Used(Answer):
    """What a project uses of its limits."""

    storage_bytes: int
    run_minutes: int = Field(description="Within the last 30 days.")


class ProjectShown(ProjectListed):
    """A project with what it may use."""

    limits: Limits
    used: Used


class MemberSet(Body):
    """Which role somebody shall have."""

    role: Role


class Member(Answer):
    """Somebody who belongs to a project."""

    user: str = Field(description="Their id.")
    name: str
    email: str | None = Field(
        description="By which an OpenID provider's user is let in; told to administrators, to the project's owners, "
        "and to themselves."
    )
    role: Role
    disabled: bool
    created_at: datetime
