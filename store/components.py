"""Components: versions of a name, immutable, their source kept once."""

from collections.abc import Mapping, Sequence

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from store.errors import ComponentGone, ComponentInUse, NotFound
from store.ids import new_id
from store.lifecycle import UNFINISHED
from store.pages import Page, read_page
from store.rows import Component, Project, Run, RunComponent
from store.sight import of_everybody
from store.table import Json

SORTS = {"created_at": Component.created_at, "name": Component.name}
MOST_NAMES = 500


def blob_key(sha256: str) -> str:
    """The key of the blob that holds a component's files."""
    return f"components/{sha256}"


def add_component(
    session: Session, *, project_id: str, owner_id: str, name: str, bytes: int, sha256: str, manifest: Json
) -> tuple[Component, bool]:
    """The next version of the name, and True; or, where a version has this very source, that one, and False.

    What is read out of a source may change where the reader or Keras is newer: the version says what is read today.
    """
    _lock_project(session, project_id)
    same = find_equal_source(session, project_id=project_id, name=name, sha256=sha256)
    if same is not None:
        if same.manifest != manifest:
            same.manifest = manifest
            session.flush()
        return same, False
    of_name = select(func.max(Component.version)).where(Component.project_id == project_id, Component.name == name)
    component = Component(
        id=new_id("cmp"),
        project_id=project_id,
        owner_id=owner_id,
        name=name,
        version=(session.scalar(of_name) or 0) + 1,
        bytes=bytes,
        sha256=sha256,
        manifest=manifest,
    )
    session.add(component)
    session.flush()
    return component, True


def find_equal_source(session: Session, *, project_id: str, name: str, sha256: str) -> Component | None:
    """The version of the name that has this source."""
    of_name = select(Component).where(Component.project_id == project_id, Component.name == name)
    return session.scalar(of_name.where(Component.sha256 == sha256).order_by(Component.version.desc()).limit(1))


def find_component(session: Session, project_id: str, reference: str) -> Component:
    """What `name` (the newest version), `name@version` or an id means; raises NotFound."""
    name, _, version = reference.partition("@")
    statement = select(Component).where(Component.project_id == project_id).order_by(Component.version.desc()).limit(1)
    if version:
        wanted = int(version) if version.isdecimal() and len(version) < 10 else -1
        statement = statement.where(Component.name == name, Component.version == wanted)
    else:
        statement = statement.where((Component.name == name) | (Component.id == name))
    component = session.scalar(statement)
    if component is None:
        raise NotFound("component", reference)
    return component


def find_anywhere(session: Session, component_id: str) -> Component | None:
    """The component of this id in whatever project the session sees."""
    return session.get(Component, component_id)


def list_components(
    session: Session,
    *,
    project_id: str | None = None,
    name: str | None = None,
    search: str | None = None,
    sort: str = "-created_at",
    limit: int = 50,
    after: str | None = None,
) -> Page[Component]:
    """A page of components, every version on its own; `name` is exact, `search` a part of it."""
    statement = select(Component)
    if project_id is not None:
        statement = statement.where(Component.project_id == project_id)
    if name is not None:
        statement = statement.where(Component.name == name)
    if search:
        statement = statement.where(Component.name.icontains(search, autoescape=True))
    return read_page(session, statement, sort=sort, sorts=SORTS, tie=Component.id, limit=limit, after=after)


def list_newest(session: Session, project_id: str) -> list[Component]:
    """The newest version of every name of a project."""
    of_project = select(Component.name, func.max(Component.version).label("version"))
    newest = of_project.where(Component.project_id == project_id).group_by(Component.name).subquery()
    is_newest = (Component.name == newest.c.name) & (Component.version == newest.c.version)
    statement = select(Component).join(newest, is_newest)
    statement = statement.where(Component.project_id == project_id).order_by(Component.name)
    return list(session.scalars(statement.limit(MOST_NAMES)))


def pin_components(session: Session, run_id: str, component_ids: Sequence[str]) -> None:
    """Note what a new run needs; raises ComponentGone."""
    session.add_all(RunComponent(run_id=run_id, component_id=component_id) for component_id in component_ids)
    try:
        session.flush()
    except IntegrityError as error:
        raise ComponentGone(list(component_ids)) from error


def pinned_components(session: Session, run_id: str) -> Mapping[str, str]:
    """The SHA-256 of each component that a run pins, by its name."""
    statement = select(Component.name, Component.sha256).join(RunComponent, RunComponent.component_id == Component.id)
    return dict(session.execute(statement.where(RunComponent.run_id == run_id)).all())


def delete_component(session: Session, component_id: str) -> str | None:
    """Forget a version. Returns its source's SHA-256 where no other version has it: after the commit, `hold_unused`.

    Raises NotFound, ComponentInUse.
    """
    component = session.get(Component, component_id, populate_existing=True, with_for_update=True)
    if component is None:
        raise NotFound("component", component_id)
    statement = select(Run.id).join(RunComponent, RunComponent.run_id == Run.id)
    statement = statement.where(RunComponent.component_id == component_id, Run.status.in_(UNFINISHED)).distinct()
    if pinning := list(session.scalars(statement.order_by(Run.id).limit(10))):
        raise ComponentInUse(component_id, pinning)
    session.delete(component)
    session.flush()
    return None if _is_used(session, component.sha256) else component.sha256


def hold_unused(session: Session, sha256: str) -> bool:
    """Whether (still) no version has this source; if so none gets it while this transaction lasts."""
    session.execute(of_everybody(select(Project.id).order_by(Project.id).with_for_update(key_share=True))).all()
    return not _is_used(session, sha256)


def _is_used(session: Session, sha256: str) -> bool:
    return session.scalar(of_everybody(select(Component.id).where(Component.sha256 == sha256).limit(1))) is not None


def _lock_project(session: Session, project_id: str) -> None:
    """Two uploads of one name shall not make the same version."""
    if session.scalar(select(Project.id).where(Project.id == project_id).with_for_update(key_share=True)) is None:
        raise NotFound("project", project_id)
