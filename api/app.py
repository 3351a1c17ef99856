"""The web application: its routes, and what stands around them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import anyio.to_thread
from fastapi import Depends, FastAPI

from api.audit import endpoints as audit
from api.audit.noting import NoteDeeds
from api.boards import endpoints as board_endpoints
from api.boards import proxy as boards
from api.components import endpoints as components
from api.dashboard.pages import Pages
from api.datasets import endpoints as datasets
from api.drawing import answer_problems
from api.front_door import FrontDoor
from api.headers import SafeHeaders
from api.health import endpoints as health
from api.imports import endpoints as imports
from api.invitations import endpoints as invitations
from api.keys import endpoints as keys
from api.limits import BodyLimit
from api.measures import MeasureRequests
from api.oidc import endpoints as oidc
from api.openapi import PROBLEM_RESPONSES, describe
from api.parts import make_parts, pass_gate
from api.people import endpoints as people
from api.predictions import endpoints as predictions
from api.projects import endpoints as projects
from api.runs import endpoints as runs
from api.runs import result_endpoints as results
from api.session import endpoints as session
from api.specs import endpoints as specs
from api.uploads import endpoints as uploads
from api.version import VERSION
from api.workers import endpoints as workers
from store.settings import Settings
from store.tracing import RequestIds

ROUTERS = (
    runs.router,
    runs.sketches,
    imports.router,
    results.router,
    predictions.router,
    boards.router,
    boards.together,
    board_endpoints.router,
    datasets.router,
    uploads.router,
    components.router,
    specs.router,
    workers.router,
    people.router,
    projects.router,
    invitations.router,
    keys.router,
    audit.router,
    session.router,
    oidc.router,
    health.router,
)


def create_app(settings: Settings) -> FastAPI:
    """The API with all around it, outermost first: its id, timing, headers, the body's size, notes, who is let in."""
    app = route_requests()
    parts = make_parts(settings)
    app.state.parts = parts
    app.add_middleware(FrontDoor, parts=parts, pages=Pages(framing=settings.boards_origin))
    app.add_middleware(NoteDeeds, parts=parts)
    app.add_middleware(BodyLimit, settings=settings)
    app.add_middleware(SafeHeaders)
    app.add_middleware(MeasureRequests, measures=parts.measures)
    app.add_middleware(RequestIds)
    return app


def route_requests() -> FastAPI:
    """The routes alone, which say all that the OpenAPI document does."""
    app = FastAPI(
        title="Horngate",
        summary="A self-hosted training service for Keras.",
        version=VERSION,
        openapi_url="/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=serve,
        generate_unique_id_function=lambda route: route.name,
        responses=PROBLEM_RESPONSES,
        redirect_slashes=False,
    )
    answer_problems(app)
    for router in ROUTERS:
        app.include_router(router, dependencies=[Depends(pass_gate)])
    app.openapi = partial(describe, app)  # type: ignore[method-assign]  # FastAPI's documented way to extend it
    return app


@asynccontextmanager
async def serve(app: FastAPI) -> AsyncIterator[None]:
    """Watch for news of runs while the app answers; no more threads than connections, so that none waits for one."""
    parts = app.state.parts
    connections = parts.settings.database_pool_size + parts.settings.database_pool_overflow
    anyio.to_thread.current_default_thread_limiter().total_tokens = connections
    async with parts.watcher.watching():
        yield
    await parts.close()
