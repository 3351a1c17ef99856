"""The audit log: entries are added and read; the tables' revision has the database refuse anything else."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.ids import new_id
from store.pages import Page, read_page
from store.rows import AuditEntry, Component, Dataset, Invitation, Project, Run, Upload

SORTS = {"at": AuditEntry.at}
PLACED = {
    "run": select(Run.project_id, Run.id),
    "ds": select(Dataset.project_id, Dataset.id),
    "cmp": select(Component.project_id, Component.id),
    "upl": select(Upload.project_id, Upload.id),
    "inv": select(Invitation.project_id, Invitation.id),
    "prj": select(Project.id, Project.id.label("same")),
}


@dataclass(frozen=True)
class Deed:
    """What somebody did, or was refused; nobody knows a stranger's name."""

    operation: str
    thing: str | None
    status: int
    ip: str
    code: str | None = None
    user_id: str | None = None
    user_name: str = ""
    key_id: str | None = None
    project_id: str | None = None


@dataclass(frozen=True)
class AuditFilter:
    """Which entries are asked for; what is None does not narrow them."""

    project_ids: Sequence[str] | None = None
    user_id: str | None = None
    operation: str | None = None
    thing: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def add_entry(session: Session, deed: Deed) -> None:
    """Note a deed; the project of something that it made is looked up."""
    project_id = deed.project_id or _project_of(session, deed.thing)
    session.add(AuditEntry(id=new_id("aud"), **{**vars(deed), "project_id": project_id}))
    session.flush()


def list_entries(session: Session, only: AuditFilter, *, limit: int = 50, after: str | None = None) -> Page[AuditEntry]:
    """A page, the newest first; raises BadCursor."""
    statement = select(AuditEntry)
    if only.project_ids is not None:
        statement = statement.where(AuditEntry.project_id.in_(only.project_ids))
    exact = {"user_id": only.user_id, "operation": only.operation, "thing": only.thing}
    for column, value in exact.items():
        if value is not None:
            statement = statement.where(getattr(AuditEntry, column) == value)
    if only.since is not None:
        statement = statement.where(AuditEntry.at >= only.since)
    if only.until is not None:
        statement = statement.where(AuditEntry.at < only.until)
    return read_page(session, statement, sort="-at", sorts=SORTS, tie=AuditEntry.id, limit=limit, after=after)


def _project_of(session: Session, thing: str | None) -> str | None:
    placed = PLACED.get((thing or "").partition("_")[0])
    return None if placed is None else session.scalar(placed.where(placed.selected_columns[1] == thing))
