"""Projects and users."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.errors import NotFound
from store.rows import Project, User

DEFAULT_PROJECT = "default"
ADMINISTRATOR = "admin"


def find_project(session: Session, name_or_id: str = DEFAULT_PROJECT) -> Project:
    """The project; raises NotFound."""
    project = session.scalar(select(Project).where((Project.name == name_or_id) | (Project.id == name_or_id)))
    if project is None:
        raise NotFound("project", name_or_id)
    return project


def find_user(session: Session, name_or_id: str = ADMINISTRATOR) -> User:
    """The user; raises NotFound."""
    user = session.scalar(select(User).where((User.name == name_or_id) | (User.id == name_or_id)))
    if user is None:
        raise NotFound("user", name_or_id)
    return user


def project_names(session: Session) -> dict[str, str]:
    """Every project's name by its id."""
    return dict(session.execute(select(Project.id, Project.name)).all())


def user_names(session: Session) -> dict[str, str]:
    """Every user's name by the id."""
    return dict(session.execute(select(User.id, User.name)).all())


def list_users(session: Session) -> list[User]:
    """Everybody, by name."""
    return list(session.scalars(select(User).order_by(User.name)))


def list_projects(session: Session) -> list[Project]:
    """Every project, by name."""
    return list(session.scalars(select(Project).order_by(Project.name)))
