"""How request bodies are read: JSON as its standard has it, and text that every database can keep."""

import json
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request
from fastapi.responses import Response
from fastapi.routing import APIRoute
from pydantic_core import from_json


class StrictRequest(Request):
    """Refuses NaN and Infinity, halves of surrogate pairs, and NUL characters."""

    async def json(self) -> Any:
        """The body; raises JSONDecodeError, which is drawn as a fault of validation."""
        text = (await self.body()).decode(errors="replace")
        try:
            found = from_json(text, allow_inf_nan=False)
        except ValueError as error:
            raise json.JSONDecodeError(str(error), text, 0) from error
        if "\\u0000" in text and has_nul(found):
            raise json.JSONDecodeError("A string holds a NUL character", text, text.index("\\u0000"))
        return found


class StrictRoute(APIRoute):
    """A route that reads its body strictly."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's own handler, given the strict request."""
        answer = super().get_route_handler()

        async def answer_strictly(request: Request) -> Response:
            return await answer(StrictRequest(request.scope, request.receive))

        return answer_strictly


def has_nul(value: object) -> bool:
    """Whether a NUL character stands anywhere in it."""
    match value:
        case str():
            return "\0" in value
        case list():
            return any(has_nul(item) for item in value)
        case dict():
            return any(has_nul(key) or has_nul(item) for key, item in value.items())
    return False
