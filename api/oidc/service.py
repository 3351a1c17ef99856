"""Signing in at an OpenID provider: there with a state that the browser keeps, back with a code, in by one rule."""

import re
from typing import Final

from fastapi import Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session

from api.oidc.provider import Person, Provider
from api.parts import Parts
from api.people.service import name_home
from api.problems import Forbidden, NotFound, Unauthorized
from api.session.cookies import is_https
from api.session.service import open_session
from api.shapes import is_visible
from store import identities, people, rows
from store.errors import NameTaken
from store.settings import Settings

CALLBACK: Final = "/v1/session/oidc/callback"
MINUTES: Final = 10
NOT_BEGUN: Final = (
    "This sign-in was not begun in this browser, has ended, or took too long. Begin again at the sign-in page."
)
NOT_KNOWN: Final = "Nobody here is expected under {email}. Ask an administrator to add you with this address."
UNVERIFIED: Final = "The OpenID provider has not verified your e-mail address: do that there, or ask for an invitation."


def begin(here: Parts) -> Response:
    """To the provider, with a cookie by which this browser is known when it comes back; raises NotFound, Away."""
    provider = require_provider(here)
    with here.database.transaction() as session:
        begun = identities.begin_sign_in(session)
    answer = RedirectResponse(provider.write_address(begun, back_to(here.settings)), 303)
    answer.set_cookie(
        cookie_name(here.settings),
        begun.state,
        max_age=MINUTES * 60,
        secure=is_https(here.settings),
        httponly=True,
        samesite="lax",  # the provider's page leads back here
    )
    return answer


def finish(here: Parts, request: Request, code: str | None, state: str | None) -> Response:
    """A session for whom the code stands for; raises NotFound, Unauthorized, Forbidden, Away."""
    provider = require_provider(here)
    if not state or not code or request.cookies.get(cookie_name(here.settings)) != state:
        raise Unauthorized(NOT_BEGUN)
    with here.database.transaction() as session:
        begun = identities.take_sign_in(session, state)
    if begun is None:
        raise Unauthorized(NOT_BEGUN)
    person = provider.redeem(code, begun, back_to(here.settings))
    answer = RedirectResponse("/runs", 303)
    with here.database.seen_with(()).transaction() as session:  # others' projects are no reason to refuse a name
        user = let_in(session, here.settings, person)
        if user.disabled_at is not None:
            raise Forbidden("You are disabled here: ask an administrator.", code="disabled")
        open_session(session, here, answer, user.id)
    answer.delete_cookie(cookie_name(here.settings), secure=is_https(here.settings), httponly=True, samesite="lax")
    return answer


def let_in(session: Session, settings: Settings, person: Person) -> rows.User:
    """Who was here before; else who is expected under a verified address; else, of an allowed domain, somebody new."""
    if user := identities.find_by_subject(session, person.issuer, person.subject):
        return user
    if person.email is None:
        raise Forbidden(UNVERIFIED, code="email_not_verified")
    user = identities.find_by_email(session, person.email)
    if user is None:
        if person.email.rpartition("@")[2] not in {domain.lower() for domain in settings.oidc_domains}:
            raise Forbidden(NOT_KNOWN.format(email=person.email), code="not_expected")
        user = welcome(session, person)
    identities.link_identity(session, person.issuer, person.subject, user.id)
    return user


def welcome(session: Session, person: Person) -> rows.User:
    """Somebody new with a project of their own; where their name is taken, the next that is free."""
    seen = "".join(character if is_visible(character) else " " for character in person.name)
    name = " ".join(re.sub(r"[@/\\]", " ", seen).split())[:80].strip() or "somebody"
    for number in range(1, 100):
        try:
            user = people.add_user(session, name if number == 1 else f"{name} {number}")
        except NameTaken:
            continue
        user.email = person.email
        home = name_home(user.name)
        user.home_id = people.add_project(session, home if home != people.DEFAULT_PROJECT else "own", user.id).id
        session.flush()
        return user
    raise NameTaken("user", name)


def require_provider(here: Parts) -> Provider:
    """The one that the operator named; raises NotFound."""
    if here.provider is None:
        raise NotFound("Nobody signs in elsewhere here: HORNGATE_OIDC_ISSUER is not set.")
    return here.provider


def back_to(settings: Settings) -> str:
    """Where the provider leads back to; it has to be registered there."""
    return settings.public_url.rstrip("/") + CALLBACK


def cookie_name(settings: Settings) -> str:
    """Over https the name's prefix keeps sibling sites from setting it."""
    return "__Host-hg_sign_in" if is_https(settings) else "hg_sign_in"
