"""How large a request may be, counted while it comes in, and how long it may be silent before it has come."""

import asyncio
from typing import Final

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.drawing import BodyTooLarge, BodyTooSlow, draw, draw_http_error
from api.uploads.schemas import LARGEST_PART
from store.settings import Settings

JSON_LIMIT: Final = 4 * 2**20
ROWS_LIMIT: Final = 32 * 2**20
"""Rows to predict may hold images."""
FORM_ALLOWANCE: Final = 64 * 2**10
"""What the parts of a form may add to the file's own bytes."""
SILENT_SECONDS: Final = 60.0
"""How long nothing may come of a body that is not whole: who stays silent for longer is sent away."""
TWO_LENGTHS: Final = (
    "Both Content-Length and Transfer-Encoding say how long the body is: a proxy and we might not mean the same."
)


class BodyLimit:
    """ASGI middleware: an upload may be as large as the settings say, its parts 64 MiB, rows 32, any other body 4."""

    def __init__(self, app: ASGIApp, *, settings: Settings) -> None:
        self.app = app
        self.upload_limit = settings.upload_limit_bytes + FORM_ALLOWANCE

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse by the stated length at once, else as soon as too much has come."""
        limit = self.limit_of(scope)
        if refusal := refuse_unread(scope, limit):
            await refusal(scope, receive, send)
            return
        received, is_whole = 0, False

        async def receive_counted() -> Message:
            nonlocal received, is_whole
            message = await (receive() if is_whole else receive_soon(receive))
            is_whole = is_whole or not message.get("more_body", False)
            received += len(message.get("body", b""))
            if received > limit:
                raise BodyTooLarge(limit)
            return message

        await self.app(scope, receive_counted, send)

    def limit_of(self, scope: Scope) -> int:
        """The most bytes that this request may have."""
        if is_upload(scope):
            return self.upload_limit
        if is_part(scope):
            return LARGEST_PART
        return ROWS_LIMIT if is_prediction(scope) else JSON_LIMIT


async def receive_soon(receive: Receive) -> Message:
    """The body's next piece; raises BodyTooSlow."""
    try:
        return await asyncio.wait_for(receive(), SILENT_SECONDS)
    except TimeoutError as error:
        raise BodyTooSlow(SILENT_SECONDS) from error


def refuse_unread(scope: Scope, limit: int) -> ASGIApp | None:
    """What is answered to a request whose headers alone say too much."""
    headers = Headers(raw=scope.get("headers", []))
    stated = headers.get("content-length", "")
    if stated.isdigit() and int(stated) > limit:
        return draw_http_error(BodyTooLarge(limit), scope["method"], scope["path"])
    if stated and "transfer-encoding" in headers:
        return draw(400, "malformed_request", TWO_LENGTHS, headers={"Connection": "close"})
    return None


def is_part(scope: Scope) -> bool:
    """Whether this request may carry a part of a file."""
    return scope.get("method") == "PUT" and str(scope.get("path")).startswith("/v1/uploads/")


def is_upload(scope: Scope) -> bool:
    """Whether this request may carry a data set, or a model."""
    return scope.get("method") == "POST" and scope.get("path") in ("/v1/datasets", "/v1/runs:import")


def is_prediction(scope: Scope) -> bool:
    """Whether this request may carry many rows."""
    return scope.get("method") == "POST" and str(scope.get("path")).endswith(":predict")
