"""Opening and ending a browser's session."""

from datetime import timedelta
from typing import Final

from fastapi import Request, Response
from sqlalchemy.orm import Session

from api.front_door import is_from_own_page
from api.parts import Parts
from api.people.schemas import User
from api.problems import Forbidden, Unauthorized
from api.session.cookies import drop_cookie, set_cookie
from api.session.schemas import SignedIn, SignInAsked, SignInLink
from store import keys, people
from store.access import Caller
from store.keys import KeyKind

SESSION: Final = timedelta(days=14)
LINK: Final = timedelta(minutes=15)


def sign_in(here: Parts, request: Request, response: Response, body: SignInAsked) -> SignedIn:
    """A session for whom the token stands for; raises Unauthorized, Forbidden."""
    is_browser = "origin" in request.headers or "sec-fetch-site" in request.headers
    if is_browser and not is_from_own_page(request, here.settings.public_url):
        raise Forbidden("A page of another site may not sign you in.", code="foreign_origin")
    with here.database.transaction() as session:
        user = people.find_user(session, owner_of(session, body.token))
        key, token = keys.create_key(session, user_id=user.id, kind=KeyKind.SESSION, name="browser", lifetime=SESSION)
    assert key.expires_at is not None  # a session has a lifetime
    set_cookie(response, here.settings, token, key.expires_at)
    return SignedIn(user=User.model_validate(user), expires_at=key.expires_at)


def owner_of(session: Session, token: str) -> str:
    """The user's id; a one-time token is used up. Raises Unauthorized."""
    if user_id := keys.redeem_sign_in(session, token):
        return user_id
    if caller := keys.find_caller(session, token, KeyKind.API):
        return caller.user.id
    raise Unauthorized("This token is unknown, has expired or was used before. `horngate up` prints a new link.")


def sign_out(here: Parts, caller: Caller, response: Response) -> None:
    """End the session; an API key stays what it is."""
    if caller.key.kind == KeyKind.SESSION:
        with here.database.transaction() as session:
            keys.revoke_key(session, caller.key.id)
    drop_cookie(response, here.settings)


def create_sign_in_link(here: Parts, caller: Caller) -> SignInLink:
    """A link with a one-time token behind the #, where no server and no log sees it; raises Forbidden."""
    if not caller.user.is_admin:
        raise Forbidden("Only an administrator makes sign-in links.")
    with here.database.transaction() as session:
        key, token = keys.create_key(
            session, user_id=caller.user.id, kind=KeyKind.SIGN_IN, name="sign-in link", lifetime=LINK
        )
    assert key.expires_at is not None  # a link has a lifetime
    return SignInLink(url=f"{here.settings.public_url.rstrip('/')}/sign-in#token={token}", expires_at=key.expires_at)
