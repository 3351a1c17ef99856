"""Projects and their members as the store knows them. The gate has found the project: it is `caller.project_id`."""

from sqlalchemy.orm import Session

from api.parts import Parts
from api.people.schemas import ProjectListed
from api.people.service import read_limits, set_limits, show_project
from api.projects.schemas import Member, MemberSet, ProjectChanged, ProjectCreated, ProjectShown, Used
from api.shapes import Page
from store import access, people, quotas, rows
from store.access import Caller
from store.errors import NotAllowed, NotFound
from store.roles import Role


def list_projects(here: Parts, caller: Caller) -> Page[ProjectListed]:
    """There are few."""
    with here.database.reading() as session:
        found = people.list_projects(session)
    return Page(data=[show_project(caller, project) for project in found if project.id in caller.roles])


def create_project(here: Parts, caller: Caller, body: ProjectCreated) -> ProjectShown:
    """The caller is its first owner; raises NameTaken, and NotAllowed for a key that would not see it."""
    if caller.key.project_ids is not None:
        raise NotAllowed("This key is for some projects only: it would not see the new one. Use another.")
    with here.database.transaction() as session:
        project = people.add_project(session, body.name, caller.user.id)
        role = caller.key.scope.cap(Role.OWNER)
        return show_whole(session, project, role)


def get_project(here: Parts, caller: Caller) -> ProjectShown:
    """The one that the address names."""
    with here.database.reading() as session:
        project = session.get_one(rows.Project, caller.project_id)
        return show_whole(session, project, caller.roles[project.id])


def change_project(here: Parts, caller: Caller, body: ProjectChanged) -> ProjectShown:
    """Another name, other limits; raises NameTaken, NotAllowed."""
    if body.limits is not None:
        access.require_admin(caller)
    with here.database.transaction() as session:
        project = session.get_one(rows.Project, caller.project_id)
        if body.name is not None and body.name != project.name:
            refuse_default(project)
            people.refuse_known_name(session, body.name, project_id=project.id)
            project.name = body.name
        if body.limits is not None:
            set_limits(project, body.limits)
        session.flush()
        return show_whole(session, project, caller.roles[project.id])


def refuse_default(project: rows.Project) -> None:
    """What names no project in local mode, and every script of before, means it by its name."""
    if project.name == people.DEFAULT_PROJECT:
        raise NotAllowed("The default project keeps its name.")


def show_whole(session: Session, project: rows.Project, role: Role) -> ProjectShown:
    """With its limits, and what is used of them."""
    used = Used(
        storage_bytes=quotas.count_storage(session, rows.Project, project.id),
        run_minutes=quotas.count_minutes(session, rows.Run.project_id == project.id),
    )
    columns = {"id": project.id, "name": project.name, "created_at": project.created_at}
    return ProjectShown.model_validate({**columns, "role": role, "limits": read_limits(project), "used": used})


def leave_project(here: Parts, caller: Caller) -> None:
    """Raises NotFound for an administrator who is no member, LastOwner."""
    with here.database.transaction() as session:
        people.remove_member(session, str(caller.project_id), caller.user.id)


def list_members(here: Parts, caller: Caller) -> Page[Member]:
    """There are few."""
    with here.database.reading() as session:
        found = people.list_members(session, str(caller.project_id))
    return Page(data=[show_member(caller, member, user) for member, user in found])


def show_member(caller: Caller, member: rows.Member, user: rows.User) -> Member:
    """A row of two tables, with as much of it as is the caller's business."""
    is_told = caller.is_admin or caller.user.id == user.id or caller.roles.get(member.project_id) is Role.OWNER
    return Member(
        user=user.id,
        name=user.name,
        email=user.email if is_told else None,
        role=member.role,
        disabled=user.disabled_at is not None,
        created_at=member.created_at,
    )


def set_member(here: Parts, caller: Caller, user_id: str, body: MemberSet) -> Member:
    """Raises NotFound for who is nobody or a stranger to the caller, LastOwner."""
    with here.database.transaction() as session:
        user = find_near(session, caller, user_id)
        return show_member(caller, people.set_role(session, str(caller.project_id), user.id, body.role), user)


def remove_member(here: Parts, caller: Caller, user_id: str) -> None:
    """Raises NotFound, LastOwner."""
    with here.database.transaction() as session:
        people.remove_member(session, str(caller.project_id), find_near(session, caller, user_id).id)


def find_near(session: Session, caller: Caller, name_or_id: str) -> rows.User:
    """Somebody whom the caller may know of; raises NotFound."""
    known = people.list_users(session, sharing_with=None if caller.is_admin else caller.user.id)
    found = [user for user in known if name_or_id in (user.id, user.name)]
    if not found:
        raise NotFound("user", name_or_id)
    return found[0]
