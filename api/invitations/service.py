"""Inviting, and following an invitation."""

from datetime import timedelta
from typing import Final

from fastapi import Request, Response
from sqlalchemy.orm import Session

from api.invitations.schemas import (
    InvitationCreated,
    InvitationFollowed,
    InvitationJoined,
    ProjectInvitation,
    ProjectInvitationAsked,
    Welcome,
)
from api.parts import Parts
from api.people.schemas import Project, User
from api.problems import NotFound, Unauthorized
from api.session.links import write_link
from api.session.service import open_session, refuse_foreign_page
from api.shapes import Page
from store import guest_links, keys, people, rows
from store.access import Caller
from store.keys import KeyKind
from store.roles import Scope

USELESS: Final = "This invitation is unknown, was used, taken back, or has expired. Ask whoever sent it for another."


def invite(here: Parts, caller: Caller, body: ProjectInvitationAsked) -> InvitationCreated:
    """The link, its token behind the #."""
    with here.database.transaction() as session:
        made, token = guest_links.add_invitation(
            session,
            project_id=str(caller.project_id),
            role=body.role,
            made_by=caller.user.id,
            note=body.note,
            lifetime=timedelta(days=body.expires_in_days),
        )
        shown = ProjectInvitation.model_validate(made).model_dump()
    return InvitationCreated(**shown, link=write_link(here.settings, "invitation", token))


def list_invitations(here: Parts, caller: Caller) -> Page[ProjectInvitation]:
    """There are few."""
    with here.database.reading() as session:
        found = guest_links.list_invitations(session, str(caller.project_id))
    return Page(data=[ProjectInvitation.model_validate(invitation) for invitation in found])


def revoke_invitation(here: Parts, caller: Caller, invitation_id: str) -> None:
    """Raises NotFound."""
    with here.database.transaction() as session:
        guest_links.revoke_invitation(session, str(caller.project_id), invitation_id)


def accept_invitation(here: Parts, request: Request, response: Response, body: InvitationFollowed) -> Welcome:
    """A new user, whose home is the project; raises Unauthorized, NameTaken (then the link stays good), Forbidden."""
    refuse_foreign_page(here, request)
    with here.database.transaction() as session:
        if guest_links.peek_invitation(session, body.token) is None:
            raise Unauthorized(USELESS)
        user = people.add_user(session, body.name)
        project = take_in(session, body.token, user)
        user.home_id = project.id
        token = None
        if body.with_key:
            _, token = keys.create_key(
                session, user_id=user.id, kind=KeyKind.API, name="the first key", scope=Scope.ADMIN
            )
        else:
            open_session(session, here, response, user.id)
        return welcome(session, user, project, token)


def join_project(here: Parts, caller: Caller, body: InvitationJoined) -> Welcome:
    """A role in another project; who has one there keeps the higher. Raises NotFound."""
    with here.database.seen_with(None).transaction() as session:
        if guest_links.peek_invitation(session, body.token) is None:
            raise NotFound(USELESS, code="unknown_invitation")
        user = people.find_user(session, caller.user.id)
        return welcome(session, user, take_in(session, body.token, user), None)


def take_in(session: Session, token: str, user: rows.User) -> rows.Project:
    """Use the link up, and make the user a member; raises Unauthorized."""
    found = guest_links.redeem_invitation(session, token, user.id)
    if found is None:
        raise Unauthorized(USELESS)
    member = session.get(rows.Member, {"project_id": found.project_id, "user_id": user.id})
    if member is None or found.role.covers(member.role):
        people.set_role(session, found.project_id, user.id, found.role)
    return session.get_one(rows.Project, found.project_id)


def welcome(session: Session, user: rows.User, project: rows.Project, key: str | None) -> Welcome:
    """What they are from now on."""
    session.flush()
    member = session.get_one(rows.Member, {"project_id": project.id, "user_id": user.id})
    return Welcome(user=User.model_validate(user), project=Project.model_validate(project), role=member.role, key=key)
