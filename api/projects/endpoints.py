"""Projects: make one, name it, say who belongs to it."""

from fastapi import APIRouter

from api.parts import Calling, Here
from api.people.schemas import ProjectListed
from api.projects import service
from api.projects.schemas import Member, MemberSet, ProjectChanged, ProjectCreated, ProjectShown
from api.reading import StrictRoute
from api.shapes import Page

router = APIRouter(prefix="/v1/projects", tags=["people"], route_class=StrictRoute)


@router.get("")
def list_projects(here: Here, caller: Calling) -> Page[ProjectListed]:
    """The caller's projects."""
    return service.list_projects(here, caller)


@router.post("", status_code=201)
def create_project(here: Here, caller: Calling, body: ProjectCreated) -> ProjectShown:
    """Make a project and own it."""
    return service.create_project(here, caller, body)


@router.get("/{project_id}")
def get_project(here: Here, caller: Calling, project_id: str) -> ProjectShown:
    """One project, by name or id."""
    return service.get_project(here, caller)


@router.patch("/{project_id}")
def change_project(here: Here, caller: Calling, project_id: str, body: ProjectChanged) -> ProjectShown:
    """Rename it; administrators say what it may use."""
    return service.change_project(here, caller, body)


@router.post("/{project_id}:leave", status_code=204)
def leave_project(here: Here, caller: Calling, project_id: str) -> None:
    """Belong to it no longer; its last owner cannot."""
    service.leave_project(here, caller)


@router.get("/{project_id}/members")
def list_members(here: Here, caller: Calling, project_id: str) -> Page[Member]:
    """Who belongs to it."""
    return service.list_members(here, caller)


@router.put("/{project_id}/members/{user_id}")
def set_member(here: Here, caller: Calling, project_id: str, user_id: str, body: MemberSet) -> Member:
    """Give somebody a role, whom the caller shares a project with; others come by an invitation."""
    return service.set_member(here, caller, user_id, body)


@router.delete("/{project_id}/members/{user_id}", status_code=204)
def remove_member(here: Here, caller: Calling, project_id: str, user_id: str) -> None:
    """From now on the project does not exist for them."""
    service.remove_member(here, caller, user_id)
