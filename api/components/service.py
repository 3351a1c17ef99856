"""What is done with components. The api keeps their source and never imports it: a child of the predictor's does."""

import hashlib
import json
from collections.abc import Sequence

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from sqlalchemy.orm import Session

from api.components.describing import Described, describe_request
from api.components.schemas import Component, ComponentsAsked, ComponentSource
from api.idempotency import once
from api.parts import Parts
from api.shapes import Page
from store import components, people, rows
from store.access import Caller, settle_project


async def create_component(
    here: Parts, caller: Caller, request: Request, project: str | None, key: str | None
) -> Response:
    """Receive the source, have it described, keep it, and only then write the row."""

    async def settle(named: str | None) -> str:
        return await run_in_threadpool(find_place, here, caller, project or named)

    described = await describe_request(here, request, settle)
    return await run_in_threadpool(keep_component, here, caller, described, key)


def find_place(here: Parts, caller: Caller, project: str | None) -> str:
    """The project that is named, or the caller's own; raises what settle_project does."""
    with here.database.reading() as session:
        return settle_project(session, caller, project).id


def keep_component(here: Parts, caller: Caller, described: Described, key: str | None) -> Response:
    """The files, then the row that says that they are there; again where equal ones were deleted in between."""
    sha256 = hashlib.sha256(described.packed).hexdigest()
    asked = once(caller, key=key, route="create_component", request=[described.project_id, described.name, sha256])
    blob = components.blob_key(sha256)
    here.blobs.put_bytes(blob, described.packed)

    def create() -> tuple[int, Component]:
        component, is_new = components.add_component(
            session,
            project_id=described.project_id,
            owner_id=caller.user.id,
            name=described.name,
            bytes=len(described.packed),
            sha256=sha256,
            manifest=described.manifest.model_dump(mode="json"),
        )
        session.refresh(component)
        return 201 if is_new else 200, list_shown(session, [component])[0]

    with here.database.transaction() as session:
        answer = asked.create(session, create)
    if not here.blobs.exists(blob):
        here.blobs.put_bytes(blob, described.packed)
    return answer


def list_components(here: Parts, caller: Caller, asked: ComponentsAsked) -> Page[Component]:
    """A page of components."""
    with here.database.reading() as session:
        given = asked.model_dump(exclude={"project"})
        project_id = settle_project(session, caller, asked.project).id if asked.project else None
        page = components.list_components(session, project_id=project_id, **given)
        shown = list_shown(session, page.items)
    return Page(data=shown, has_more=page.has_more, next_cursor=page.next_cursor)


def get_component(here: Parts, caller: Caller, reference: str) -> Component:
    """One version."""
    with here.database.reading() as session:
        return list_shown(session, [find(session, caller, reference)])[0]


def get_source(here: Parts, caller: Caller, reference: str) -> ComponentSource:
    """Its files, as they were sent."""
    with here.database.reading() as session:
        found = find(session, caller, reference)
    return ComponentSource.model_validate(json.loads(here.blobs.read_bytes(components.blob_key(found.sha256))))


def delete_component(here: Parts, caller: Caller, component_id: str) -> None:
    """The row first, then the source, if no other version has it by now. By id alone: what a name means may change."""
    with here.database.transaction() as session:
        unused = components.delete_component(session, component_id)
    if unused is None:
        return
    with here.database.transaction() as session:
        if components.hold_unused(session, unused):
            here.blobs.delete(components.blob_key(unused))


def find(session: Session, caller: Caller, reference: str) -> rows.Component:
    """By id, `name@version` or name, in the project that the gate has found; raises NotFound."""
    return components.find_component(session, caller.project_id or "", reference)


def list_shown(session: Session, found: Sequence[rows.Component]) -> list[Component]:
    """Versions with the names of their project and owner."""
    projects, users = people.project_names(session), people.user_names(session)
    return [_show(component, projects[component.project_id], users[component.owner_id]) for component in found]


def _show(component: rows.Component, project: str, owner: str) -> Component:
    columns = {column.key: getattr(component, column.key) for column in rows.Component.__table__.columns}
    manifest = component.manifest
    named = {"project": project, "owner": owner, "objects": manifest["objects"], "files": manifest.get("files", [])}
    return Component.model_validate({**columns, **named})
