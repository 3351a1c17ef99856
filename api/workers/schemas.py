"""The shop floor: who works, and what waits."""

from datetime import datetime
from typing import Any

from api.shapes import Answer


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
    created_at: datetime
    waiting_seconds: float
