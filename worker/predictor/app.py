"""The predictor's door: judges specs, profiles files and predicts, for the api alone."""

import errno
import hmac
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import structlog
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from store.errors import BlobMissing, BlobsAway, DatabaseAway, NotFound
from store.tracing import RequestIds
from worker.predictor.children import AnswerFailed, ChildLost, InputRefused, NoSandbox, OutOfMemory, OutOfTime
from worker.predictor.service import Predictor
from worker.staging import DamagedFile

log = structlog.get_logger()

OPEN_TO_ALL = "/healthz"


class ServiceOnly:
    """Refuses whoever does not bring the secret that the api shares with us."""

    def __init__(self, app: ASGIApp, secret: str) -> None:
        self.app = app
        self.secret = secret.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_open = scope["type"] != "http" or scope["path"] == OPEN_TO_ALL
        if is_open or hmac.compare_digest(given_secret(scope), self.secret):
            await self.app(scope, receive, send)
        else:
            await refuse(403, "forbidden", "Only the api may ask the predictor.")(scope, receive, send)


def given_secret(scope: Scope) -> bytes:
    return Request(scope).headers.get("x-horngate-service", "").encode()


def create_app(predictor: Predictor, secret: str) -> ASGIApp:
    """Answers 200, 422 with faults, or `{code, detail}` with 404, 409, or 500 to 507 where there is no answer."""

    async def healthz(_: Request) -> JSONResponse:
        if predictor.is_ready:
            return JSONResponse({"status": "ok"})
        return refuse(503, "starting", "TensorFlow is being imported.")

    @asynccontextmanager
    async def close_afterwards(_: Starlette) -> AsyncIterator[None]:
        yield
        await run_in_threadpool(predictor.close)

    routes = [
        Route("/healthz", healthz),
        Route("/checks", answering(predictor.check), methods=["POST"]),
        Route("/preflights", answering(predictor.preflight), methods=["POST"]),
        Route("/flights", answering(predictor.plan_flight), methods=["POST"]),
        Route("/profiles", answering(predictor.profile), methods=["POST"]),
        Route("/links", answering(predictor.link), methods=["POST"]),
        Route("/components", answering(predictor.describe), methods=["POST"]),
        Route("/examinations", answering(predictor.examine), methods=["POST"]),
        Route("/explanations", answering(predictor.explain), methods=["POST"]),
        Route("/imports", answering(predictor.import_model), methods=["POST"]),
        Route("/jobs", answering(predictor.start_job), methods=["POST"]),
        Route("/jobs/status", answering(predictor.has_job), methods=["POST"]),
        Route("/weights", answering(predictor.weights), methods=["POST"]),
        Route("/predictions", answering(predictor.predict), methods=["POST"]),
        Route("/predictions/together", answering(predictor.predict_together), methods=["POST"]),
    ]
    answers = Starlette(routes=routes, lifespan=close_afterwards, exception_handlers={OSError: answer_full_disk})
    return RequestIds(ServiceOnly(answers, secret))


def answering(answer: Callable[..., dict[str, Any]]) -> Callable[[Request], Awaitable[JSONResponse]]:
    """An endpoint that hands the body's fields to `answer` in a thread, and draws its errors."""

    async def endpoint(request: Request) -> JSONResponse:
        asked = await request.json()
        try:
            return JSONResponse(await run_in_threadpool(partial(answer, **asked)))
        except InputRefused as error:
            return JSONResponse({"faults": error.faults}, status_code=422)
        except (NotFound, BlobMissing, DamagedFile) as error:
            return refuse(404, "not_found", str(error))
        except (BlobsAway, DatabaseAway) as error:
            log.warning("not_answered", reason=str(error))
            return refuse(503, "store_away", "The files or the database do not answer at the moment.")
        except NoSandbox as error:
            return refuse(409, "no_sandbox", str(error))
        except AnswerFailed as error:
            return refuse(500, "internal", f"The predictor failed at the {error}: its log says why.")
        except OutOfTime:
            return refuse(504, "out_of_time", "It took longer than it may, and was ended.")
        except OutOfMemory:
            return refuse(507, "out_of_memory", "It needs more memory than it may have.")
        except ChildLost as error:
            return refuse(503, "child_lost", f"The process that should answer is gone: {error}.")

    return endpoint


async def answer_full_disk(_request: Request, error: Exception) -> JSONResponse:
    """A file found no room on our disk; any other error of the system is unexpected."""
    if getattr(error, "errno", None) != errno.ENOSPC:
        raise error
    return refuse(507, "disk_full", "The predictor's disk is full.")


def refuse(status: int, code: str, detail: str) -> JSONResponse:
    return JSONResponse({"code": code, "detail": detail}, status_code=status)
