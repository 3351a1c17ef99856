"""Links with a one-time token behind the #, where no server and no log sees it."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from store import keys
from store.keys import KeyKind
from store.rows import Key
from store.settings import Settings


def make_link(
    session: Session, settings: Settings, user_id: str, *, lifetime: timedelta, shown: Key | None = None
) -> tuple[str, datetime]:
    """A link that signs its first visitor in as this user, and until when.

    One that a user makes for themselves goes no further than the API key that was `shown`, or opened their browser.
    """
    opener = keys.opener_of(session, shown) if shown is not None else None
    key, token = keys.create_key(
        session,
        user_id=user_id,
        kind=KeyKind.SIGN_IN,
        name="sign-in link",
        lifetime=lifetime,
        opened_by=opener.id if opener is not None else None,
    )
    assert key.expires_at is not None  # a link has a lifetime
    return write_link(settings, "sign-in", token), key.expires_at


def write_link(settings: Settings, page: str, token: str) -> str:
    """The address of a page of the dashboard's that takes the token."""
    return f"{settings.public_url.rstrip('/')}/{page}#token={token}"
