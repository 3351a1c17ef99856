"""Lets in whom it knows, and nobody else: every address of the API is closed but for the literal list below.

Whatever is not an address of the API goes to the pages of the dashboard, which are files and can reach nothing else.
"""

from collections.abc import Awaitable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from fastapi.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.addresses import address_of
from api.boards.door import admit_by_ticket, is_for_boards
from api.drawing import draw_expected
from api.parts import Parts
from api.problems import Forbidden, ForeignHost, Problem, Unauthorized
from api.rates import Rates
from api.session.cookies import read_cookie
from api.session.csrf import refuse_forged
from store import keys
from store.access import Caller
from store.errors import DatabaseFull, StoreError
from store.keys import JOIN_PREFIX, KeyKind

OPEN: Final = frozenset(
    {"GET /healthz", "GET /readyz", "GET /version", "POST /v1/session", "POST /v1/invitations:accept"}
)
OUTSIDE_V1: Final = frozenset({"/healthz", "/readyz", "/version", "/metrics"})
SIGN_IN: Final = frozenset({"POST /v1/session", "POST /v1/invitations:accept"})
ELSEWHERE: Final = frozenset({"GET /v1/session/oidc", "GET /v1/session/oidc/callback"})
"""Open only where the operator names an OpenID provider."""
JOINING: Final = frozenset({"POST /v1/workers:join", "GET /v1/workers/code"})
"""All that an invitation of a worker opens; at every other address it is an unknown key."""
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


class FrontDoor:
    """ASGI middleware; it leaves the caller in `request.state.caller`."""

    def __init__(self, app: ASGIApp, *, parts: Parts, pages: ASGIApp) -> None:
        self.app, self.parts, self.pages = app, parts, pages
        self.rates = Rates(parts.settings)
        named = (parts.settings.public_url, parts.settings.boards_origin or "")
        self.hosts = LOOPBACK | {parts.settings.host} | {urlsplit(url).hostname for url in named}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on to the API or to the pages, or refuse it."""
        room: ASGIApp
        try:
            room = self.app if scope["type"] == "lifespan" else await self.open_room(HTTPConnection(scope))
        except (Problem, StoreError) as error:
            room = draw_expected(error)
        await room(scope, receive, send)

    async def open_room(self, asked: HTTPConnection) -> ASGIApp:
        """The application for this request; raises what refuses it."""
        if asked.scope["type"] != "http":
            return refuse_websocket
        self.refuse_foreign_host(asked)
        path = asked.scope["path"]
        if "\0" in path or "%00" in asked.url.query:
            raise Problem("A NUL character stands in the address.", code="malformed_address")
        if is_for_boards(asked, self.parts.settings):
            return await self.let_in(asked, admit_by_ticket(asked, self.parts))
        if path != "/v1" and not path.startswith("/v1/") and path not in OUTSIDE_V1:
            return self.pages
        operation = f"{asked.scope['method']} {path}"
        if operation in SIGN_IN or (operation in ELSEWHERE and self.parts.provider is not None):
            return await self.let_sign_in(asked)
        if operation in OPEN:
            return self.app
        return await self.let_in(asked, self.find_known(asked))

    async def let_sign_in(self, asked: HTTPConnection) -> ASGIApp:
        """The API, with wrong tokens counted; raises TooMany for an address that had too many of them."""
        ip = address_of(asked.scope)
        await self.rates.refuse_guessing(ip)
        await self.rates.count_stranger(ip)

        async def count_wrong(scope: Scope, receive: Receive, send: Send) -> None:
            async def send_counted(message: Message) -> None:
                if message["type"] == "http.response.start" and message["status"] == 401:
                    await self.rates.count_wrong_sign_in(ip)
                await send(message)

            await self.app(scope, receive, send_counted)

        return count_wrong

    def refuse_foreign_host(self, asked: HTTPConnection) -> None:
        """In local mode a page of another site may not reach us through a name that it points at this machine."""
        if self.parts.settings.mode == "local" and asked.url.hostname not in self.hosts:
            raise ForeignHost(f"This service is not {asked.url.hostname!r}; call it {self.parts.settings.public_url}.")

    async def let_in(self, asked: HTTPConnection, known: Awaitable[Caller]) -> ASGIApp:
        """The API, for whoever is known; raises what says that nobody is, and TooMany."""
        try:
            asked.state.caller = caller = await known
        except Unauthorized:
            await self.rates.count_stranger(address_of(asked.scope))
            raise
        await self.rates.count_known(caller.key.id)
        return self.app

    async def find_known(self, asked: HTTPConnection) -> Caller:
        """By the key in `Authorization`, else by the session in the cookie."""
        scheme, _, key = asked.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return await self.known(key.strip(), kind_of_key(asked, key.strip()))
        session = read_cookie(asked, self.parts.settings)
        if session is None:
            raise Unauthorized("Send `Authorization: Bearer hg_…`, or sign in: POST /v1/session.")
        is_change = asked.scope["method"] not in SAFE
        if is_change:
            self.refuse_foreign_page(asked)
        caller = await self.known(session, KeyKind.SESSION)
        if is_change:
            asked.state.caller = caller  # so that the refusal is noted with their name
            refuse_forged(asked, session)
        return caller

    async def known(self, token: str, kind: KeyKind) -> Caller:
        """The token's owner, asked of the database every time, so that a revoked key is shut out at once."""
        caller = await run_in_threadpool(self.find_caller, token, kind)
        if caller is None:
            raise Unauthorized("This key or session is unknown, has expired or was revoked.")
        return caller

    def find_caller(self, token: str, kind: KeyKind) -> Caller | None:
        """Ask the database, and note there, once a minute, that the key is in use."""
        with self.parts.database.reading() as session:
            caller = keys.find_caller(session, token, kind)
        if caller is not None and is_due(caller.key.last_used_at):
            with suppress(DatabaseFull), self.parts.database.transaction() as session:
                keys.touch_key(session, caller.key.id)
        return caller

    def refuse_foreign_page(self, asked: HTTPConnection) -> None:
        """A cookie changes things only for our own pages: browsers say where a request comes from."""
        if says_where_from(asked) and not is_from_own_page(asked, self.parts.settings.public_url):
            raise Forbidden("A page of another site may not do this with your session.", code="foreign_origin")


async def refuse_websocket(scope: Scope, receive: Receive, send: Send) -> None:
    """There are none."""
    await send({"type": "websocket.close", "code": 1008})


def kind_of_key(asked: HTTPConnection, key: str) -> KeyKind:
    """What a key in `Authorization` may be here."""
    is_invitation = key.startswith(JOIN_PREFIX) and f"{asked.scope['method']} {asked.scope['path']}" in JOINING
    return KeyKind.JOIN if is_invitation else KeyKind.API


def says_where_from(asked: HTTPConnection) -> bool:
    """Whether a browser tells which page it asks for; a program does not, and has no page that could be foreign."""
    return "sec-fetch-site" in asked.headers or "origin" in asked.headers


def is_from_own_page(asked: HTTPConnection, public_url: str) -> bool:
    """By Sec-Fetch-Site where the browser sends it, else by Origin."""
    site = asked.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = urlsplit(asked.headers.get("origin", ""))
    return bool(origin.netloc) and origin.netloc in {asked.headers.get("host"), urlsplit(public_url).netloc}


def is_due(last_used_at: datetime | None) -> bool:
    """Whether the last note of a key's use is more than a minute old."""
    return last_used_at is None or datetime.now(UTC) - last_used_at > timedelta(minutes=1)
