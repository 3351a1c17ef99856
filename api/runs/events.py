"""A run's events: some of them as JSON, or all that come as a stream."""

from collections.abc import AsyncIterator
from typing import Final

from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response
from fastapi.sse import KEEPALIVE_COMMENT, EventSourceResponse, format_sse_event
from pydantic import TypeAdapter

from api.parts import Parts
from api.runs.event_schemas import Event, EventPage, EventsAsked
from store import events, keys, rows, runs
from store.access import Caller
from store.errors import NotFound

HEARTBEAT_SECONDS: Final = 15.0
BATCH: Final = 500
EVENT: Final[TypeAdapter[Event]] = TypeAdapter(Event)


async def answer_events(
    here: Parts, caller: Caller, run_id: str, asked: EventsAsked, accept: str, last_event_id: int | None
) -> Response:
    """As a stream where the caller asks for one. `Last-Event-ID` (a browser that comes back) goes before `after`."""
    after = asked.after if last_event_id is None else last_event_id
    if "text/event-stream" not in accept:
        page = await run_in_threadpool(read_page, here, run_id, after, asked.limit)
        return JSONResponse(page.model_dump(mode="json"))
    run = await run_in_threadpool(require_run, here, run_id)
    if run.status.is_final and after >= run.last_seq:
        return Response(status_code=204)  # tells an EventSource not to come back
    return EventSourceResponse(stream_events(here, caller, run_id, after))


async def stream_events(here: Parts, caller: Caller, run_id: str, after: int) -> AsyncIterator[bytes]:
    """Events as they are committed, up to `end`; a comment when nothing has happened for a while.

    Who may no longer see the run hears nothing more of it.
    """
    with here.watcher.following(run_id) as bell:
        while not here.watcher.is_closed:
            try:
                page = await run_in_threadpool(read_on, here, caller, run_id, after)
            except NotFound:
                return
            for event in page.data:
                yield format_sse_event(data_str=event.model_dump_json(), event=event.kind, id=str(event.seq))
                if event.kind == "end":
                    return
            after = page.next_cursor
            if not page.has_more and not await bell.wait(HEARTBEAT_SECONDS):
                yield KEEPALIVE_COMMENT


def require_run(here: Parts, run_id: str) -> rows.Run:
    """The row; raises NotFound."""
    with here.database.reading() as session:
        return runs.get_run(session, run_id)


def read_on(here: Parts, caller: Caller, run_id: str, after: int) -> EventPage:
    """More events for somebody who was let in a while ago; raises NotFound where that is over by now."""
    with here.database.reading() as session:
        found = keys.find_again(session, caller.key.id)
    if found is None or caller.project_id not in found.roles:
        raise NotFound("run", run_id)
    return read_page(here, run_id, after, BATCH)


def read_page(here: Parts, run_id: str, after: int, limit: int) -> EventPage:
    """Events after a number; raises NotFound."""
    with here.database.reading() as session:
        runs.get_run(session, run_id)
        found = events.read_events(session, run_id, after=after, limit=limit + 1)
    shown = [show_event(event) for event in found[:limit]]
    return EventPage(data=shown, has_more=len(found) > limit, next_cursor=shown[-1].seq if shown else after)


def show_event(event: rows.Event) -> Event:
    """One event, its data beside its place."""
    place = {"seq": event.seq, "at": event.at, "attempt": event.attempt, "kind": event.kind}
    return EVENT.validate_python({**event.data, **place})
