"""Keys of the caller's own."""

from datetime import timedelta

from api.keys.schemas import Key, KeyAsked, KeyCreated
from api.parts import Parts
from api.shapes import Page, Paging
from store import keys
from store.access import Caller
from store.keys import KeyKind


def create_key(here: Parts, caller: Caller, body: KeyAsked) -> KeyCreated:
    """A new key with its secret."""
    lifetime = None if body.expires_in_days is None else timedelta(days=body.expires_in_days)
    with here.database.transaction() as session:
        key, token = keys.create_key(
            session, user_id=caller.user.id, kind=KeyKind.API, name=body.name, lifetime=lifetime
        )
    return KeyCreated(**Key.model_validate(key).model_dump(), key=token)


def list_keys(here: Parts, caller: Caller, asked: Paging) -> Page[Key]:
    """A page of keys, the newest first."""
    with here.database.reading() as session:
        page = keys.list_keys(session, user_id=caller.user.id, limit=asked.limit, after=asked.after)
    shown = [Key.model_validate(key) for key in page.items]
    return Page(data=shown, has_more=page.has_more, next_cursor=page.next_cursor)


def revoke_key(here: Parts, caller: Caller, key_id: str) -> None:
    """It opens nothing from now on."""
    with here.database.transaction() as session:
        keys.revoke_key(session, key_id, user_id=caller.user.id)
