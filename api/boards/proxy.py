"""TensorBoard behind the API's authorisation: requests pass through, the caller's cookie and key stay here.

Browsers are led to an address with a ticket, where the page is shut in; programs with a key are answered as they ask.
"""

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

import httpx
from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse, Response, StreamingResponse
from starlette.background import BackgroundTask

from api.boards.door import PLACE
from api.boards.service import require_board
from api.boards.shutting import ACROSS, shut_in
from api.parts import Calling, Here, Parts
from api.problems import Away, NotFound
from api.runs.service import require_run
from store.access import Caller
from store.keys import KeyKind

router = APIRouter(prefix="/v1/runs/{run_id}/tensorboard", tags=["boards"], include_in_schema=False)
together = APIRouter(prefix="/v1/boards/{board_id}", tags=["boards"], include_in_schema=False)

METHODS: Final = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
HOP_BY_HOP: Final = frozenset(
    (
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    )
)
KEPT_HERE: Final = HOP_BY_HOP | {"cookie", "authorization", "host", "forwarded", "x-horngate-service"}
NOT_PASSED_BACK: Final = HOP_BY_HOP | {"set-cookie", "server", "date", "clear-site-data"}
PATIENCE: Final = httpx.Timeout(60, connect=5)


@router.get("", include_in_schema=True, status_code=307)
async def open_board(caller: Calling, run_id: str) -> RedirectResponse:
    """The run's TensorBoard, a page for browsers; its parts are found below the address that ends in a slash."""
    return RedirectResponse(f"/v1/runs/{run_id}/tensorboard/")


@router.api_route("/{path:path}", methods=METHODS)
async def pass_on(here: Here, caller: Calling, request: Request, run_id: str, path: str) -> Response:
    """One request of TensorBoard's page."""
    await run_in_threadpool(require_run, here, run_id)
    return await show_board(here, caller, request, run_id, path)


@together.get("", include_in_schema=True, status_code=307)
async def open_board_of_several(here: Here, caller: Calling, board_id: str) -> RedirectResponse:
    """One TensorBoard over several runs, a page for browsers."""
    await run_in_threadpool(require_board, here, board_id)
    return RedirectResponse(f"/v1/boards/{board_id}/")


@together.api_route("/{path:path}", methods=METHODS)
async def pass_on_of_several(here: Here, caller: Calling, request: Request, board_id: str, path: str) -> Response:
    """One request of TensorBoard's page over several runs, for who sees all of them."""
    await run_in_threadpool(require_board, here, board_id)
    return await show_board(here, caller, request, board_id, path)


async def show_board(here: Parts, caller: Caller, request: Request, board: str, path: str) -> Response:
    """Lead browsers to where the page is shut in, and let pass who came by that way, or with a key."""
    is_by_ticket = getattr(request.state, "is_by_ticket", False)
    if caller.key.kind == KeyKind.SESSION and not is_by_ticket:
        return lead_to_board(here, caller, request, board, path)
    if is_by_ticket and request.method == "OPTIONS":
        return Response(status_code=204, headers=ACROSS)
    answer = await pass_to_board(here, request)
    if is_by_ticket:
        shut_in(answer.headers, here.settings)
    return answer


def lead_to_board(here: Parts, caller: Caller, request: Request, board: str, path: str) -> RedirectResponse:
    """To where this browser's cookie is neither sent nor needed."""
    ticket = here.tickets.write(board, caller.key.id)
    query = f"?{request.url.query}" if request.url.query else ""
    origin = (here.settings.boards_origin or "").rstrip("/")
    return RedirectResponse(f"{origin}{PLACE}{ticket}/{quote(path)}{query}")


async def pass_to_board(here: Parts, request: Request) -> Response:
    """Ask the boards and stream their answer; raises Away when they are."""
    refuse_climbing(request.url.path)
    asked = here.boards.build_request(
        request.method,
        httpx.URL(path=quote(request.url.path), query=request.url.query.encode()),
        headers={"accept-encoding": "identity", **without(request.headers, KEPT_HERE)},
        content=request.stream() if has_body(request) else None,
        timeout=PATIENCE,
    )
    try:
        answer = await here.boards.send(asked, stream=True)
    except httpx.TransportError as error:
        raise Away("TensorBoard does not answer at the moment.", code="boards_away") from error
    return StreamingResponse(
        answer.aiter_raw(),
        answer.status_code,
        without(answer.headers, NOT_PASSED_BACK),
        background=BackgroundTask(answer.aclose),
    )


def refuse_climbing(path: str) -> None:
    """Clients that follow `..` would come out at another board, for which nobody was asked; raises NotFound."""
    if not {".", ".."}.isdisjoint(path.split("/")):
        raise NotFound("There is no such page of TensorBoard's: no part of its address is `.` or `..`.")


def without(headers: Mapping[str, str], names: frozenset[str]) -> dict[str, str]:
    """The headers but for some, and but for those that `Connection` names."""
    hidden = names | {name.strip().lower() for name in headers.get("connection", "").split(",")}
    return {name: value for name, value in headers.items() if name.lower() not in hidden}


def has_body(request: Request) -> bool:
    """Whether bytes follow the request's headers."""
    return "content-length" in request.headers or "transfer-encoding" in request.headers
