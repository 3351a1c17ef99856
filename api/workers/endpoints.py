"""The shop floor."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.parts import Calling, Here
from api.reading import StrictRoute
from api.shapes import Page, Paging
from api.workers import joining, service
from api.workers.schemas import Invitation, InvitationAsked, InvitationMade, Joined, Joining, QueueEntry, Worker

router = APIRouter(prefix="/v1", tags=["shop floor"], route_class=StrictRoute)


@router.get("/workers")
def list_workers(here: Here, caller: Calling, asked: Annotated[Paging, Query()]) -> Page[Worker]:
    """Workers, the newest first; `state` tells those that live from those that left."""
    return service.list_workers(here, asked)


@router.get("/queue")
def list_queue(here: Here, caller: Calling, asked: Annotated[Paging, Query()]) -> Page[QueueEntry]:
    """The runs that wait, in the order in which they will start."""
    return service.list_queue(here, caller, asked)


@router.post("/workers:invite", status_code=201)
def invite_worker(here: Here, caller: Calling, body: InvitationAsked) -> InvitationMade:
    """Let other machines join as workers for a while. The token is in this answer and nowhere else."""
    return joining.invite(here, caller, body)


@router.get("/workers/invitations")
def list_worker_invitations(here: Here, caller: Calling) -> Page[Invitation]:
    """The invitations that are still good."""
    return joining.list_open(here)


@router.delete("/workers/invitations/{invitation_id}", status_code=204)
def revoke_worker_invitation(here: Here, caller: Calling, invitation_id: str) -> None:
    """Let nobody join with it any more."""
    joining.revoke(here, invitation_id)


@router.post("/workers:join")
def join_as_worker(here: Here, caller: Calling, body: Joining) -> Joined:
    """What a worker on another machine needs; wants an invitation's token as its key."""
    return joining.join(here, caller, body)


@router.get("/workers/code", response_class=Response, responses={200: {"content": {"application/gzip": {}}}})
def get_worker_code(caller: Calling) -> Response:
    """The code of this version's worker as a tar.gz; wants an invitation's token as its key."""
    code = joining.get_code(caller)
    return Response(code.content, media_type="application/gzip", headers={"X-Content-SHA256": code.sha256})
