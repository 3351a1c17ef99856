"""The shop floor: who works, and what waits."""

from datetime import datetime
from typing import Any

from pydantic import Field

from api.shapes import Answer, HeldBack


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
