"""Who may do what where: a caller's roles, and the project that a request is about.

What a caller may not see does not exist for them (`store.sight`); what they see and may not change is `NotAllowed`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from store.errors import AmbiguousProject, NotAllowed, NotFound
from store.people import list_owners
from store.roles import Role, Scope
from store.rows import Key, Member, Project, User

_PROJECTS = select(Project.id)
_ROLES = select(Member.project_id, Member.role).where(Member.user_id == bindparam("user_id"))


@dataclass(frozen=True)
class Caller:
    """Who a token stands for, the key by which we know, and what this key may do in which project.

    `least`: the role that this request wants wherever it reads or writes; `project_id`: of what its address names.
    """

    user: User
    key: Key
    roles: Mapping[str, Role]
    least: Role = Role.VIEWER
    project_id: str | None = None

    @property
    def is_admin(self) -> bool:
        """Whether what belongs to no project is theirs to see, and to change where the scope allows it."""
        return self.user.is_admin and self.key.project_ids is None

    @property
    def sight(self) -> tuple[str, ...] | None:
        """The projects whose rows exist for them; None: all, those that are made in a moment, too."""
        return None if self.is_admin else tuple(self.roles)

    def wanting(self, least: Role) -> "Caller":
        """The same for a request that wants this role."""
        return replace(self, least=least)


def read_roles(session: Session, user: User, key: Key) -> dict[str, Role]:
    """By project. Administrators own every project; a key may be for some of them, and less than its user may do."""
    found = dict.fromkeys(session.scalars(_PROJECTS), Role.OWNER) if user.is_admin else {}
    found = found or dict(session.execute(_ROLES, {"user_id": user.id}).all())
    return {
        project: key.scope.cap(role)
        for project, role in found.items()
        if key.project_ids is None or project in key.project_ids
    }


def settle_project(session: Session, caller: Caller, named: str | None = None) -> Project:
    """The project of what names it, or names none: then the caller's home, or the only one.

    Raises NotFound, AmbiguousProject, NotAllowed.
    """
    project = _find_named(session, caller, named) if named is not None else _find_own(session, caller)
    require_role(session, caller, project.id)
    return project


def require_role(session: Session, caller: Caller, project_id: str, least: Role | None = None) -> None:
    """Raise NotAllowed where the caller sees the project and may not do this there."""
    least = least or caller.least
    role = caller.roles.get(project_id)
    if role is None:
        raise NotFound("project", project_id)
    if role.covers(least):
        return
    has = _role_without_key(session, caller, project_id)
    if has.covers(least):
        raise NotAllowed(f"This key's scope is {caller.key.scope}: use one of a wider scope. You are {has} here.")
    owners = ", ".join(list_owners(session, project_id)) or "an administrator"
    raise NotAllowed(f"You are {has} in this project, and this wants {least}. Who could, or could let you: {owners}.")


def require_anywhere(caller: Caller) -> None:
    """Raise NotAllowed for who may do this in no project at all, before anything is read of what they sent."""
    if any(role.covers(caller.least) for role in caller.roles.values()):
        return
    if caller.key.scope.cap(Role.OWNER).covers(caller.least):
        raise NotAllowed(f"You are {caller.least} in no project: ask an owner, or make one (POST /v1/projects).")
    require_scope(caller, Scope.WRITE)


def require_scope(caller: Caller, least: Scope) -> None:
    """Raise NotAllowed where the key does not go so far."""
    if not caller.key.scope.covers(least):
        raise NotAllowed(f"This key's scope is {caller.key.scope}, and this wants {least}: use another key.")


def require_reach(caller: Caller, key: Key) -> None:
    """Raise NotAllowed where the key that asks goes less far than this one, which it would end."""
    own, places = caller.key, set(caller.key.project_ids or ())
    is_within = own.project_ids is None or (key.project_ids is not None and places >= set(key.project_ids))
    if own.id != key.id and not (is_within and own.scope.covers(key.scope)):
        raise NotAllowed(f"{key.name!r} goes further than this key: end it with one that goes as far, or in a browser.")


def require_admin(caller: Caller) -> None:
    """Raise NotAllowed for everybody but administrators."""
    if not caller.user.is_admin:
        raise NotAllowed("Only an administrator may do this.")
    if caller.key.project_ids is not None:
        raise NotAllowed("This key is for some projects only: an administrator's key without `projects` may do this.")


def _find_named(session: Session, caller: Caller, named: str) -> Project:
    is_named = (Project.id == named) | (Project.name == named)
    seen = Project.id.in_(caller.roles)
    found = list(session.scalars(select(Project).where(is_named, seen).order_by(Project.created_at, Project.id)))
    if not found:
        raise NotFound("project", named)
    home = [project for project in found if caller.user.home_id == project.id or project.id == named]
    if len(found) > 1 and not home:
        raise AmbiguousProject(named, [project.id for project in found])
    return home[0] if home else found[0]


def _find_own(session: Session, caller: Caller) -> Project:
    wanted = caller.user.home_id if caller.user.home_id in caller.roles else None
    if wanted is None and len(caller.roles) == 1:
        wanted = next(iter(caller.roles))
    if wanted is not None:
        return session.get_one(Project, wanted)
    if not caller.roles:
        raise NotAllowed("You are in no project: make one (POST /v1/projects), or ask for an invitation.")
    names = session.scalars(select(Project.name).where(Project.id.in_(caller.roles)).order_by(Project.name).limit(20))
    raise AmbiguousProject(None, list(names))


def _role_without_key(session: Session, caller: Caller, project_id: str) -> Role:
    if caller.user.is_admin:
        return Role.OWNER
    return session.get_one(Member, {"project_id": project_id, "user_id": caller.user.id}).role
