"""The audit log as the store keeps it."""

from api.audit.schemas import AuditEntry, EntriesAsked
from api.parts import Parts
from api.shapes import Page
from store import deeds
from store.access import Caller, settle_project
from store.deeds import AuditFilter
from store.roles import Role


def list_audit(here: Parts, caller: Caller, asked: EntriesAsked) -> Page[AuditEntry]:
    """A page; raises NotFound, NotAllowed, BadCursor."""
    with here.database.reading() as session:
        owned = [project for project, role in caller.roles.items() if role.covers(Role.OWNER)]
        if asked.project is not None:
            owned = [settle_project(session, caller, asked.project).id]
        only = AuditFilter(
            project_ids=None if caller.is_admin and asked.project is None else owned,
            user_id=asked.user,
            **asked.model_dump(include={"operation", "thing", "since", "until"}),
        )
        page = deeds.list_entries(session, only, limit=asked.limit, after=asked.after)
    data = [AuditEntry.model_validate(entry) for entry in page.items]
    return Page(data=data, has_more=page.has_more, next_cursor=page.next_cursor)
