"""Pages of a run's events, and what goes over the wire of a page that is streamed."""

from dataclasses import dataclass
from typing import Final

from fastapi.sse import format_sse_event
from pydantic import TypeAdapter

from api.runs.event_schemas import Event, EventPage
from store import events, rows, runs
from store.database import Database

BATCH: Final = 500
EVENT: Final[TypeAdapter[Event]] = TypeAdapter(Event)


@dataclass(frozen=True)
class Frames:
    """A page as a stream sends it, the number to read on after, and whether anything follows."""

    sent: tuple[bytes, ...]
    after: int
    has_more: bool
    is_end: bool


def read_page(database: Database, run_id: str, after: int, limit: int) -> EventPage:
    """Events after a number; raises NotFound."""
    with database.reading() as session:
        runs.get_run(session, run_id)
        found = events.read_events(session, run_id, after=after, limit=limit + 1)
    shown = [show_event(event) for event in found[:limit]]
    return EventPage(data=shown, has_more=len(found) > limit, next_cursor=shown[-1].seq if shown else after)


def read_frames(database: Database, run_id: str, after: int) -> Frames:
    """The same for a stream, up to the run's `end`; raises NotFound."""
    page = read_page(database, run_id, after, BATCH)
    last = next((at for at, event in enumerate(page.data, 1) if event.kind == "end"), None)
    sent = (
        format_sse_event(data_str=event.model_dump_json(), event=event.kind, id=str(event.seq))
        for event in page.data[:last]
    )
    return Frames(tuple(sent), page.next_cursor, page.has_more, last is not None)


def show_event(event: rows.Event) -> Event:
    """One event, its data beside its place."""
    place = {"seq": event.seq, "at": event.at, "attempt": event.attempt, "kind": event.kind}
    return EVENT.validate_python({**event.data, **place})
