"""What endpoints are given: the parts of this process, and who is calling."""

from dataclasses import dataclass, replace
from typing import Annotated

import httpx
from fastapi import Depends, Request

from api.access import WITHOUT, authorise
from api.boards.tickets import Tickets
from api.health.files import FilesWatch
from api.measures import Measures
from api.oidc.provider import Provider
from api.predictions.batching import Batches
from api.predictions.known import KnownModels
from api.predictions.line import PredictorLine
from api.runs.following import Following
from api.services import connect_service
from api.specs.judgements import Judgements
from api.watching import Watcher
from store.access import Caller
from store.blobs import Blobs
from store.database import Database
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
    files: FilesWatch
    waker: Waker
    announcer: Announcer
    watcher: Watcher
    following: Following
    predictor: httpx.AsyncClient
    line: PredictorLine
    batches: Batches
    known_models: KnownModels
    judgements: Judgements
    boards: httpx.AsyncClient
    measures: Measures
    tickets: Tickets
    provider: Provider | None

    def seen_by(self, caller: Caller) -> "Parts":
        """The same parts, whose database shows what this caller may see and nothing else."""
        return replace(self, database=self.database.seen_with(caller.sight))

    async def close(self) -> None:
        """Let go of every connection."""
        await self.predictor.aclose()
        await self.line.close()
        await self.boards.aclose()
        if self.provider is not None:
            self.provider.close()
        self.waker.close()
        self.announcer.close()
        self.database.close()


def make_parts(settings: Settings) -> Parts:
    """The parts, none of which connects before it is used."""
    database = Database(settings)
    secret = service_secret(settings)
    line = PredictorLine(settings.predictor_url, secret)
    blobs = Blobs(settings)
    return Parts(
        settings=settings,
        database=database,
        blobs=blobs,
        files=FilesWatch(settings, blobs),
        waker=Waker(settings),
        announcer=Announcer(settings),
        watcher=Watcher(settings, database),
        following=Following(database),
        predictor=connect_service(settings.predictor_url, secret),
        line=line,
        batches=Batches(settings, line.ask),
        known_models=KnownModels(),
        judgements=Judgements(),
        boards=connect_service(settings.boards_url, secret),
        measures=Measures(),
        tickets=Tickets(secret),
        provider=Provider(settings) if settings.oidc_issuer else None,
    )


async def get_parts(request: Request) -> Parts:
    """The parts that this app was made with, as the caller may use them; a coroutine, since it needs no thread."""
    parts: Parts = request.app.state.parts
    known: Caller | None = getattr(request.state, "caller", None)
    return parts if known is None else parts.seen_by(known)


Here = Annotated[Parts, Depends(get_parts)]


def pass_gate(here: Here, request: Request) -> None:
    """What `api.access` asks of the caller, whom the front door has let in; no endpoint runs before this."""
    operation = request.scope["route"].name
    if operation not in WITHOUT:
        with here.database.reading() as session:
            request.state.is_refused = True
            request.state.admitted = authorise(session, request.state.caller, operation, request)
            request.state.is_refused = False


async def get_caller(request: Request) -> Caller:
    """Who is calling, and has passed the gate."""
    caller: Caller = request.state.admitted
    return caller


Calling = Annotated[Caller, Depends(get_caller)]
