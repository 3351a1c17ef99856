"""Who is calling, and who else is there."""

from fastapi import APIRouter, Request

from api.parts import Calling, Here
from api.people import service
from api.people.schemas import Me, User, UserChanged, UserCreated, UserListed, UserWelcomed
from api.reading import StrictRoute
from api.shapes import Page

router = APIRouter(prefix="/v1", tags=["people"], route_class=StrictRoute)


@router.get("/me")
def get_me(here: Here, caller: Calling, request: Request) -> Me:
    """The caller."""
    return service.get_me(here, caller, request)


@router.get("/users")
def list_users(here: Here, caller: Calling) -> Page[UserListed]:
    """Who shares a project with the caller; administrators see everybody."""
    return service.list_users(here, caller)


@router.post("/users", status_code=201)
def create_user(here: Here, caller: Calling, body: UserCreated) -> UserWelcomed:
    """Somebody new, with a link that signs them in once. The administrators' alone."""
    return service.create_user(here, caller, body)


@router.patch("/users/{user_id}")
def change_user(here: Here, caller: Calling, user_id: str, body: UserChanged) -> User:
    """Rename somebody, disable them, or change what they may use. The administrators' alone."""
    return service.change_user(here, caller, user_id, body)
