"""The one place that draws errors: ours, the store's, the framework's and the unexpected, as RFC 9457 problems."""

import errno
import http
import secrets
from collections.abc import Mapping, Sequence
from typing import Final

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import Field
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from api.problems import DiskFull, Fault, Problem
from api.request_faults import is_no_json, list_faults
from api.shapes import Answer
from store import errors as store_errors
from store.errors import StoreError

log = structlog.get_logger("api")


class ProblemAnswer(Answer):
    """An error as RFC 9457 has it."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    instance: str | None = None
    errors: list[Fault] = Field(default_factory=list)


class BodyTooLarge(HTTPException):
    """A body over its limit: the framework lets through only its own kind of error while it reads one."""

    def __init__(self, limit: int) -> None:
        super().__init__(413, f"The body is larger than the {limit:,} bytes that are taken here.")


class BodyTooSlow(HTTPException):
    """A body of which nothing came for too long; the connection is closed, since the rest of it would come there."""

    def __init__(self, seconds: float) -> None:
        said = f"Nothing of the body came for {seconds:.0f} seconds. Send it again."
        super().__init__(408, said, headers={"Connection": "close"})


def draw(
    status: int,
    code: str,
    detail: str,
    *,
    errors: Sequence[Fault] = (),
    headers: Mapping[str, str] | None = None,
    instance: str | None = None,
) -> JSONResponse:
    """A problem+json response."""
    answer = ProblemAnswer(
        type=f"urn:horngate:problem:{code}",
        title=http.HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        code=code,
        errors=list(errors),
        instance=instance,
    )
    body = answer.model_dump(mode="json", exclude_none=True)
    return JSONResponse(body, status, headers, media_type="application/problem+json")


def draw_expected(error: Problem | StoreError) -> JSONResponse:
    """An expected failure, ours or the store's, as a response."""
    if isinstance(error, store_errors.DatabaseFull):
        log.warning("disk_full", reason=str(error))
        error = DiskFull()
    if isinstance(error, Problem):
        return draw(error.status, error.shown_code, error.detail, errors=error.errors, headers=error.headers)
    status, code = next((drawn for kind, drawn in STORE_ERRORS.items() if isinstance(error, kind)), (500, "internal"))
    if isinstance(error, store_errors.NotFound):
        code = f"unknown_{error.kind.replace(' ', '_')}"
    if status == 503:
        log.warning(code, reason=str(error))
        return draw(status, code, AWAY[code], headers={"Retry-After": "2"})
    return draw(status, code, str(error))


STORE_ERRORS: Final[dict[type[StoreError], tuple[int, str]]] = {
    store_errors.NotFound: (404, "unknown"),
    store_errors.BlobMissing: (404, "file_is_gone"),
    store_errors.BadBlobKey: (404, "unknown_file"),
    store_errors.RunIsFinal: (409, "run_is_final"),
    store_errors.RunIsEnding: (409, "run_is_ending"),
    store_errors.RunIsActive: (409, "run_is_active"),
    store_errors.DatasetInUse: (409, "dataset_in_use"),
    store_errors.RunInUse: (409, "run_in_use"),
    store_errors.DatasetGone: (409, "dataset_gone"),
    store_errors.TooManyUploads: (409, "too_many_uploads"),
    store_errors.ComponentInUse: (409, "component_in_use"),
    store_errors.ComponentGone: (409, "component_gone"),
    store_errors.NotAllowed: (403, "forbidden"),
    store_errors.AmbiguousProject: (422, "which_project"),
    store_errors.NameTaken: (409, "name_taken"),
    store_errors.LastOwner: (409, "last_owner"),
    store_errors.OverQuota: (403, "over_quota"),
    store_errors.BadCursor: (422, "bad_cursor"),
    store_errors.BadSort: (422, "bad_sort"),
    store_errors.RequestDiffers: (422, "idempotency_key_reused"),
    store_errors.DatabaseAway: (503, "database_away"),
    store_errors.BlobsAway: (503, "files_away"),
}
FULL_DISK: Final = {errno.ENOSPC, errno.EDQUOT}
AWAY: Final = {
    "database_away": "The database does not answer at the moment. Ask again in a few seconds.",
    "files_away": "The store of files does not answer at the moment. Ask again in a few seconds.",
}
"""Addresses and errors of what is away are for the log."""


def answer_problems(app: FastAPI) -> None:
    """Let the app answer every error as a problem."""
    app.add_exception_handler(Problem, _on_expected)
    app.add_exception_handler(StoreError, _on_expected)
    app.add_exception_handler(ClientDisconnect, _on_disconnect)
    app.add_exception_handler(OSError, _on_system_error)
    app.add_exception_handler(HTTPException, _on_http_error)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
    app.add_exception_handler(Exception, _on_unexpected)


async def _on_expected(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Problem | StoreError)
    return draw_expected(error)


async def _on_disconnect(request: Request, error: Exception) -> JSONResponse:
    """Nobody reads this answer any more."""
    return draw(400, "disconnected", "The body ended before its end.")


async def _on_system_error(request: Request, error: Exception) -> JSONResponse:
    """A full disk is expected; anything else is not."""
    assert isinstance(error, OSError)
    if error.errno not in FULL_DISK:
        return await _on_unexpected(request, error)
    log.warning("disk_full", reason=str(error))
    return draw_expected(DiskFull())


async def _on_http_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    return draw_http_error(error, request.method, request.url.path)


def draw_http_error(error: HTTPException, method: str, path: str) -> JSONResponse:
    """An error of the framework as a response."""
    code, detail = FRAMEWORK_ERRORS.get(error.status_code, ("http_error", "{said}"))
    detail = detail.format(method=method, path=path, said=error.detail)
    return draw(error.status_code, code, detail, headers=error.headers)


FRAMEWORK_ERRORS: Final = {
    400: ("malformed_body", "The body could not be read: it is not what its Content-Type says."),
    404: ("unknown_address", "There is nothing at {path}. GET /v1/openapi.json lists every address."),
    405: ("method_not_allowed", "{path} does not take {method}; the Allow header names what it takes."),
    408: ("too_slow", "{said}"),
    413: ("too_large", "{said}"),
}


async def _on_invalid_request(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    if is_no_json(error.errors()):
        return draw(415, "not_json", "Send the body as JSON, with `Content-Type: application/json`.")
    faults = list_faults(error.errors())
    detail = faults[0].message if len(faults) == 1 else f"{len(faults)} faults in what was sent; `errors` names each."
    return draw(422, "invalid_request", detail, errors=faults)


async def _on_unexpected(request: Request, error: Exception) -> JSONResponse:
    """Say nothing of what went wrong but where the log tells it."""
    failure = secrets.token_hex(8)
    log.error("unexpected", failure=failure, method=request.method, path=request.url.path, exc_info=error)
    detail = f"An unexpected error, logged as {failure}. Tell whoever runs this service."
    return draw(500, "internal", detail, instance=f"urn:horngate:failure:{failure}")
