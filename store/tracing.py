"""The id of a request: taken from whoever asks or made here, in every log line, in the answer, and handed on."""

import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from structlog.contextvars import bound_contextvars, get_contextvars
from ulid import ULID

HEADER = "X-Request-Id"
NAME = "request_id"
_FIT = re.compile(r"[A-Za-z0-9._:-]{1,100}")

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


def request_id() -> str | None:
    """The id of the request that is being answered here, if one is."""
    found = get_contextvars().get(NAME)
    return found if isinstance(found, str) else None


class RequestIds:
    """ASGI middleware of every service: the log's lines and the answer carry the request's id."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        said = next((value for name, value in scope["headers"] if name == HEADER.lower().encode()), b"")
        known = said.decode("latin-1")
        named = known if _FIT.fullmatch(known) else f"req_{ULID()}"

        async def send_named(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), (HEADER.encode(), named.encode())]
            await send(message)

        with bound_contextvars(**{NAME: named}):
            await self.app(scope, receive, send_named)
