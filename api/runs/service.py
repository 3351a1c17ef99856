"""What is done with runs. One place commits, and messages go out after it."""

import re
from collections.abc import Callable
from typing import Any, cast

import structlog
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from sqlalchemy.orm import Session
from starlette.background import BackgroundTask

from api.idempotency import Once, once
from api.parts import Parts
from api.runs.flights import plan_flight
from api.runs.sandboxing import refuse_without_sandbox
from api.runs.schemas import Run, RunChanged, RunListed, RunQueued, RunsAsked
from api.runs.showing import list_shown, show_run
from api.shapes import Page
from api.specs.judging import Judged, judge_spec
from store import quotas, rows, runs, workers
from store.access import Caller, settle_project
from store.lifecycle import Status, WorkerState
from store.run_scores import ScoreIs, Sign
from store.steering import go_on_from

log = structlog.get_logger("api")

PATIENCE_SECONDS = 2.0
"""How long a submission waits for the shape check; what it did not learn by then the run will find out."""


async def submit_run(here: Parts, caller: Caller, body: RunQueued, key: str | None) -> Response:
    """Judge the spec, write the row, commit, and only then wake a worker."""
    request = once(caller, key=key, route="create_run", request=body.model_dump())
    if answer := await run_in_threadpool(answer_again, here, request):
        return answer
    judged = await judge_spec(here, caller, body, patience=PATIENCE_SECONDS)
    return await run_in_threadpool(queue_run, here, caller, judged, request, has_flight=body.preflight)


def answer_again(here: Parts, request: Once) -> Response | None:
    """The answer to a request that has come before."""
    with here.database.reading() as session:
        return request.find_answer(session)


def queue_run(
    here: Parts,
    caller: Caller,
    judged: Judged,
    request: Once,
    *,
    has_flight: bool = True,
    origin: dict[str, Any] | None = None,
) -> Response:
    """The row and its answer in one transaction; the wake-up call after it, the pre-flight's after the answer.

    `origin`: the run that it is made from.
    """
    added: list[rows.Run] = []

    def create() -> tuple[int, Run]:
        added.append(add_run(session, caller, judged, origin))
        return 201, show_run(session, added[0])

    with here.database.transaction() as session:
        answer = request.create(session, create)
    for run in added:
        log.info("run_queued", run=run.id, queue=run.queue)
        wake_worker(here, run)
        if has_flight:
            answer.background = BackgroundTask(plan_flight, here, run.id, judged)
    return answer


def wake_worker(here: Parts, run: rows.Run) -> None:
    """Call a worker; where the broker is away, the reconciler will call later."""
    if here.waker.wake_worker(run.id, run.queue):
        with here.database.transaction() as session:
            runs.mark_woken(session, [run.id])


def add_run(session: Session, caller: Caller, judged: Judged, origin: dict[str, Any] | None = None) -> rows.Run:
    """The queued row of a judged spec; raises Conflict where it uses components and nobody there runs them."""
    spec = judged.spec
    quotas.refuse_run(session, judged.project_id, caller.user.id)
    if judged.components:
        refuse_without_sandbox(session, spec.queue)
    run = runs.add_run(
        session,
        spec=spec.model_dump(mode="json"),
        name=spec.name or judged.default_name,
        project_id=judged.project_id,
        owner_id=caller.user.id,
        tags=spec.tags,
        queue=spec.queue,
        priority=spec.priority,
        datasets=judged.datasets,
        components=judged.components,
        warnings=[*judged.warnings, *warn_of_empty_queue(session, spec.queue)],
        origin=origin,
    )
    if origin is not None and origin["by"] == "extend":
        go_on_from(session, run, runs.get_run(session, origin["run"]))
    session.refresh(run)
    return run


def warn_of_empty_queue(session: Session, queue: str) -> list[dict[str, Any]]:
    """A warning where nobody would take the run."""
    living = workers.list_workers(session, state=WorkerState.ALIVE, limit=1000).items
    if any(queue in worker.queues for worker in living):
        return []
    served = sorted({name for worker in living for name in worker.queues})
    told = f"the queues served are {', '.join(served)}" if served else "no worker is there at all"
    return [{"pointer": "/queue", "message": f"No live worker serves the queue {queue!r}; {told}. The run waits."}]


def list_runs(here: Parts, caller: Caller, asked: RunsAsked) -> Page[RunListed]:
    """A page of runs."""
    with here.database.reading() as session:
        only = runs.RunFilter(
            statuses=[Status(status) for status in asked.status or ()],
            project_id=settle_project(session, caller, asked.project).id if asked.project else None,
            tags=dict(split_tag(tag) for tag in asked.tag or ()),
            dataset_id=asked.dataset,
            component_id=asked.component,
            search=asked.search,
            scores=[read_claim(claim) for claim in asked.metric or ()],
            layers=asked.layer or (),
        )
        order = asked.sort_metric
        page = runs.list_runs(session, only, sort=asked.sort, metric=order, limit=asked.limit, after=asked.after)
        shown = list_shown(session, page.items)
    return Page[RunListed](data=shown, has_more=page.has_more, next_cursor=page.next_cursor)


def split_tag(tag: str) -> tuple[str, str | None]:
    """`team` asks for any value, `team:vision` for this one."""
    name, colon, value = tag.partition(":")
    return name, value if colon else None


def require_run(here: Parts, run_id: str) -> rows.Run:
    """The row; raises NotFound."""
    with here.database.reading() as session:
        return runs.get_run(session, run_id)


def get_run(here: Parts, caller: Caller, run_id: str) -> Run:
    """One run."""
    with here.database.reading() as session:
        return show_run(session, runs.get_run(session, run_id))


def change_run(here: Parts, caller: Caller, run_id: str, body: RunChanged) -> Run:
    """Another name, other tags."""
    with here.database.transaction() as session:
        return show_run(session, runs.change_run(session, run_id, name=body.name, tags=body.tags))


def delete_run(here: Parts, caller: Caller, run_id: str) -> None:
    """The row first: files that nobody knows of do less harm than rows without files."""
    with here.database.transaction() as session:
        runs.delete_run(session, run_id)
    here.blobs.delete_prefix(f"runs/{run_id}")


def ask_of_run(here: Parts, caller: Caller, run_id: str, ask: Callable[[Session, str], rows.Run]) -> Run:
    """One of `store.asking`; who waits is woken where the run is queued by it."""
    with here.database.transaction() as session:
        run = ask(session, run_id)
        shown = show_run(session, run)
    here.announcer.announce(run_id)
    if run.status == Status.QUEUED:
        wake_worker(here, run)
    return shown


def read_claim(claim: str) -> ScoreIs:
    """`val_loss<0.4`, of which the schema has made sure."""
    metric, sign, bound = re.split("(<=|>=|<|>|=)", claim, maxsplit=1)
    return ScoreIs(metric, cast(Sign, sign), float(bound))
