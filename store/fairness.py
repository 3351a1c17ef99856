"""Who is next: priority, then who has the fewest running runs, then age; and how many each may have."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Integer, Select, Subquery, case, exists, func, literal, not_, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from store.conditions import has_status, is_due
from store.lifecycle import Status
from store.rows import Project, Run, User

USER_LIMIT: Final = "user_limit"
PROJECT_LIMIT: Final = "project_limit"
RETRY_PAUSE: Final = "retry_pause"
"""Why a run is held back; its user's or its project's runs must end first, or the pause after its last attempt."""
SUSPECT_LOSSES: Final = 2
"""A run whose worker was lost so often is trained alone on its worker, so that it takes nobody else down with it."""
CLAIMING_LOCK: Final = 4_617_001


@dataclass(frozen=True)
class Limits:
    """How many runs may run at once, where the row of a user or a project does not say otherwise; None: any number."""

    per_user: int | None = None
    per_project: int | None = None


def limits_of(session: Session) -> Limits:
    """Those of the service that the session belongs to."""
    return session.info.get("limits", Limits())  # type: ignore[no-any-return]  # whatever lies in `info` is Any


def stand_in_line(session: Session) -> None:
    """Let one claim be decided after the other, until the transaction ends: each counts what the one before took."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(CLAIMING_LOCK)))


def first_in_line(
    limits: Limits | None, *, worker_id: str, wanted: Sequence[ColumnElement[bool]]
) -> ColumnElement[str]:
    """The id of the run that this worker takes next: of each user's first the one that goes before the others.

    With None nobody's limit counts.
    """
    held = _running_by(Run.owner_id)
    running = func.coalesce(held.c.runs, 0)
    first_of_user = (
        select(Run.id)
        .where(Run.owner_id == User.id, has_status(Status.QUEUED), is_due(), *wanted, *_may_run_here(worker_id))
        .where(*(() if limits is None else (Run.project_id.not_in(_full_projects(limits)),)))
        .order_by(Run.priority.desc(), Run.created_at, Run.id)
        .limit(1)
        .correlate(User)
        .scalar_subquery()
    )
    firsts = (
        select(first_of_user.label("run_id"), running.label("running"))
        .select_from(User)
        .outerjoin(held, held.c.of == User.id)
        .where(*(() if limits is None else (_has_room(running, User.running_limit, limits.per_user),)))
        .cte("firsts")
        .prefix_with("MATERIALIZED")
    )
    first = aliased(Run)
    order = (first.priority.desc(), firsts.c.running, first.created_at, first.id)
    return select(first.id).join(firsts, first.id == firsts.c.run_id).order_by(*order).limit(1).scalar_subquery()


def rank_queued(limits: Limits) -> Subquery:
    """Every queued run with `held_back` and its `position` in its queue, as claims would follow if no run ended."""
    rows = _queued_rows(limits)
    age = (rows.c.created_at, rows.c.run_id)
    of_owner = func.row_number().over(
        partition_by=(rows.c.owner_id, rows.c.queue, rows.c.held_back), order_by=(-rows.c.priority, *age)
    )
    turns = select(rows, (rows.c.user_runs + of_owner - 1).label("turn")).subquery("turns")
    over_user = case((turns.c.turn >= turns.c.user_limit, USER_LIMIT))
    judged = select(
        *(column for column in turns.c if column.key != "held_back"),
        func.coalesce(turns.c.held_back, over_user).label("held_back"),
    ).subquery("judged")
    order = (-judged.c.priority, judged.c.turn, judged.c.created_at, judged.c.run_id)
    of_project = func.row_number().over(
        partition_by=(judged.c.project_id, judged.c.queue, judged.c.held_back), order_by=order
    )
    over_project = case((judged.c.project_runs + of_project > judged.c.project_limit, PROJECT_LIMIT))
    kept = [column for column in judged.c if column.key != "held_back"]
    lines = select(*kept, func.coalesce(judged.c.held_back, over_project).label("held_back")).subquery("lines")
    columns = lines.c
    place = (case((columns.held_back.is_(None), 0), else_=1), -columns.priority, columns.turn)
    position = func.row_number().over(partition_by=columns.queue, order_by=(*place, columns.created_at, columns.run_id))
    return select(lines, position.label("position")).subquery("ranked")


def _queued_rows(limits: Limits) -> Subquery:
    by_user, by_project = _running_by(Run.owner_id), _running_by(Run.project_id)
    user_limit = func.coalesce(User.running_limit, literal(limits.per_user, Integer))
    project_limit = func.coalesce(Project.running_limit, literal(limits.per_project, Integer))
    project_runs = func.coalesce(by_project.c.runs, 0)
    held_back = case((not_(is_due()), RETRY_PAUSE), (project_runs >= project_limit, PROJECT_LIMIT))
    columns: list[Any] = [Run.name, Run.queue, Run.priority, Run.created_at, Run.owner_id, Run.project_id]
    return (
        select(
            Run.id.label("run_id"),
            *columns,
            func.coalesce(by_user.c.runs, 0).label("user_runs"),
            user_limit.label("user_limit"),
            project_runs.label("project_runs"),
            project_limit.label("project_limit"),
            held_back.label("held_back"),
        )
        .join(User, User.id == Run.owner_id)
        .join(Project, Project.id == Run.project_id)
        .outerjoin(by_user, by_user.c.of == Run.owner_id)
        .outerjoin(by_project, by_project.c.of == Run.project_id)
        .where(has_status(Status.QUEUED))
        .subquery("queued_rows")
    )


def _running_by(column: InstrumentedAttribute[str]) -> Subquery:
    counted = select(column.label("of"), func.count().label("runs"))
    return counted.where(has_status(Status.RUNNING)).group_by(column).subquery()


def _full_projects(limits: Limits) -> Select[str]:
    held = _running_by(Run.project_id)
    running = func.coalesce(held.c.runs, 0)
    has_room = _has_room(running, Project.running_limit, limits.per_project)
    return select(Project.id).outerjoin(held, held.c.of == Project.id).where(not_(has_room))


def _has_room(running: ColumnElement[int], own: Any, otherwise: int | None) -> ColumnElement[bool]:
    limit = func.coalesce(own, literal(otherwise, Integer))
    return or_(limit.is_(None), running < limit)


def _may_run_here(worker_id: str) -> tuple[ColumnElement[bool], ...]:
    """A suspect runs beside nobody."""
    beside = aliased(Run)
    on_this_worker = exists().where(beside.worker_id == worker_id, _is_running(beside))
    return (
        or_(Run.losses < SUSPECT_LOSSES, not_(on_this_worker)),
        not_(exists().where(beside.worker_id == worker_id, _is_running(beside), beside.losses >= SUSPECT_LOSSES)),
    )


def _is_running(beside: Any) -> ColumnElement[bool]:
    return beside.status == literal(Status.RUNNING.value, literal_execute=True)  # type: ignore[no-any-return]  # its alias is Any
