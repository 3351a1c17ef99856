"""People and projects as the store knows them."""

from api.parts import Parts
from api.people.schemas import Me, Project, User
from api.shapes import Page
from store import people
from store.access import Caller


def get_me(here: Parts, caller: Caller) -> Me:
    """The caller, the project that is theirs, and what they came with."""
    with here.database.reading() as session:
        project = people.find_project(session)
    return Me.model_validate(
        {
            "user": caller.user,
            "project": project,
            "signed_in_by": caller.key.kind,
            "expires_at": caller.key.expires_at,
            "mode": here.settings.mode,
        }
    )


def list_users(here: Parts) -> Page[User]:
    """Everybody: there are few."""
    with here.database.reading() as session:
        return Page(data=[User.model_validate(user) for user in people.list_users(session)])


def list_projects(here: Parts) -> Page[Project]:
    """All of them: there are few."""
    with here.database.reading() as session:
        return Page(data=[Project.model_validate(project) for project in people.list_projects(session)])
