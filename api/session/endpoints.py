"""Signing in and out in a browser."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.openapi import OPEN
from api.parts import Calling, Here
from api.reading import StrictRoute
from api.session import service
from api.session.schemas import BrowserSession, SignedIn, SignInAsked, SignInLink, SignInLinkAsked
from api.shapes import Page, Paging

router = APIRouter(prefix="/v1", tags=["session"], route_class=StrictRoute)


@router.post("/session", status_code=201, openapi_extra=OPEN)
def sign_in(here: Here, request: Request, response: Response, body: SignInAsked) -> SignedIn:
    """Open a session with a one-time token or an API key; the cookie comes with the answer."""
    return service.sign_in(here, request, response, body)


@router.delete("/session", status_code=204)
def sign_out(here: Here, caller: Calling, response: Response) -> None:
    """End the session that this browser holds."""
    service.sign_out(here, caller, response)


@router.get("/sessions")
def list_sessions(here: Here, caller: Calling, asked: Annotated[Paging, Query()]) -> Page[BrowserSession]:
    """The browsers that are signed in as the caller."""
    return service.list_sessions(here, caller, asked)


@router.delete("/sessions", status_code=204)
def end_sessions(here: Here, caller: Calling) -> None:
    """Sign the caller out everywhere but here."""
    service.end_sessions(here, caller)


@router.delete("/sessions/{session_id}", status_code=204)
def end_session(here: Here, caller: Calling, session_id: str) -> None:
    """Sign one browser out."""
    service.end_session(here, caller, session_id)


@router.post("/sign-in-links", status_code=201)
def create_sign_in_link(here: Here, caller: Calling, body: SignInLinkAsked | None = None) -> SignInLink:
    """A link that signs a browser in, once. The administrators' alone."""
    return service.create_sign_in_link(here, caller, body or SignInLinkAsked())
