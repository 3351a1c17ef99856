"""Signing in and out in a browser."""

from fastapi import APIRouter, Request, Response

from api.openapi import OPEN
from api.parts import Calling, Here
from api.reading import StrictRoute
from api.session import service
from api.session.schemas import SignedIn, SignInAsked, SignInLink

router = APIRouter(prefix="/v1", tags=["session"], route_class=StrictRoute)


@router.post("/session", status_code=201, openapi_extra=OPEN)
def sign_in(here: Here, request: Request, response: Response, body: SignInAsked) -> SignedIn:
    """Open a session with a one-time token or an API key; the cookie comes with the answer."""
    return service.sign_in(here, request, response, body)


@router.delete("/session", status_code=204)
def sign_out(here: Here, caller: Calling, response: Response) -> None:
    """End the session that this browser holds."""
    service.sign_out(here, caller, response)


@router.post("/sign-in-links", status_code=201)
def create_sign_in_link(here: Here, caller: Calling) -> SignInLink:
    """A link that signs a browser in, once, as the caller. The administrator's alone."""
    return service.create_sign_in_link(here, caller)
