"""Runs: adding, reading, listing, renaming, deleting. What a user asks of one is in `store.asking`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from sqlalchemy import Select, delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session, defer
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import literal
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import Boolean

from store.components import pin_components
from store.conditions import has_status
from store.errors import DatasetGone, NotFound, RunInUse, RunIsActive
from store.events import append_events
from store.ids import new_id
from store.lifecycle import Status, Wanted
from store.pages import Page, read_page
from store.parameters import list_parameters
from store.rows import Run, RunComponent, RunDataset
from store.run_scores import ScoreIs, has_layer, has_score, score_or_last
from store.sight import of_everybody
from store.starts import list_beginners
from store.table import Json
from store.times import now
from store.tracing import request_id

SORTS = {"created_at": Run.created_at, "name": Run.name}
LONG = (Run.spec, Run.warnings, Run.phases, Run.summary)
"""What lists neither read nor show: most of a row's bytes."""


@dataclass(frozen=True)
class RunFilter:
    """Which runs a list shows; what is None or empty does not narrow it. `tags`: with None, any value."""

    statuses: Sequence[Status] = ()
    project_id: str | None = None
    tags: Mapping[str, str | None] = field(default_factory=dict)
    dataset_id: str | None = None
    component_id: str | None = None
    search: str | None = None
    scores: Sequence[ScoreIs] = ()
    layers: Sequence[str] = ()


def add_run(
    session: Session,
    *,
    run_id: str | None = None,
    spec: Json,
    name: str,
    project_id: str,
    owner_id: str,
    tags: Mapping[str, str] | None = None,
    queue: str = "default",
    priority: int = 0,
    datasets: Mapping[str, str],
    components: Sequence[str] = (),
    warnings: Sequence[Json] = (),
    origin: Json | None = None,
) -> Run:
    """A queued run and its first event. `datasets`: part → data set id; raises DatasetGone, ComponentGone.

    `origin`: the run that it was made from, `{run, by}`, with `by` clone or extend.
    """
    run = Run(
        id=run_id or new_id("run"),
        project_id=project_id,
        owner_id=owner_id,
        name=name,
        tags=dict(tags or {}),
        spec=spec,
        parameters=list_parameters(spec),
        warnings=list(warnings),
        origin=origin,
        status=Status.QUEUED,
        phases=[],
        wanted=Wanted.RUN,
        queue=queue,
        priority=priority,
        **_machines_for(spec),
        last_seq=1,
    )
    session.add(run)
    session.flush()
    _pin(session, run.id, datasets)
    pin_components(session, run.id, components)
    asked = request_id()
    queued: Json = {"status": run.status.value, **({"request_id": asked} if asked else {})}
    append_events(session, run_id=run.id, attempt=0, last_seq=1, notes=[("status", queued)])
    return run


def _machines_for(spec: Json) -> dict[str, int]:
    """How many GPUs, and how many workers, a resolved spec cannot do without."""
    resources = cast(dict[str, int | str], spec.get("resources") or {})
    gpus, workers = resources.get("gpus"), resources.get("workers")
    return {"gpus": gpus if isinstance(gpus, int) else 0, "workers": workers if isinstance(workers, int) else 1}


def get_run(session: Session, run_id: str) -> Run:
    """The run; raises NotFound."""
    run = session.get(Run, run_id, populate_existing=True)
    if run is None:
        raise NotFound("run", run_id)
    return run


def project_of(session: Session, run_id: str) -> str:
    """The project that a run belongs to; raises NotFound."""
    found = session.scalar(select(Run.project_id).where(Run.id == run_id))
    if found is None:
        raise NotFound("run", run_id)
    return found


def list_runs(
    session: Session,
    only: RunFilter | None = None,
    *,
    sort: str = "-created_at",
    metric: str | None = None,
    limit: int = 50,
    after: str | None = None,
) -> Page[Run]:
    """A page of runs; `sort` is created_at or name, `-` before it for descending. Raises BadSort, BadCursor.

    With a `metric`, `-` before it for descending, it goes by that score, and runs without it come last.
    """
    statement = _narrow(select(Run).options(*(defer(column, raiseload=True) for column in LONG)), only or RunFilter())
    if metric is None:
        return read_page(session, statement, sort=sort, sorts=SORTS, tie=Run.id, limit=limit, after=after)
    name = metric.removeprefix("-")
    sorts = {name: score_or_last(name, is_descending=metric.startswith("-"))}
    return read_page(session, statement, sort=metric, sorts=sorts, tie=Run.id, limit=limit, after=after)


