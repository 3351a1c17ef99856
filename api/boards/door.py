"""The way to a board by ticket, and what is served where the operator gives the boards an origin of their own."""

from typing import Final
from urllib.parse import urlsplit

from fastapi.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection

from api.boards.tickets import Ticket
from api.parts import Parts
from api.problems import NotFound, Unauthorized
from store import keys
from store.access import Caller
from store.settings import Settings, origin_of

PLACE: Final = "/boards/"
STALE: Final = "This way to a TensorBoard is too old, or its session has ended: open it from its page again."


def is_for_boards(asked: HTTPConnection, settings: Settings) -> bool:
    """Whether the request is about a board, or came to the origin where nothing else is."""
    return asked.scope["path"].startswith(PLACE) or is_boards_origin(asked, settings)


def is_boards_origin(asked: HTTPConnection, settings: Settings) -> bool:
    """By the Host header, as the browser wrote it."""
    if settings.boards_origin is None:
        return False
    scheme = urlsplit(settings.boards_origin).scheme
    return origin_of(f"{scheme}://{asked.headers.get('host', '')}") == origin_of(settings.boards_origin)


async def admit_by_ticket(asked: HTTPConnection, parts: Parts) -> Caller:
    """Who came by ticket; from here on the request is for their run's board. Raises NotFound, Unauthorized."""
    path = asked.scope["path"]
    misplaced = parts.settings.boards_origin is not None and not is_boards_origin(asked, parts.settings)
    if misplaced or not path.startswith(PLACE):
        raise NotFound(f"Nothing is here: the dashboard and its API are at {parts.settings.public_url}.")
    text, _, rest = path.removeprefix(PLACE).partition("/")
    ticket = parts.tickets.read(text)
    caller = await run_in_threadpool(find_again, parts, ticket) if ticket is not None else None
    if ticket is None or caller is None:
        raise Unauthorized(STALE)
    asked.scope["path"] = f"{place_of(ticket.board)}/{rest}"
    asked.scope["raw_path"] = asked.scope["path"].encode()
    asked.state.is_by_ticket = True
    return caller


def place_of(board: str) -> str:
    """Where a run's board is, or one over several."""
    return f"/v1/runs/{board}/tensorboard" if board.startswith("run_") else f"/v1/boards/{board}"


def find_again(parts: Parts, ticket: Ticket) -> Caller | None:
    """The session of whoever asked for the ticket, unless it ended since."""
    with parts.database.reading() as session:
        return keys.find_again(session, ticket.key_id)
