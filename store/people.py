"""Projects, users, and who belongs where."""

from collections.abc import Collection

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from store.errors import LastOwner, NameTaken, NotFound
from store.ids import new_id
from store.roles import Role
from store.rows import Member, Project, User

DEFAULT_PROJECT = "default"
ADMINISTRATOR = "admin"


def find_project(session: Session, name_or_id: str = DEFAULT_PROJECT) -> Project:
    """The project, the oldest where several bear the name; raises NotFound."""
    statement = select(Project).where((Project.name == name_or_id) | (Project.id == name_or_id))
    project = session.scalar(statement.order_by(Project.created_at, Project.id).limit(1))
    if project is None:
        raise NotFound("project", name_or_id)
    return project


def find_user(session: Session, name_or_id: str = ADMINISTRATOR) -> User:
    """The user; raises NotFound."""
    user = session.scalar(select(User).where((User.name == name_or_id) | (User.id == name_or_id)))
    if user is None:
        raise NotFound("user", name_or_id)
    return user


def project_names(session: Session, ids: Collection[str] | None = None) -> dict[str, str]:
    """Names by id, of these projects or of all."""
    statement = select(Project.id, Project.name)
    return dict(session.execute(statement if ids is None else statement.where(Project.id.in_(ids))).all())


def user_names(session: Session, ids: Collection[str] | None = None) -> dict[str, str]:
    """Names by id, of these users or of all."""
    statement = select(User.id, User.name)
    return dict(session.execute(statement if ids is None else statement.where(User.id.in_(ids))).all())


def list_users(session: Session, *, sharing_with: str | None = None) -> list[User]:
    """Everybody, by name; with `sharing_with` only this user and who shares a project with them."""
    statement = select(User).order_by(User.name)
    if sharing_with is not None:
        own = select(Member.project_id).where(Member.user_id == sharing_with)
        near = select(Member.user_id).where(Member.project_id.in_(own))
        statement = statement.where(User.id.in_(near) | (User.id == sharing_with))
    return list(session.scalars(statement))


def list_projects(session: Session) -> list[Project]:
    """Every project, by name."""
    return list(session.scalars(select(Project).order_by(Project.name, Project.id)))


def add_user(session: Session, name: str, *, is_admin: bool = False, home_id: str | None = None) -> User:
    """Somebody new; raises NameTaken."""
    _refuse_taken(session, name)
    user = User(id=new_id("usr"), name=name, is_admin=is_admin, home_id=home_id)
    session.add(user)
    session.flush()
    session.refresh(user)
    return user


def rename_user(session: Session, user: User, name: str) -> None:
    """Another name, or the same in other letters; raises NameTaken."""
    if name.lower() != user.name.lower():
        _refuse_taken(session, name)
    user.name = name


def set_email(session: Session, user: User, email: str) -> None:
    """Under which address they are expected to sign in; raises NameTaken."""
    others = select(User.id).where(User.email == email.lower(), User.id != user.id)
    if session.scalar(others) is not None:
        raise NameTaken("user", email)
    user.email = email.lower()


def _refuse_taken(session: Session, name: str) -> None:
    if session.scalar(select(User.id).where(func.lower(User.name) == name.lower())) is not None:
        raise NameTaken("user", name)


def add_project(session: Session, name: str, owner_id: str | None) -> Project:
    """A new project and its first owner; raises NameTaken for the one name that everybody knows."""
    refuse_known_name(session, name, project_id=None)
    project = Project(id=new_id("prj"), name=name)
    session.add(project)
    session.flush()
    if owner_id is not None:
        set_role(session, project.id, owner_id, Role.OWNER)
    session.refresh(project)
    return project


def refuse_known_name(session: Session, name: str, *, project_id: str | None) -> None:
    """Raise NameTaken where a project that the session sees bears the name, and for the default project's."""
    others = select(Project.id).where(Project.name == name)
    found = [other for other in session.scalars(others) if other != project_id]
    if found or name == DEFAULT_PROJECT:
        raise NameTaken("project", name)


def list_members(session: Session, project_id: str) -> list[tuple[Member, User]]:
    """Who belongs to the project, by name."""
    statement = select(Member, User).join(User, User.id == Member.user_id).where(Member.project_id == project_id)
    return [(member, user) for member, user in session.execute(statement.order_by(User.name))]


def list_owners(session: Session, project_id: str) -> list[str]:
    """The names of some of its owners."""
    statement = select(User.name).join(Member, Member.user_id == User.id)
    owning = statement.where(Member.project_id == project_id, Member.role == Role.OWNER, User.disabled_at.is_(None))
    return list(session.scalars(owning.order_by(User.name).limit(5)))


def set_role(session: Session, project_id: str, user_id: str, role: Role) -> Member:
    """Take somebody into a project, or give a member another role; raises LastOwner."""
    _lock(session, project_id)
    member = session.get(Member, {"project_id": project_id, "user_id": user_id}, populate_existing=True)
    if member is None:
        member = Member(project_id=project_id, user_id=user_id, role=role)
        session.add(member)
    elif role != Role.OWNER:
        _refuse_last_owner(session, member)
    member.role = role
    session.flush()
    session.refresh(member)
    return member


def remove_member(session: Session, project_id: str, user_id: str) -> None:
    """From now on the project does not exist for them; raises NotFound, LastOwner."""
    _lock(session, project_id)
    member = session.get(Member, {"project_id": project_id, "user_id": user_id}, populate_existing=True)
    if member is None:
        raise NotFound("member", user_id)
    _refuse_last_owner(session, member)
    session.delete(member)
    session.flush()


def _lock(session: Session, project_id: str) -> None:
    """Two owners who leave at once shall not leave it without one."""
    session.execute(select(Project.id).where(Project.id == project_id).with_for_update(key_share=True))


def _refuse_last_owner(session: Session, member: Member) -> None:
    others = (
        select(func.count())
        .select_from(Member)
        .where(Member.project_id == member.project_id, Member.role == Role.OWNER, Member.user_id != member.user_id)
    )
    if member.role == Role.OWNER and session.execute(others).scalar_one() == 0:
        raise LastOwner(member.project_id)