def count_queued(session: Session) -> dict[str, int]:
    """How many runs wait in each queue."""
    statement = select(Run.queue, func.count()).where(has_status(Status.QUEUED)).group_by(Run.queue)
    return dict(session.execute(of_everybody(statement.order_by(Run.queue))).all())


def flight_key(run_id: str) -> str:
    """The blob that holds what the run's pre-flight found."""
    return f"runs/{run_id}/preflight.json"


def change_run(session: Session, run_id: str, *, name: str | None = None, tags: Mapping[str, str] | None = None) -> Run:
    """Rename a run or replace its tags, whatever its status; raises NotFound."""
    changes = {"name": name, "tags": None if tags is None else dict(tags)}
    given = {column: value for column, value in changes.items() if value is not None}
    if given:
        session.execute(update(Run).where(Run.id == run_id).values(given))
    return get_run(session, run_id)


def delete_run(session: Session, run_id: str) -> None:
    """Forget a finished run; its blobs, `runs/<id>/`, are the caller's to delete after the commit.

    Raises NotFound, RunIsActive, RunInUse.
    """
    run = session.get(Run, run_id, populate_existing=True, with_for_update=True)
    if run is None:
        raise NotFound("run", run_id)
    if not run.status.is_final:
        raise RunIsActive(run_id, run.status)
    if beginners := list_beginners(session, run_id):
        raise RunInUse(run_id, beginners)
    session.execute(delete(Run).where(Run.id == run_id))


def mark_woken(session: Session, run_ids: Sequence[str]) -> None:
    """A wake-up call has gone out: the reconciler leaves those of these runs that may be claimed alone for a while."""
    may_be_claimed = (Run.id.in_(run_ids), has_status(Status.QUEUED), Run.available_at <= now())
    session.execute(update(Run).where(*may_be_claimed).values(woken_at=now()))


def _pin(session: Session, run_id: str, datasets: Mapping[str, str]) -> None:
    pins = [RunDataset(run_id=run_id, part=part, dataset_id=dataset_id) for part, dataset_id in datasets.items()]
    session.add_all(pins)
    try:
        session.flush()
    except IntegrityError as error:
        raise DatasetGone(list(datasets.values())) from error


def _narrow(statement: Select[Run], only: RunFilter) -> Select[Run]:
    if only.statuses:
        statement = statement.where(Run.status.in_(only.statuses))
    if only.project_id is not None:
        statement = statement.where(Run.project_id == only.project_id)
    for tag, value in only.tags.items():
        asked = (tag,) if value is None else (tag, value)
        statement = statement.where(_HasTag(Run.tags, *map(literal, asked)))
    if only.dataset_id is not None:
        statement = statement.where(
            Run.id.in_(select(RunDataset.run_id).where(RunDataset.dataset_id == only.dataset_id))
        )
    if only.component_id is not None:
        pinning = select(RunComponent.run_id).where(RunComponent.component_id == only.component_id)
        statement = statement.where(Run.id.in_(pinning))
    if only.search:
        statement = statement.where(Run.name.icontains(only.search, autoescape=True))
    wanted = [*map(has_score, only.scores), *map(has_layer, only.layers)]
    return statement.where(*wanted)


class _HasTag(FunctionElement[bool]):
    """Whether the tags have this one, with this value where one is given."""

    type = Boolean()
    inherit_cache = True


@compiles(_HasTag, "postgresql")
def _tag_in_postgresql(element: _HasTag, compiler: SQLCompiler, **kw: object) -> str:
    """As `ix_runs_tags` has it."""
    tags, *asked = (compiler.process(clause, **kw) for clause in element.clauses)
    has = (
        f"@> jsonb_build_object({', '.join(f'CAST({part} AS text)' for part in asked)})"
        if asked[1:]
        else f"? {asked[0]}"
    )
    return f"(CAST({tags} AS jsonb) {has})"


@compiles(_HasTag, "sqlite")
def _tag_in_sqlite(element: _HasTag, compiler: SQLCompiler, **kw: object) -> str:
    tags, tag, *value = (compiler.process(clause, **kw) for clause in element.clauses)
    same = f" AND each_tag.value = {value[0]}" if value else ""
    return f"EXISTS (SELECT 1 FROM json_each({tags}) AS each_tag WHERE each_tag.key = {tag}{same})"
