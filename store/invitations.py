"""Invitations of workers: tokens with which other machines join, for an hour, until revoked, and for nothing else."""

import secrets
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.errors import NotFound
from store.keys import JOIN_PREFIX, KeyKind, add_key, revoke_key
from store.rows import Key
from store.times import now


def invite_worker(session: Session, *, user_id: str, name: str, lifetime: timedelta) -> tuple[Key, str]:
    """A new invitation and its token, which is never seen again."""
    token = JOIN_PREFIX + secrets.token_urlsafe(32)
    return add_key(session, token, user_id=user_id, kind=KeyKind.JOIN, name=name, lifetime=lifetime), token


def list_invitations(session: Session) -> list[Key]:
    """Those that are still good, the newest first."""
    is_good = (Key.kind == KeyKind.JOIN, Key.revoked_at.is_(None), Key.expires_at > now())
    return list(session.scalars(select(Key).where(*is_good).order_by(Key.created_at.desc(), Key.id)))


def revoke_invitation(session: Session, invitation_id: str) -> None:
    """It lets nobody join any more; a second time changes nothing. Raises NotFound."""
    key = session.get(Key, invitation_id)
    if key is None or key.kind != KeyKind.JOIN:
        raise NotFound("invitation", invitation_id)
    revoke_key(session, invitation_id)
