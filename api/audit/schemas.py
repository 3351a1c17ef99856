"""The audit log as the API shows it."""

from datetime import datetime

from pydantic import AwareDatetime, Field

from api.shapes import Answer, Paging


class EntriesAsked(Paging):
    """Which entries a list shows."""

    project: str | None = Field(default=None, max_length=200, description="A project's name or id.")
    user: str | None = Field(default=None, max_length=200, description="A user's id.")
    operation: str | None = Field(default=None, max_length=200, description="Exactly this one, such as delete_run.")
    thing: str | None = Field(default=None, max_length=300, description="What it was done to: an id.")
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None


class AuditEntry(Answer):
    """Somebody did something, or was refused it (`status` 401, 403, 404 or 429)."""

    id: str
    at: datetime
    user_id: str | None = Field(description="Null for somebody unknown.")
    user_name: str = Field(description="As it was then.")
    key_id: str | None
    ip: str
    operation: str = Field(description="The operation's id in this document; the address where there is none.")
    thing: str | None = Field(description="The id of what it was done to, or of what it made.")
    project_id: str | None
    status: int
    code: str | None = Field(description="Of the problem that was answered.")
