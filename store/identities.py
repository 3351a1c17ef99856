"""People who sign in at an OpenID provider: sign-ins that are under way, and whose subject there is whom here."""

import secrets
from dataclasses import dataclass
from typing import Final

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from store.keys import hash_token
from store.rows import Identity, SignIn, User
from store.times import now, now_plus

MINUTES: Final = 10


@dataclass(frozen=True)
class Begun:
    """A sign-in as the browser knows it: `state` goes to the provider and back, `nonce` into the ID token."""

    state: str
    nonce: str
    verifier: str


def begin_sign_in(session: Session) -> Begun:
    """Three random texts, kept for some minutes under the hash of the first."""
    session.execute(delete(SignIn).where(SignIn.expires_at < now()))
    begun = Begun(*(secrets.token_urlsafe(32) for _ in range(3)))
    kept = SignIn(hash=hash_token(begun.state), nonce=begun.nonce, verifier=begun.verifier)
    kept.expires_at = now_plus(MINUTES * 60)
    session.add(kept)
    session.flush()
    return begun


def take_sign_in(session: Session, state: str) -> Begun | None:
    """The sign-in that began with this state, once: of any number of callers one gets it."""
    taken = delete(SignIn).where(SignIn.hash == hash_token(state), SignIn.expires_at > now())
    row = session.execute(taken.returning(SignIn.nonce, SignIn.verifier)).one_or_none()
    return None if row is None else Begun(state, row[0], row[1])


def find_by_subject(session: Session, issuer: str, subject: str) -> User | None:
    """The user whom the provider knows so."""
    identity = session.get(Identity, {"issuer": issuer, "subject": subject})
    return None if identity is None else session.get_one(User, identity.user_id)


def find_by_email(session: Session, email: str) -> User | None:
    """The user who is expected under this address, in whatever letters, and has no subject yet."""
    taken = select(Identity.user_id)
    return session.scalar(select(User).where(func.lower(User.email) == email.lower(), User.id.not_in(taken)))


def link_identity(session: Session, issuer: str, subject: str, user_id: str) -> None:
    """From now on this subject is that user, whatever becomes of the address."""
    session.add(Identity(issuer=issuer, subject=subject, user_id=user_id))
    session.flush()
