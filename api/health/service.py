"""Whether the parts of the service are there."""

import asyncio
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Final

import httpx
from fastapi import Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from sqlalchemy.exc import SQLAlchemyError

from api.health.mends import OLDER_TABLES, mend_for
from api.health.numbers import Numbers, read_numbers
from api.health.schemas import Checkup, Found, Part, Readiness, Version
from api.parts import Parts
from api.version import VERSION
from models_lib.spec.catalog import load_catalog
from store import checkup, workers
from store.checkup import look_at_tables
from store.errors import DatabaseAway
from store.lifecycle import WorkerState

PATIENCE: Final = httpx.Timeout(1.5)
PARTS: Final = ("database", "broker", "worker", "predictor", "boards", "sandbox", "files")


async def get_readiness(here: Parts, response: Response) -> Readiness:
    """All parts at once; 503 where a needed one is away. Locally all are needed: they start and stop together."""
    is_local = here.settings.mode == "local"
    parts = await asyncio.gather(
        run_in_threadpool(look_at_database, here),
        look_at_broker(here),
        run_in_threadpool(look_at_workers, here),
        look_at_service(here.predictor, needed=is_local),
        look_at_service(here.boards, needed=is_local),
        run_in_threadpool(look_at_sandbox, here),
        look_at_store(here),
    )
    named = {name: with_mend(part, name, here.settings.mode) for name, part in zip(PARTS, parts, strict=True)}
    is_ready = all(part.ok for part in parts if part.needed)
    response.status_code = 200 if is_ready else 503
    return Readiness(ready=is_ready, parts=named)


def with_mend(part: Part, name: str, mode: str) -> Part:
    """What is not ok says what to do."""
    return part if part.ok or part.mend else part.model_copy(update={"mend": mend_for(name, mode)})


def look_at_database(here: Parts) -> Part:
    """Whether it answers, and has tables that this code can use: newer ones only add to them."""
    try:
        tables = look_at_tables(here.database)
    except DatabaseAway:
        return Part(ok=False, needed=True, detail="It does not answer.")
    if not tables.ok and "older" in tables.found:
        return Part(ok=False, needed=True, detail=f"Its tables are {tables.found}.", mend=OLDER_TABLES)
    return Part(ok=True, needed=True, detail=f"It answers, {tables.found}.")


def check_up(here: Parts) -> Checkup:
    """It names runs and machines of everybody."""
    found = checkup.check_up(here.settings, here.database, here.blobs)
    return Checkup(
        ok=all(finding.ok for finding in found),
        at=datetime.now(UTC),
        version=VERSION,
        findings=[Found(**asdict(finding)) for finding in found],
    )


async def look_at_broker(here: Parts) -> Part:
    """Whether announcements come through."""
    if here.watcher.hears_broker:
        return Part(ok=True, needed=True, detail="Connected.")
    return Part(ok=False, needed=True, detail="Not connected: runs are queued and wait until somebody looks.")


def look_at_workers(here: Parts) -> Part:
    """Whether one was seen within its lease."""
    try:
        with here.database.reading() as session:
            lives = workers.has_live_worker(session, seen_within_seconds=here.settings.lease_seconds)
    except (DatabaseAway, SQLAlchemyError):
        return Part(ok=False, needed=True, detail="Unknown: the database does not answer.")
    return Part(ok=lives, needed=True, detail="At least one lives." if lives else "None was seen lately.")


def look_at_sandbox(here: Parts) -> Part:
    """Whether a living worker runs components; everything else is trained without."""
    try:
        with here.database.reading() as session:
            living = workers.list_workers(session, state=WorkerState.ALIVE, limit=1000).items
    except (DatabaseAway, SQLAlchemyError):
        return Part(ok=False, needed=False, detail="Unknown: the database does not answer.")
    if any(workers.has_sandbox(worker) for worker in living):
        return Part(ok=True, needed=False, detail="It works for at least one worker.")
    found = "It works for no worker: components are not run." if living else "Unknown: no worker lives."
    return Part(ok=False, needed=False, detail=found)


async def look_at_store(here: Parts) -> Part:
    """Whether files can be read and written; runs are queued without, and a full disk is emptied through this api.

    Everybody may ask this: what was found stands in `/v1/checkup`.
    """
    found = await here.files.look()
    if found is not None and found.ok:
        return Part(ok=True, needed=False, detail="They can be read and written.")
    return Part(ok=False, needed=False, detail="The store of files does not answer, or its disk is full.")


async def look_at_service(service: httpx.AsyncClient, *, needed: bool) -> Part:
    """Whether it answers."""
    try:
        answer = await service.get("/healthz", timeout=PATIENCE)
    except httpx.TransportError:
        return Part(ok=False, needed=needed, detail="It does not answer.")
    if answer.status_code != 200:
        return Part(ok=False, needed=needed, detail=f"It answers {answer.status_code}.")
    return Part(ok=True, needed=needed, detail="It answers.")


def get_version(here: Parts) -> Version:
    """Ours, and that of the Keras whose names specs may use."""
    oidc = here.settings.oidc_label if here.provider is not None else None
    return Version(version=VERSION, keras=load_catalog().keras, oidc=oidc)


def get_prometheus_metrics(here: Parts) -> PlainTextResponse:
    """What this process measured, and what the database says of queue and workers now."""
    return PlainTextResponse(here.measures.draw() + draw(read_numbers(here)), media_type=CONTENT_TYPE_LATEST)


def draw(numbers: Numbers) -> bytes:
    """In Prometheus' text format."""
    registry = CollectorRegistry()
    registry.register(numbers)
    return generate_latest(registry)
