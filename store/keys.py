"""Keys: random 256-bit tokens, kept as SHA-256; `session` keys sit in cookies, `sign_in` keys work once.

`join` keys let machines join as workers, and open nothing else.
"""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NotRequired, TypedDict, Unpack

from sqlalchemy import ColumnElement, Select, and_, bindparam, delete, exists, or_, select, update
from sqlalchemy.orm import Session, aliased

from store.access import Caller, read_roles
from store.errors import NotFound
from store.ids import new_id
from store.pages import Page, read_page
from store.roles import Scope
from store.rows import Key, User
from store.times import now, now_plus

TOKEN_PREFIX = "hg_"
JOIN_PREFIX = "hgj_"


class KeyKind(StrEnum):
    """What a key is for."""

    API = "api"
    SESSION = "session"
    SIGN_IN = "sign_in"
    JOIN = "join"


class About(TypedDict):
    """What is said of a new key; without a scope it may do all that its user may, without projects everywhere."""

    user_id: str
    kind: KeyKind
    name: str
    lifetime: NotRequired[timedelta | None]
    scope: NotRequired[Scope]
    project_ids: NotRequired[Sequence[str] | None]
    opened_by: NotRequired[str | None]


def new_token() -> str:
    """`hg_` and 256 random bits."""
    return TOKEN_PREFIX + secrets.token_urlsafe(32)


def hash_token(token: str) -> str:
    """What is kept of a token. It is random, so that a plain hash cannot be guessed back."""
    return hashlib.sha256(token.encode()).hexdigest()


def create_key(session: Session, **about: Unpack[About]) -> tuple[Key, str]:
    """A new key and its token, which is never seen again."""
    token = new_token()
    return add_key(session, token, **about), token


def add_key(session: Session, token: str, **about: Unpack[About]) -> Key:
    """Make a token that is known already valid."""
    kind, lifetime, projects = about["kind"], about.get("lifetime"), about.get("project_ids")
    key = Key(
        id=new_id("key"),
        user_id=about["user_id"],
        kind=KeyKind(kind).value,
        name=about["name"],
        scope=about.get("scope", Scope.ADMIN),
        project_ids=None if projects is None else list(projects),
        hash=hash_token(token),
        prefix=token[:10],
        expires_at=None if lifetime is None else now_plus(lifetime.total_seconds()),
        opened_by=about.get("opened_by"),
    )
    session.add(key)
    session.flush()
    session.refresh(key)
    return key


def find_caller(session: Session, token: str, kind: KeyKind) -> Caller | None:
    """Who the token stands for, or None when it is unknown, expired, revoked or of another kind."""
    return _find_caller(session, _BY_TOKEN, hash=hash_token(token), kind=kind)


def find_again(session: Session, key_id: str) -> Caller | None:
    """The same caller a while later, or None when the key or its user is of no use any more."""
    return _find_caller(session, _BY_ID, id=key_id)


def _find_caller(session: Session, statement: Select[User, Key], **known: str) -> Caller | None:
    row = session.execute(statement, known).one_or_none()
    return None if row is None else Caller(row[0], row[1], read_roles(session, row[0], row[1]))


def redeem_sign_in(session: Session, token: str) -> Key | None:
    """Use up a sign-in token: of any number of callers only one gets its row."""
    statement = (
        update(Key)
        .where(Key.hash == hash_token(token), Key.kind == KeyKind.SIGN_IN, _is_valid(), _is_enabled())
        .values(revoked_at=now(), last_used_at=now())
        .returning(Key)
    )
    return session.scalar(statement.execution_options(synchronize_session=False))


def touch_key(session: Session, key_id: str, *, every_seconds: float = 60) -> None:
    """Note that the key was used, unless that was noted a moment ago."""
    is_due = or_(Key.last_used_at.is_(None), Key.last_used_at < now_plus(-every_seconds))
    statement = update(Key).where(Key.id == key_id, is_due).values(last_used_at=now())
    session.execute(statement.execution_options(synchronize_session=False))


