"""Notes who did what: every operation that changes something, and every refusal, before its answer goes out.

Nothing of a body is kept but the id of what it made; nothing of a header but the address that it came from.
"""

import json
from contextlib import suppress
from typing import Any, Final

import structlog
from fastapi.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.access import NEEDS
from api.addresses import address_of
from api.parts import Parts
from store import deeds, roles
from store.access import Caller
from store.deeds import Deed
from store.errors import DatabaseAway

log = structlog.get_logger("api")

QUIET: Final = frozenset({"put_part"})
"""Ten thousand parts are one upload, whose beginning and end are noted."""
OPEN: Final = frozenset({"sign_in", "accept_invitation", "finish_oidc"})
LONGEST: Final = 300


class NoteDeeds:
    """ASGI middleware around the front door."""

    def __init__(self, app: ASGIApp, *, parts: Parts) -> None:
        self.app, self.parts = app, parts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hold an answer back until what it answers is noted."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        held: list[Message] = []

        async def send_noted(message: Message) -> None:
            if message["type"] == "http.response.start" and is_noted(scope, message["status"]):
                held.append(message)
                return
            if held:
                start = held.pop()
                await self.note(scope, start["status"], message.get("body", b""))
                await send(start)
            await send(message)

        await self.app(scope, receive, send_noted)
        return None

    async def note(self, scope: Scope, status: int, body: bytes) -> None:
        """Write an entry; a database that is away keeps nobody waiting."""
        deed = describe(scope, status, body)
        try:
            await run_in_threadpool(self.write, deed)
        except DatabaseAway as error:
            log.warning("deed_not_noted", operation=deed.operation, status=status, reason=str(error))

    def write(self, deed: Deed) -> None:
        """One entry in a transaction of its own."""
        with self.parts.database.transaction() as session:
            deeds.add_entry(session, deed)


def is_noted(scope: Scope, status: int) -> bool:
    """Whether the log wants it: what was changed, and what was refused to somebody who showed who they are."""
    operation = operation_of(scope)
    if status < 400:
        return is_change(operation)
    if status == 401:
        return operation in OPEN or any(name in {b"authorization", b"cookie"} for name, _ in scope["headers"])
    return status == 403 or bool(scope.get("state", {}).get("is_refused"))


def operation_of(scope: Scope) -> str:
    """The operation's name; empty where no route was found, or none was looked for."""
    return getattr(scope.get("route"), "name", "")


def is_change(operation: str) -> bool:
    """Whether the operation changes anything."""
    need = NEEDS.get(operation)
    return operation in OPEN or (need is not None and need.scope is not roles.Scope.READ and operation not in QUIET)


def describe(scope: Scope, status: int, body: bytes) -> Deed:
    """What is kept of a request."""
    state = scope.get("state", {})
    caller: Caller | None = state.get("admitted") or state.get("caller")
    told = read_json(body) if status >= 400 or status == 201 else {}
    named = [str(value) for value in scope.get("path_params", {}).values()]
    made = told.get("id") or (told.get("user") or {}).get("id") if status == 201 else None
    thing = made or "/".join(named) or None
    return Deed(
        operation=operation_of(scope) or f"{scope['method']} {scope['path']}"[:LONGEST],
        thing=None if thing is None else str(thing)[:LONGEST],
        status=status,
        code=str(told["code"])[:LONGEST] if "code" in told else None,
        ip=address_of(scope),
        user_id=caller.user.id if caller else None,
        user_name=caller.user.name if caller else "",
        key_id=caller.key.id if caller else None,
        project_id=caller.project_id if caller else None,
    )


def read_json(body: bytes) -> dict[str, Any]:
    """The answer, where it is an object that came in one piece."""
    with suppress(ValueError):
        found = json.loads(body)
        if isinstance(found, dict):
            return found
    return {}
