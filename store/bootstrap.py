"""What a new installation needs: the default project, the administrator, and a key to begin with."""

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from store.errors import SettingsRefused
from store.ids import new_id
from store.keys import TOKEN_PREFIX, KeyKind, add_key, hash_token, new_token
from store.people import ADMINISTRATOR, DEFAULT_PROJECT, add_user, set_role
from store.private import read_or_make_secret
from store.roles import Role
from store.rows import Key, Project, User
from store.settings import Settings
from store.times import now

KEY_NAME = "the administrator's first key"
SHORTEST_KEY = 32


def bootstrap(session: Session, settings: Settings) -> None:
    """Add what is missing; a second time changes nothing. Run it under the migration's lock."""
    project_id = session.scalar(select(Project.id).where(Project.name == DEFAULT_PROJECT))
    if project_id is None:
        project_id = new_id("prj")
        session.add(Project(id=project_id, name=DEFAULT_PROJECT))
        session.flush()
    administrator = session.scalar(select(User).where(User.name == ADMINISTRATOR))
    if administrator is None:
        administrator = add_user(session, ADMINISTRATOR, is_admin=True, home_id=project_id)
        set_role(session, project_id, administrator.id, Role.OWNER)
    _make_valid(session, _first_token(settings), administrator.id)


def _first_token(settings: Settings) -> str:
    """The setting's key; else that of HOME/admin.key."""
    if settings.admin_key is None:
        return read_or_make_secret(settings.home / "admin.key", new_token())
    token = settings.admin_key.get_secret_value()
    if not token.startswith(TOKEN_PREFIX) or len(token) < SHORTEST_KEY:
        raise SettingsRefused(
            f"HORNGATE_ADMIN_KEY must begin with {TOKEN_PREFIX} and have at least {SHORTEST_KEY} characters. "
            "Make one with: python -c 'import secrets; print(\"hg_\" + secrets.token_urlsafe(32))'"
        )
    return token


def _make_valid(session: Session, token: str, user_id: str) -> None:
    """A key that the setting or the file no longer names is revoked."""
    if session.scalar(select(Key.id).where(Key.hash == hash_token(token))) is not None:
        return
    old = update(Key).where(Key.name == KEY_NAME, Key.user_id == user_id, Key.revoked_at.is_(None))
    session.execute(old.values(revoked_at=now()).execution_options(synchronize_session=False))
    add_key(session, token, user_id=user_id, kind=KeyKind.API, name=KEY_NAME)
