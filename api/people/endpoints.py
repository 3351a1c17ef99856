"""Who is calling, who else is there, and which projects there are."""

from fastapi import APIRouter

from api.parts import Calling, Here
from api.people import service
from api.people.schemas import Me, Project, User
from api.reading import StrictRoute
from api.shapes import Page

router = APIRouter(prefix="/v1", tags=["people"], route_class=StrictRoute)


@router.get("/me")
def get_me(here: Here, caller: Calling) -> Me:
    """The caller."""
    return service.get_me(here, caller)


@router.get("/users")
def list_users(here: Here, caller: Calling) -> Page[User]:
    """Everybody."""
    return service.list_users(here)


@router.get("/projects")
def list_projects(here: Here, caller: Calling) -> Page[Project]:
    """Every project."""
    return service.list_projects(here)
