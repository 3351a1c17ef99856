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
    return dict(session.execute(select(Project.id, Project.name)).tuples().all())
