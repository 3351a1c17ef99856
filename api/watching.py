"""News of runs for whoever watches: one watcher for the whole process, however many clients there are."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Final

import structlog
from fastapi.concurrency import run_in_threadpool
from sqlalchemy.exc import SQLAlchemyError

from store import events, stream
from store.database import Database
from store.errors import DatabaseAway
from store.settings import Settings

log = structlog.get_logger("api")

POLL_SECONDS: Final = 0.5


class Bell:
    """Rings when a run has news."""

    def __init__(self) -> None:
        self._news = asyncio.Event()

    def ring(self) -> None:
        """There is news."""
        self._news.set()

    async def wait(self, seconds: float) -> bool:
        """Whether it rang within so many seconds; a ring since the last `wait` counts."""
        try:
            await asyncio.wait_for(self._news.wait(), seconds)
        except TimeoutError:
            return False
        self._news.clear()
        return True


class Watcher:
    """Hears of commits over the broker, and looks for itself twice a second, for when the broker is away."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self.database = database
        self.is_closed = False
        self._stream = stream.Watcher(settings)
        self._bells: dict[str, set[Bell]] = defaultdict(set)
        self._seen: dict[str, int] = {}

    @property
    def hears_broker(self) -> bool:
        """Whether announcements come through."""
        return self._stream.is_connected

    @contextmanager
    def following(self, run_id: str) -> Iterator[Bell]:
        """A bell for this run, as long as somebody listens."""
        bell = Bell()
        self._bells[run_id].add(bell)
        try:
            yield bell
        finally:
            self._bells[run_id].discard(bell)
            if not self._bells[run_id]:
                del self._bells[run_id]
                self._seen.pop(run_id, None)

    def ring(self, run_id: str) -> None:
        """Tell all who follow this run."""
        for bell in self._bells.get(run_id, ()):
            bell.ring()

    def send_home(self) -> None:
        """The process is ending: everybody who follows a run shall go."""
        self.is_closed = True
        for run_id in self._bells:
            self.ring(run_id)

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """Watch, until the block ends."""
        tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._look())]
        try:
            yield
        finally:
            self.send_home()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._stream.close()

    async def _listen(self) -> None:
        async for run_id in self._stream.watch():
            if run_id is not None:
                self.ring(run_id)

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(POLL_SECONDS)
            if self._bells:
                await self._look_once(list(self._bells))

    async def _look_once(self, run_ids: list[str]) -> None:
        try:
            newest = await run_in_threadpool(self._read_newest, run_ids)
        except (DatabaseAway, SQLAlchemyError) as error:
            log.warning("cannot_look_for_news", reason=str(error))
            return
        for run_id in run_ids:
            seq = newest.get(run_id, -1)  # a deleted run rings, too: its followers find it gone
            if self._seen.get(run_id, 0) != seq and run_id in self._bells:
                self._seen[run_id] = seq
                self.ring(run_id)

    def _read_newest(self, run_ids: list[str]) -> dict[str, int]:
        with self.database.reading() as session:
            return events.newest_seqs(session, run_ids)
