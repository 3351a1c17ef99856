"""How request bodies are read: JSON as its standard has it, and text that every database can keep."""

import json
import math
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request
from fastapi.responses import Response
from fastapi.routing import APIRoute
from pydantic_core import from_json


class StrictRequest(Request):
    """Refuses NaN, numbers beyond a double, doubled names, NUL characters and what is no UTF-8."""

    async def json(self) -> Any:
        """The body; raises JSONDecodeError, which is drawn as a fault of validation."""
        text = (await self.body()).decode(errors="replace")
        try:
            (await self.body()).decode()
            found = from_json(text, allow_inf_nan=False)
            json.loads(text, object_pairs_hook=refuse_doubled, parse_float=refuse_endless)
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


def refuse_doubled(pairs: list[tuple[str, Any]]) -> None:
    """Raise ValueError for an object that names one thing twice: which of the two is meant, nobody can say."""
    names = [name for name, _ in pairs]
    if len(set(names)) < len(names):
        doubled = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"{doubled!r} stands twice in one object")


def refuse_endless(number: str) -> None:
    """Raise ValueError for a number such as 1e400, which would be read as infinity."""
    if not math.isfinite(float(number)):
        raise ValueError(f"{number[:40]} is too large for a number")


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
