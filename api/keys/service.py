"""Keys of the caller's own."""

from datetime import timedelta

from sqlalchemy.orm import Session

from api.keys.schemas import Key, KeyAsked, KeyCreated
from api.parts import Parts
from api.shapes import Page, Paging
from store import keys, rows
from store.access import Caller, require_reach, require_scope, settle_project
from store.keys import KeyKind


def create_key(here: Parts, caller: Caller, body: KeyAsked) -> KeyCreated:
    """A new key with its secret; it goes no further than the one that makes it, and ends with it. Raises NotAllowed."""
    require_scope(caller, body.scope)
    lifetime = None if body.expires_in_days is None else timedelta(days=body.expires_in_days)
    with here.database.transaction() as session:
        key, token = keys.create_key(
            session,
            user_id=caller.user.id,
            kind=KeyKind.API,
            name=body.name,
            lifetime=lifetime,
            scope=body.scope,
            project_ids=list_ids(session, caller, body.projects),
        )
        if (end := keys.end_of(session, caller.key)) is not None:
            key.expires_at = min(key.expires_at or end, end)
        session.flush()
        return KeyCreated(**show_key(key).model_dump(), key=token)


def list_ids(session: Session, caller: Caller, projects: list[str] | None) -> list[str] | None:
    """The projects' ids; what is left out is what the caller's own key is for. Raises NotFound, AmbiguousProject."""
    if projects is None:
        return caller.key.project_ids
    return sorted({settle_project(session, caller, project).id for project in projects})


def show_key(key: rows.Key) -> Key:
    """A row without its hash."""
    columns = {column.key: getattr(key, column.key) for column in rows.Key.__table__.columns}
    return Key.model_validate({**columns, "projects": key.project_ids})


def list_keys(here: Parts, caller: Caller, asked: Paging) -> Page[Key]:
    """A page of keys, the newest first."""
    with here.database.reading() as session:
        page = keys.list_keys(session, user_id=caller.user.id, limit=asked.limit, after=asked.after)
    return Page(data=[show_key(key) for key in page.items], has_more=page.has_more, next_cursor=page.next_cursor)


def revoke_key(here: Parts, caller: Caller, key_id: str) -> None:
    """It opens nothing from now on; raises NotFound, NotAllowed."""
    with here.database.transaction() as session:
        require_reach(caller, keys.get_key(session, key_id, user_id=caller.user.id, kind=KeyKind.API))
        keys.revoke_key(session, key_id)
