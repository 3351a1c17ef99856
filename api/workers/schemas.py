"""The shop floor: who works, and what waits."""

from datetime import datetime
from typing import Any

from pydantic import Field

from api.shapes import Answer, Body, HeldBack


class Worker(Answer):
    """A worker service on some machine."""

    id: str
    name: str
    host: str
    pid: int
    state: str
    queues: list[str]
    slots: int
    devices: list[Any]
    running: int
    pulse: dict[str, Any] = Field(
        description="What it last said of itself: version, clock, free disk, what it counted."
    )
    started_at: datetime
    seen_at: datetime
    ended_at: datetime | None


class QueueEntry(Answer):
    """A run that waits."""

    position: int
    run_id: str
    name: str
    queue: str
    priority: int
    held_back: HeldBack | None = Field(description="Why it waits even where a worker is free; it stands behind others.")
    created_at: datetime
    waiting_seconds: float


class InvitationAsked(Body):
    """For how long machines may join with it."""

    name: str = Field(default="workers", min_length=1, max_length=200)
    lifetime_minutes: int = Field(default=60, ge=1, le=7 * 24 * 60)


class Invitation(Answer):
    """An invitation without its token."""

    id: str
    name: str
    prefix: str = Field(description="How the token begins, to tell invitations apart.")
    created_at: datetime
    expires_at: datetime


class InvitationMade(Invitation):
    """A new invitation; the only time its token is shown."""

    token: str
    command: str = Field(description="What to type on the other machine.")


class Joining(Body):
    """A machine that wants to work here. Who brings code of its own says which."""

    host: str = Field(min_length=1, max_length=255)
    version: str | None = Field(default=None, max_length=100)
    revision: str | None = Field(default=None, max_length=100)


class JoinedCode(Answer):
    """The archive that `/v1/workers/code` hands out."""

    sha256: str
    bytes: int


class Joined(Answer):
    """What a worker elsewhere needs; among the settings are secrets."""

    version: str
    revision: str
    code: JoinedCode
    settings: dict[str, str]
