"""A run's events: some of them as JSON, or all that come as a stream."""

from collections.abc import AsyncIterator
from typing import Final

from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response
from fastapi.sse import KEEPALIVE_COMMENT, EventSourceResponse

from api.parts import Parts
from api.runs.event_pages import read_page
from api.runs.event_schemas import EventsAsked
from store import rows, runs
from store.access import Caller
from store.errors import NotFound

HEARTBEAT_SECONDS: Final = 15.0


async def answer_events(
    here: Parts, caller: Caller, run_id: str, asked: EventsAsked, accept: str, last_event_id: int | None
) -> Response:
    """As a stream where the caller asks for one. `Last-Event-ID` (a browser that comes back) goes before `after`."""
    after = asked.after if last_event_id is None else last_event_id
    if "text/event-stream" not in accept:
        page = await run_in_threadpool(read_page, here.database, run_id, after, asked.limit)
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
                frames = await here.following.read_on(caller, run_id, after)
            except NotFound:
                return
            for frame in frames.sent:
                yield frame
            if frames.is_end:
                return
            after = frames.after
            if not frames.has_more and not await bell.wait(HEARTBEAT_SECONDS):
                yield KEEPALIVE_COMMENT


def require_run(here: Parts, run_id: str) -> rows.Run:
    """The row; raises NotFound."""
    with here.database.reading() as session:
        return runs.get_run(session, run_id)
