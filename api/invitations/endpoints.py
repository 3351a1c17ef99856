"""Inviting people by a link."""

from fastapi import APIRouter, Request, Response

from api.invitations import service
from api.invitations.schemas import (
    InvitationCreated,
    InvitationFollowed,
    InvitationJoined,
    ProjectInvitation,
    ProjectInvitationAsked,
    Welcome,
)
from api.openapi import OPEN
from api.parts import Calling, Here
from api.reading import StrictRoute
from api.shapes import Page

router = APIRouter(prefix="/v1", tags=["people"], route_class=StrictRoute)


@router.post("/projects/{project_id}/invitations", status_code=201)
def invite(here: Here, caller: Calling, project_id: str, body: ProjectInvitationAsked) -> InvitationCreated:
    """A link that lets one person in, with a role in this project."""
    return service.invite(here, caller, body)


@router.get("/projects/{project_id}/invitations")
def list_invitations(here: Here, caller: Calling, project_id: str) -> Page[ProjectInvitation]:
    """The links that nobody has followed yet."""
    return service.list_invitations(here, caller)


@router.delete("/projects/{project_id}/invitations/{invitation_id}", status_code=204)
def revoke_invitation(here: Here, caller: Calling, project_id: str, invitation_id: str) -> None:
    """Take a link back."""
    service.revoke_invitation(here, caller, invitation_id)


@router.post("/invitations:accept", status_code=201, openapi_extra=OPEN)
def accept_invitation(here: Here, request: Request, response: Response, body: InvitationFollowed) -> Welcome:
    """Follow a link as somebody new: choose a name, and be signed in or get a key."""
    return service.accept_invitation(here, request, response, body)


@router.post("/invitations:join", status_code=201)
def join_project(here: Here, caller: Calling, body: InvitationJoined) -> Welcome:
    """Follow a link as the user that one is."""
    return service.join_project(here, caller, body)
