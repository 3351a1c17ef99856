"""Opening and ending a browser's session."""

from datetime import datetime, timedelta
from typing import Final

from fastapi import Request, Response
from sqlalchemy.orm import Session

from api.front_door import is_from_own_page, says_where_from
from api.parts import Parts
from api.people.schemas import User
from api.problems import Forbidden, Unauthorized
from api.session.cookies import drop_cookie, set_cookie
from api.session.links import make_link
from api.session.schemas import BrowserSession, SignedIn, SignInAsked, SignInLink, SignInLinkAsked
from api.shapes import Page, Paging
from store import keys, people, rows
from store.access import Caller, require_reach
from store.keys import KeyKind
from store.roles import Scope

SESSION: Final = timedelta(days=14)
LINK: Final = timedelta(minutes=15)


def sign_in(here: Parts, request: Request, response: Response, body: SignInAsked) -> SignedIn:
    """A session for whom the token stands for; raises Unauthorized, Forbidden."""
    refuse_foreign_page(here, request)
    with here.database.transaction() as session:
        user, shown = owner_of(session, body.token)
        expires_at = open_session(session, here, response, user.id, shown)
    return SignedIn(user=User.model_validate(user), expires_at=expires_at)


def refuse_foreign_page(here: Parts, request: Request) -> None:
    """Nobody shall be signed in as somebody else without knowing; raises Forbidden."""
    if says_where_from(request) and not is_from_own_page(request, here.settings.public_url):
        raise Forbidden("A page of another site may not sign you in.", code="foreign_origin")


def open_session(
    session: Session, here: Parts, response: Response, user_id: str, shown: rows.Key | None = None
) -> datetime:
    """A browser's session; one that an API key opens goes no further than that key, and ends with it."""
    key, token = keys.create_key(
        session,
        user_id=user_id,
        kind=KeyKind.SESSION,
        name="browser",
        lifetime=SESSION,
        scope=shown.scope if shown else Scope.ADMIN,
        project_ids=shown.project_ids if shown else None,
        opened_by=shown.id if shown else None,
    )
    assert key.expires_at is not None  # a session has a lifetime
    if shown is not None and shown.expires_at is not None:
        key.expires_at = min(key.expires_at, shown.expires_at)
    set_cookie(response, here.settings, token, key.expires_at)
    return key.expires_at


def owner_of(session: Session, token: str) -> tuple[rows.User, rows.Key | None]:
    """The user, and the API key that was shown; a one-time token is used up. Raises Unauthorized."""
    if link := keys.redeem_sign_in(session, token):
        return people.find_user(session, link.user_id), keys.opener_of(session, link)
    if caller := keys.find_caller(session, token, KeyKind.API):
        return caller.user, caller.key
    raise Unauthorized("This token is unknown, has expired or was used before. `horngate up` prints a new link.")


def sign_out(here: Parts, caller: Caller, response: Response) -> None:
    """End the session; an API key stays what it is."""
    if caller.key.kind == KeyKind.SESSION:
        with here.database.transaction() as session:
            keys.revoke_key(session, caller.key.id)
    drop_cookie(response, here.settings)


def create_sign_in_link(here: Parts, caller: Caller, body: SignInLinkAsked) -> SignInLink:
    """For the caller, or for somebody whom they tell; raises NotFound."""
    with here.database.transaction() as session:
        user_id = people.find_user(session, body.user).id if body.user is not None else caller.user.id
        own = caller.key if user_id == caller.user.id else None
        url, expires_at = make_link(session, here.settings, user_id, lifetime=LINK, shown=own)
    return SignInLink(url=url, expires_at=expires_at)


def list_sessions(here: Parts, caller: Caller, asked: Paging) -> Page[BrowserSession]:
    """Those that still open something, the newest first."""
    with here.database.reading() as session:
        page = keys.list_keys(
            session,
            user_id=caller.user.id,
            kind=KeyKind.SESSION,
            is_valid=True,
            limit=asked.limit,
            after=asked.after,
        )
    shown = [BrowserSession.model_validate(key) for key in page.items]
    data = [one.model_copy(update={"is_this": one.id == caller.key.id}) for one in shown]
    return Page(data=data, has_more=page.has_more, next_cursor=page.next_cursor)


def end_session(here: Parts, caller: Caller, session_id: str) -> None:
    """One of the caller's own; raises NotFound, NotAllowed."""
    with here.database.transaction() as session:
        require_reach(caller, keys.get_key(session, session_id, user_id=caller.user.id, kind=KeyKind.SESSION))
        keys.revoke_key(session, session_id)


def end_sessions(here: Parts, caller: Caller) -> None:
    """All but the one that asks; raises NotAllowed where one of them goes further."""
    with here.database.transaction() as session:
        for other in keys.list_valid(session, caller.user.id, kind=KeyKind.SESSION):
            require_reach(caller, other)
        keys.revoke_all(session, caller.user.id, kind=KeyKind.SESSION, but=caller.key.id)
