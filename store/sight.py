"""What a caller may see: every query of a session that was opened for one finds rows of the caller's projects alone.

The condition is written here and nowhere else, so that a query that forgets it cannot be written. Queries that count or
look for everybody (a place in the queue, whether any data set still has these bytes) say so with `of_everybody`.
"""

from collections.abc import Sequence
from typing import Any, Final, TypeVar

from sqlalchemy import Executable, event
from sqlalchemy.orm import ORMExecuteState, Session, with_loader_criteria

from store.rows import Component, Dataset, Project, Run, Upload

Statement = TypeVar("Statement", bound=Executable)
SIGHT: Final = "projects"
OF_EVERYBODY: Final[dict[str, Any]] = {"of_everybody": True}
OWNED: Final = (
    (Project, Project.id),
    (Run, Run.project_id),
    (Dataset, Dataset.project_id),
    (Component, Component.project_id),
    (Upload, Upload.project_id),
)
"""Tables whose rows belong to a project. What belongs to a run is read by the run's id, after the run was found."""


def of_everybody(statement: Statement) -> Statement:
    """The statement, which shall see the rows of all projects: its result may tell a caller numbers, never names."""
    return statement.execution_options(**OF_EVERYBODY)


def session_info(projects: Sequence[str] | None) -> dict[str, object]:
    """The `info` of a session that sees these projects; None: everything."""
    return {} if projects is None else {SIGHT: tuple(projects)}


@event.listens_for(Session, "do_orm_execute")
def _narrow(asked: ORMExecuteState) -> None:
    projects = asked.session.info.get(SIGHT)
    if projects is None or asked.is_insert or asked.execution_options.get("of_everybody"):
        return
    conditions = [with_loader_criteria(table, column.in_(projects), include_aliases=True) for table, column in OWNED]
    asked.statement = asked.statement.options(*conditions)
