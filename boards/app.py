"""The door of the boards: asks for the service's secret, then hands the request to TensorBoard."""

import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

from a2wsgi import WSGIMiddleware
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from boards.open_boards import OpenBoards
from store.tracing import RequestIds

WEB_THREADS = 16


class ServiceOnly:
    """Refuses whoever does not bring the secret that the api shares with us."""

    def __init__(self, app: ASGIApp, secret: str) -> None:
        self.app = app
        self.secret = secret.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        given = Request(scope).headers.get("x-horngate-service", "") if scope["type"] == "http" else ""
        if hmac.compare_digest(given.encode(), self.secret):
            await self.app(scope, receive, send)
        else:
            await PlainTextResponse("Only the api may ask for boards.", status_code=403)(scope, receive, send)


def create_app(boards: OpenBoards, secret: str) -> ASGIApp:
    async def healthz(_: Request) -> JSONResponse:
        return JSONResponse({"status": "ok", "open_boards": len(boards.boards)})

    @asynccontextmanager
    async def close_boards(_: Starlette) -> AsyncIterator[None]:
        yield
        boards.close()

    # a2wsgi has its own words for the types of WSGI and ASGI.
    tensorboards = cast(ASGIApp, WSGIMiddleware(cast(Any, boards), workers=WEB_THREADS))
    routes = [Route("/healthz", healthz), Mount("/", ServiceOnly(tensorboards, secret))]
    return RequestIds(Starlette(routes=routes, lifespan=close_boards))