def end_of(session: Session, key: Key) -> datetime | None:
    """When what is made with this key has to end, too: a browser's session lends the end of the key that opened it."""
    if key.kind == KeyKind.SESSION:
        return session.scalar(select(Key.expires_at).where(Key.id == key.opened_by))
    return key.expires_at


def opener_of(session: Session, key: Key) -> Key | None:
    """The API key itself, or that which opened a browser's session or made a link; None where there is none."""
    if key.kind == KeyKind.API:
        return key
    return session.get(Key, key.opened_by) if key.opened_by is not None else None


def get_key(session: Session, key_id: str, *, user_id: str | None = None, kind: KeyKind | None = None) -> Key:
    """The row, with `user_id` only of that user's, with `kind` of that kind; raises NotFound."""
    key = session.get(Key, key_id)
    if key is None or user_id not in (None, key.user_id) or kind not in (None, key.kind):
        raise NotFound("session" if kind == KeyKind.SESSION else "key", key_id)
    return key


def list_valid(session: Session, user_id: str, *, kind: KeyKind) -> list[Key]:
    """All of a user's keys of this kind that open something."""
    return list(session.scalars(select(Key).where(Key.user_id == user_id, Key.kind == kind, _is_valid())))


def revoke_key(session: Session, key_id: str, *, user_id: str | None = None, kind: KeyKind | None = None) -> None:
    """The key works no longer; a second time changes nothing. As `get_key`, raises NotFound."""
    get_key(session, key_id, user_id=user_id, kind=kind)
    statement = update(Key).where(Key.id == key_id, Key.revoked_at.is_(None)).values(revoked_at=now())
    session.execute(statement.execution_options(synchronize_session=False))


def list_keys(
    session: Session,
    *,
    user_id: str | None = None,
    kind: KeyKind = KeyKind.API,
    is_valid: bool = False,
    limit: int = 50,
    after: str | None = None,
) -> Page[Key]:
    """A page of keys, the newest first, revoked ones too unless only those are asked for that are valid."""
    statement = select(Key).where(Key.kind == kind, *([_is_valid()] if is_valid else []))
    if user_id is not None:
        statement = statement.where(Key.user_id == user_id)
    sorts = {"created_at": Key.created_at}
    return read_page(session, statement, sort="-created_at", sorts=sorts, tie=Key.id, limit=limit, after=after)


def forget_dead_keys(session: Session, *, days: float = 7) -> None:
    """Delete sessions and sign-in tokens that have been of no use for days."""
    before = now_plus(-days * 86400)
    session.execute(delete(Key).where(Key.kind != KeyKind.API, or_(Key.expires_at < before, Key.revoked_at < before)))


def revoke_all(session: Session, user_id: str, *, kind: KeyKind, but: str | None = None) -> None:
    """None of a user's keys of this kind works any longer, except perhaps one."""
    own = update(Key).where(Key.user_id == user_id, Key.kind == kind, Key.id != (but or ""), Key.revoked_at.is_(None))
    session.execute(own.values(revoked_at=now()).execution_options(synchronize_session=False))


def _is_enabled() -> ColumnElement[bool]:
    return Key.user_id.in_(select(User.id).where(User.disabled_at.is_(None)))


def _is_valid() -> ColumnElement[bool]:
    opener = aliased(Key)
    is_opener_there = exists().where(opener.id == Key.opened_by, opener.revoked_at.is_(None))
    return and_(
        Key.revoked_at.is_(None),
        or_(Key.expires_at.is_(None), Key.expires_at > now()),
        or_(Key.opened_by.is_(None), is_opener_there),
    )


_CALLERS = select(User, Key).join(Key, Key.user_id == User.id).where(User.disabled_at.is_(None), _is_valid())
_BY_TOKEN = _CALLERS.where(Key.hash == bindparam("hash"), Key.kind == bindparam("kind"))
_BY_ID = _CALLERS.where(Key.id == bindparam("id"))
"""Written once: every request asks them, and writing one takes twice as long as the database needs to answer it."""
