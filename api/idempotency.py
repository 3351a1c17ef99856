"""`Idempotency-Key`: a creating request that is sent twice creates once, and both get one answer."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Header
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from sqlalchemy.orm import Session

from store import idempotency
from store.access import Caller

IdempotencyKey = Annotated[
    str | None,
    Header(
        min_length=1,
        max_length=200,
        description="A request with the same key and body creates nothing anew and gets the first one's answer.",
    ),
]


@dataclass(frozen=True)
class Once:
    """A creating request that may have come before; without a key it never has."""

    key: str | None
    user_id: str
    route: str
    request_hash: str

    @property
    def names(self) -> dict[str, str]:
        """What finds the kept answer."""
        return {"key": self.key or "", "user_id": self.user_id, "route": self.route}

    def find_answer(self, session: Session) -> JSONResponse | None:
        """The answer that it got before; raises RequestDiffers."""
        if self.key is None:
            return None
        kept = idempotency.find_answer(session, request_hash=self.request_hash, **self.names)
        return None if kept is None else replay(kept)

    def create(self, session: Session, create: Callable[[], tuple[int, BaseModel]]) -> JSONResponse:
        """What `create` answers, kept in the session's own transaction; or what was answered before.

        A request that comes while the first is being answered waits for it. Raises RequestDiffers.
        """
        if self.key is None:
            return draw_answer(*create())
        kept = idempotency.claim_request(session, request_hash=self.request_hash, **self.names)
        if kept is not None:
            return replay(kept)
        status, answer = create()
        idempotency.keep_answer(session, status=status, body=write_answer(answer), **self.names)
        return draw_answer(status, answer)


def once(caller: Caller, *, key: str | None, route: str, request: Any) -> Once:
    """The request by its caller, address and content; the order of its fields does not matter."""
    content = json.dumps(request, sort_keys=True, default=str).encode()
    return Once(key, caller.user.id, route, hashlib.sha256(content).hexdigest())


def draw_answer(status: int, answer: BaseModel) -> JSONResponse:
    """An answer with its status."""
    return JSONResponse(write_answer(answer), status)


def replay(kept: idempotency.Answer) -> JSONResponse:
    """An answer once more, and marked as such."""
    return JSONResponse(kept.body, kept.status, {"Idempotent-Replay": "true"})


def write_answer(answer: BaseModel) -> dict[str, Any]:
    """The answer as JSON has it."""
    return answer.model_dump(mode="json", by_alias=True)
