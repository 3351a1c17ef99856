"""A run's events: one dense sequence per run, written in the transaction that changes the run."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from store.rows import Event, Run

Note = tuple[str, Mapping[str, object]]
"""An event's kind and what it says."""


def append_events(session: Session, *, run_id: str, attempt: int, last_seq: int, notes: Sequence[Note]) -> None:
    """Write the events that end at number `last_seq`, to which the caller has just raised the run's row."""
    first = last_seq - len(notes) + 1
    session.execute(
        insert(Event),
        [
            {"run_id": run_id, "seq": first + index, "attempt": attempt, "kind": kind, "data": data}
            for index, (kind, data) in enumerate(notes)
        ],
    )


def read_events(session: Session, run_id: str, *, after: int = 0, limit: int = 500) -> list[Event]:
    """The events with a number above `after`, in order."""
    statement = select(Event).where(Event.run_id == run_id, Event.seq > after).order_by(Event.seq).limit(limit)
    return list(session.scalars(statement))


def asking_request(session: Session, run_id: str) -> str | None:
    """The id of the request that made the run, which its first event tells."""
    said = session.scalar(select(Event.data).where(Event.run_id == run_id, Event.seq == 1)) or {}
    found = said.get("request_id")
    return found if isinstance(found, str) else None


def read_log_events(session: Session, run_id: str, *, after: int = 0, limit: int = 500) -> list[Event]:
    """The `log` events alone: which chunk files hold the run's output."""
    statement = select(Event).where(Event.run_id == run_id, Event.seq > after, Event.kind == "log")
    return list(session.scalars(statement.order_by(Event.seq).limit(limit)))


def read_exports(session: Session, run_id: str) -> dict[str, Any]:
    """What was found when the run's exports were tried, by the artifact's path; the newest attempt's word counts."""
    statement = select(Event).where(Event.run_id == run_id, Event.kind == "artifact").order_by(Event.seq)
    said = [event.data for event in session.scalars(statement)]
    return {str(data["path"]): data["export"] for data in said if "export" in data}


def newest_seqs(session: Session, run_ids: Sequence[str]) -> dict[str, int]:
    """The number of each run's newest event."""
    rows = session.execute(select(Run.id, Run.last_seq).where(Run.id.in_(run_ids)))
    return dict(rows.all())
