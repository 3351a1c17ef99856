"""Verbs that make a run of a run, or change one under way: clone, extend, steer."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from api.idempotency import Once, once
from api.parts import Parts
from api.problems import Conflict, Fault, Refused
from api.runs.schemas import Run, RunCloned, RunExtended, RunSteered, RunSubmitted
from api.runs.service import PATIENCE_SECONDS, answer_again, queue_run, require_run
from api.runs.showing import show_run
from api.specs.judging import judge_spec
from models_lib.spec.objects import KerasObject
from models_lib.spec.scripts import is_script
from models_lib.spec.types import RunSpec
from store import results, rows, runs, steering
from store.access import Caller, settle_project
from store.errors import AmbiguousProject, NotFound

TRIED = frozenset({"exact", "batch_size", "callbacks", "loop", "tensorboard"})
"""Of `fit`, what an engine's trial depends on."""


async def clone_run(here: Parts, caller: Caller, run_id: str, body: RunCloned, key: str | None) -> Response:
    """The run's spec, changed and judged anew, as a run of its own."""
    request = once(caller, key=key, route="clone_run", request={"run": run_id, **body.model_dump()})
    if answer := await run_in_threadpool(answer_again, here, request):
        return answer
    run = await run_in_threadpool(require_run, here, run_id)
    spec = await run_in_threadpool(spec_where_it_is, here, caller, run)
    submitted = RunSubmitted(spec=_tried_anew(spec, body.changes), changes=body.changes)
    return await _queue_made_from(here, caller, submitted, request, {"run": run_id, "by": "clone"})


def _tried_anew(spec: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The spec with `engine: auto` where it was written into it after a trial, and what was tried is changed now."""
    fit, changed = spec.get("fit") or {}, changes.get("fit") or {}
    is_other = changes.keys() & {"model", "compile"} or (isinstance(changed, dict) and changed.keys() & TRIED)
    if not is_other or fit.get("exact", True) or fit.get("engine") not in ("fused", "xla"):
        return spec
    return {**spec, "fit": {**fit, "engine": "auto"}}


async def extend_run(here: Parts, caller: Caller, run_id: str, body: RunExtended, key: str | None) -> Response:
    """More epochs: for the run itself while it lasts, else for a new one that goes on from its last checkpoint."""
    request = once(caller, key=key, route="extend_run", request={"run": run_id, **body.model_dump()})
    if answer := await run_in_threadpool(answer_again, here, request):
        return answer
    run = await run_in_threadpool(require_run, here, run_id)
    refuse_script(run)
    if not run.status.is_final:
        return await run_in_threadpool(_extend_under_way, here, run_id, body.epochs, request)
    epoch = await run_in_threadpool(_last_epoch, here, run)
    spec = await run_in_threadpool(spec_where_it_is, here, caller, run)
    submitted = RunSubmitted(spec=spec, changes={"fit": {"epochs": epoch + body.epochs}})
    return await _queue_made_from(here, caller, submitted, request, {"run": run_id, "by": "extend"})


def steer_run(here: Parts, caller: Caller, run_id: str, body: RunSteered) -> Run:
    """Change a run under way; its trainer does it after the batch."""
    changes = body.model_dump(exclude_none=True)
    with here.database.transaction() as session:
        run = runs.get_run(session, run_id)
        refuse_script(run)
        if faults := list(_judge_changes(run, changes)):
            raise Refused(faults[0].message, errors=faults)
        shown = show_run(session, steering.steer_run(session, run_id, changes))
    here.announcer.announce(run_id)
    return shown


async def _queue_made_from(
    here: Parts, caller: Caller, submitted: RunSubmitted, request: Once, origin: dict[str, Any]
) -> Response:
    judged = await judge_spec(here, caller, submitted, patience=PATIENCE_SECONDS)
    return await run_in_threadpool(partial(queue_run, here, caller, judged, request, origin=origin))


def _extend_under_way(here: Parts, run_id: str, more: int, request: Once) -> Response:
    def create() -> tuple[int, Run]:
        run = runs.get_run(session, run_id)
        epochs = steering.planned_epochs(run) + more
        return 200, show_run(session, steering.steer_run(session, run_id, {"epochs": epochs}))

    with here.database.transaction() as session:
        answer = request.create(session, create)
    here.announcer.announce(run_id)
    return answer


def spec_where_it_is(here: Parts, caller: Caller, run: rows.Run) -> dict[str, Any]:
    """The run's spec, which names its project as it is called by now; raises NotAllowed."""
    with here.database.reading() as session:
        try:
            named = settle_project(session, caller, str(run.spec.get("project"))).id
        except (NotFound, AmbiguousProject):
            named = ""
    return run.spec if named == run.project_id else {**run.spec, "project": run.project_id}


def refuse_script(run: rows.Run) -> None:
    """A script decides by itself how long it trains, and how fast."""
    if is_script(run.spec):
        raise Conflict(f"{run.id} is a script, which decides this itself: change it and train again.", code="is_script")


def _last_epoch(here: Parts, run: rows.Run) -> int:
    with here.database.reading() as session:
        checkpoint = results.find_checkpoint(session, run.id, "last")
    if checkpoint is None:
        message = f"The run {run.id} ended ({run.status}) before it left a checkpoint to go on from: clone it instead."
        raise Conflict(message, code="no_checkpoint")
    return checkpoint.epoch


def _judge_changes(run: rows.Run, changes: Mapping[str, Any]) -> Iterator[Fault]:
    spec = RunSpec.model_validate(run.spec)
    if not changes:
        yield _fault("", "nothing is changed: send learning_rate, patience, epochs or checkpoint_every", {})
    if "learning_rate" in changes:
        yield from _judge_rates(spec, changes["learning_rate"])
    if "patience" in changes and spec.fit.early_stopping is None:
        yield _fault("/patience", "the run has no early_stopping whose patience could change", changes["patience"])
    done = max(steering.done_epochs(run), spec.fit.initial_epoch)
    if "epochs" in changes and changes["epochs"] <= done:
        message = f"{done} epochs are done already: `:stop` ends the run and keeps its work"
        yield _fault("/epochs", message, changes["epochs"], allowed=f"{done + 1} or more")


def _judge_rates(spec: RunSpec, rates: float | dict[str, float]) -> Iterator[Fault]:
    named = spec.compile.optimizers
    names = list(named) if not isinstance(spec.compile.optimizer, KerasObject) else []
    own = [name for name in spec.compile.own if name.endswith("optimizer")]
    if isinstance(rates, dict):
        for name in rates:
            if name not in (*names, *own):
                yield _fault(f"/learning_rate/{name}", f"no optimizer is named {name!r}", rates[name], [*names, *own])
        named = {name: named[name] for name in rates if name in named}
    for name, described in named.items():
        if isinstance(described.config.get("learning_rate"), KerasObject):
            message = f"the learning rate of {name} follows a schedule, which cannot be changed under way"
            yield _fault("/learning_rate", message, rates)


def _fault(pointer: str, message: str, found: Any, allowed: Any = None) -> Fault:
    return Fault(pointer=pointer, message=message, code="out_of_range", found=found, allowed=allowed)
