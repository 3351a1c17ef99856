"""Those who follow one run: what is new is read once for all who stand at the same place, however many they are."""

import asyncio
from dataclasses import dataclass

from fastapi.concurrency import run_in_threadpool

from api.runs.event_pages import Frames, read_frames
from store import keys
from store.access import Caller
from store.database import Database
from store.errors import NotFound

Place = tuple[str, int]
"""A run, and the number of the event after which somebody reads on."""


@dataclass(frozen=True)
class Follower:
    """Who waits for a page, and where it goes."""

    caller: Caller
    page: "asyncio.Future[Frames]"


class Following:
    """Belongs to one event loop. Whether they may still see the run is asked at every page, once for each key."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: dict[Place, list[Follower]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def read_on(self, caller: Caller, run_id: str, after: int) -> Frames:
        """More events for somebody who was let in a while ago; raises NotFound where that is over by now."""
        place = (run_id, after)
        follower = Follower(caller, asyncio.get_running_loop().create_future())
        if place in self._waiting:
            self._waiting[place].append(follower)
        else:
            self._waiting[place] = [follower]
            task = asyncio.create_task(self._serve(place))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return await follower.page

    async def _serve(self, place: Place) -> None:
        await asyncio.sleep(0)  # the bell has woken all of them: those behind us come to this place first
        followers = self._waiting.pop(place)
        page: Frames | Exception
        try:
            page, seeing = await run_in_threadpool(self._read, place, [follower.caller for follower in followers])
        except Exception as error:  # noqa: BLE001 - whatever it is, they wait for it
            page, seeing = error, set()
        for follower in followers:
            if follower.page.done():
                continue
            if isinstance(page, Exception):
                follower.page.set_exception(page)
            elif follower.caller.key.id in seeing:
                follower.page.set_result(page)
            else:
                follower.page.set_exception(NotFound("run", place[0]))

    def _read(self, place: Place, callers: list[Caller]) -> tuple[Frames, set[str]]:
        """The page, and the keys whose owners still see the run."""
        places = {caller.key.id: caller.project_id for caller in callers}
        with self._database.reading() as session:
            found = {key_id: keys.find_again(session, key_id) for key_id in places}
        seeing = {key_id for key_id, known in found.items() if known is not None and places[key_id] in known.roles}
        return read_frames(self._database, *place), seeing
