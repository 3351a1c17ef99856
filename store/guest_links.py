"""Invitations: a link that lets one person into a project, while whoever made it still owns that."""

from datetime import timedelta

from sqlalchemy import ColumnElement, Update, and_, or_, select, update
from sqlalchemy.orm import Session

from store.errors import NotFound
from store.ids import new_id
from store.keys import hash_token, new_token
from store.roles import Role
from store.rows import Invitation, Member, User
from store.times import now, now_plus


def add_invitation(
    session: Session, *, project_id: str, role: Role, made_by: str, note: str, lifetime: timedelta
) -> tuple[Invitation, str]:
    """A new invitation and its token, which is never seen again."""
    token = new_token()
    invitation = Invitation(
        id=new_id("inv"),
        hash=hash_token(token),
        project_id=project_id,
        role=role,
        made_by=made_by,
        note=note,
        expires_at=now_plus(lifetime.total_seconds()),
    )
    session.add(invitation)
    session.flush()
    session.refresh(invitation)
    return invitation, token


def list_invitations(session: Session, project_id: str) -> list[Invitation]:
    """Those of a project that somebody may still follow, the newest first."""
    statement = select(Invitation).where(Invitation.project_id == project_id, _is_open())
    return list(session.scalars(statement.order_by(Invitation.id.desc())))


def revoke_invitation(session: Session, project_id: str, invitation_id: str) -> None:
    """Nobody follows it any more; raises NotFound."""
    invitation = session.get(Invitation, invitation_id)
    if invitation is None or invitation.project_id != project_id:
        raise NotFound("invitation", invitation_id)
    session.execute(_change(Invitation.id == invitation_id).values(revoked_at=now()))


def redeem_invitation(session: Session, token: str, user_id: str) -> Invitation | None:
    """Use the invitation up for this user: of any number of callers one gets it. None where it is of no use."""
    used = _change(Invitation.hash == hash_token(token)).values(used_at=now(), used_by=user_id)
    found = session.scalar(used.returning(Invitation.id))
    return None if found is None else session.get_one(Invitation, found, populate_existing=True)


def peek_invitation(session: Session, token: str) -> Invitation | None:
    """The invitation, if somebody may still follow it."""
    return session.scalar(select(Invitation).where(Invitation.hash == hash_token(token), _is_open()))


def _change(condition: ColumnElement[bool]) -> Update:
    return update(Invitation).where(condition, _is_open()).execution_options(synchronize_session=False)


def _is_open() -> ColumnElement[bool]:
    is_fresh = (Invitation.used_at.is_(None), Invitation.revoked_at.is_(None), Invitation.expires_at > now())
    owning = select(Member.user_id).where(Member.project_id == Invitation.project_id, Member.role == Role.OWNER)
    may_invite = or_(User.is_admin, User.id.in_(owning.correlate(Invitation)))
    maker = select(User.id).where(User.disabled_at.is_(None), may_invite).correlate(Invitation)
    return and_(*is_fresh, Invitation.made_by.in_(maker))
