"""API keys of the caller."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.keys import service
from api.keys.schemas import Key, KeyAsked, KeyCreated
from api.parts import Calling, Here
from api.reading import StrictRoute
from api.shapes import Page, Paging

router = APIRouter(prefix="/v1/keys", tags=["keys"], route_class=StrictRoute)


@router.post("", status_code=201)
def create_key(here: Here, caller: Calling, body: KeyAsked) -> KeyCreated:
    """Make a key. Its secret is in this answer and nowhere else."""
    return service.create_key(here, caller, body)


@router.get("")
def list_keys(here: Here, caller: Calling, asked: Annotated[Paging, Query()]) -> Page[Key]:
    """The caller's keys, without their secrets."""
    return service.list_keys(here, caller, asked)


@router.delete("/{key_id}", status_code=204)
def revoke_key(here: Here, caller: Calling, key_id: str) -> None:
    """Revoke a key; from now on it opens nothing."""
    service.revoke_key(here, caller, key_id)
