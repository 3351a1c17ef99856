"""What endpoints are given: the parts of this process, and who is calling."""

from dataclasses import dataclass
from typing import Annotated

import httpx
from fastapi import Depends, Request

from api.measures import Measures
from api.services import connect_service
from api.watching import Watcher
from store.blobs import Blobs
from store.database import Database
from store.keys import Caller
from store.private import service_secret
from store.queue import Waker
from store.settings import Settings
from store.stream import Announcer


@dataclass(frozen=True)
class Parts:
    """One of each per process."""

    settings: Settings
    database: Database
    blobs: Blobs
    waker: Waker
    announcer: Announcer
    watcher: Watcher
    predictor: httpx.AsyncClient
    boards: httpx.AsyncClient
    measures: Measures

    async def close(self) -> None:
        """Let go of every connection."""
        await self.predictor.aclose()
        await self.boards.aclose()
        self.waker.close()
        self.announcer.close()
        self.database.close()


def make_parts(settings: Settings) -> Parts:
    """The parts, none of which connects before it is used."""
    database = Database(settings)
    secret = service_secret(settings)
    return Parts(
        settings=settings,
        database=database,
        blobs=Blobs(settings),
        waker=Waker(settings),
        announcer=Announcer(settings),
        watcher=Watcher(settings, database),
        predictor=connect_service(settings.predictor_url, secret),
        boards=connect_service(settings.boards_url, secret),
        measures=Measures(),
    )


def get_parts(request: Request) -> Parts:
    """The parts that this app was made with."""
    parts: Parts = request.app.state.parts
    return parts


def get_caller(request: Request) -> Caller:
    """Who is calling; the front door let nobody else through."""
    caller: Caller = request.state.caller
    return caller


Here = Annotated[Parts, Depends(get_parts)]
Calling = Annotated[Caller, Depends(get_caller)]
