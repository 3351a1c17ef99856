"""People as the store knows them."""

import re
from datetime import timedelta
from typing import Final

from fastapi import Request
from sqlalchemy.orm import Session

from api.parts import Parts
from api.people.schemas import (
    Limits,
    Me,
    Project,
    ProjectListed,
    User,
    UserChanged,
    UserCreated,
    UserListed,
    UserWelcomed,
)
from api.problems import Conflict
from api.session.cookies import read_cookie
from api.session.csrf import csrf_token
from api.session.links import make_link
from api.shapes import Page
from store import people, rows
from store.access import Caller, settle_project
from store.errors import AmbiguousProject, NotAllowed
from store.keys import KeyKind
from store.times import now

WELCOME: Final = timedelta(days=7)
LIMITS: Final = {
    "storage_bytes": "storage_limit",
    "upload_bytes": "upload_limit",
    "run_minutes": "minutes_limit",
    "running": "running_limit",
}


def get_me(here: Parts, caller: Caller, request: Request) -> Me:
    """The caller, their projects, and what they came with."""
    with here.database.reading() as session:
        found = people.list_projects(session)
        try:
            project = Project.model_validate(settle_project(session, caller))
        except (AmbiguousProject, NotAllowed):
            project = None
    cookie = read_cookie(request, here.settings) if caller.key.kind == KeyKind.SESSION else None
    return Me(
        user=User.model_validate(caller.user),
        project=project,
        projects=[show_project(caller, project) for project in found if project.id in caller.roles],
        signed_in_by=caller.key.kind,
        scope=caller.key.scope,
        expires_at=caller.key.expires_at,
        mode=here.settings.mode,
        csrf_token=None if cookie is None else csrf_token(cookie),
    )


def show_project(caller: Caller, project: rows.Project) -> ProjectListed:
    """As the caller has it."""
    shown = {"id": project.id, "name": project.name, "created_at": project.created_at}
    return ProjectListed.model_validate({**shown, "role": caller.roles[project.id]})


def list_users(here: Parts, caller: Caller) -> Page[UserListed]:
    """There are few."""
    with here.database.reading() as session:
        found = people.list_users(session, sharing_with=None if caller.is_admin else caller.user.id)
    shown = [UserListed.model_validate(user) for user in found]
    return Page(data=shown if caller.is_admin else [user.model_copy(update={"email": None}) for user in shown])


def create_user(here: Parts, caller: Caller, body: UserCreated) -> UserWelcomed:
    """The user, at home in a project, and a link; raises NameTaken, NotFound."""
    with here.database.transaction() as session:
        user = people.add_user(session, body.name, is_admin=body.is_admin)
        if body.email is not None:
            people.set_email(session, user, body.email)
        if body.project is None:
            home = people.add_project(session, name_home(body.name), user.id)
        else:
            home = settle_project(session, caller, body.project)
            people.set_role(session, home.id, user.id, body.role)
        user.home_id = home.id
        link, expires_at = make_link(session, here.settings, user.id, lifetime=WELCOME)
        return UserWelcomed(user=User.model_validate(user), link=link, expires_at=expires_at)


def name_home(person: str) -> str:
    """What a project of one's own is called: the person's name as a spec can say it."""
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", person).strip(".-")[:64] or "own"


def change_user(here: Parts, caller: Caller, user_id: str, body: UserChanged) -> User:
    """Another name, other rights; raises NotFound, NameTaken, Conflict for what would shut the caller out."""
    with here.database.transaction() as session:
        user = people.find_user(session, user_id)
        if user.id == caller.user.id and (body.disabled or body.is_admin is False):
            raise Conflict("Somebody else must take this from you: you could not give it back.", code="yourself")
        if body.name is not None and body.name != user.name:
            people.rename_user(session, user, body.name)
        if body.email is not None:
            people.set_email(session, user, body.email)
        if body.is_admin is not None:
            user.is_admin = body.is_admin
        if body.disabled is not None:
            set_disabled(session, user, is_disabled=body.disabled)
        if body.limits is not None:
            set_limits(user, body.limits)
        session.flush()
        session.refresh(user)
        return User.model_validate(user)


def set_disabled(session: Session, user: rows.User, *, is_disabled: bool) -> None:
    """Since when they are nobody's caller; who is disabled a second time stays so since the first."""
    if not is_disabled:
        user.disabled_at = None
    elif user.disabled_at is None:
        user.disabled_at = now()


def set_limits(holder: rows.User | rows.Project, limits: Limits) -> None:
    """All of them, those that are left out too."""
    for name, column in LIMITS.items():
        setattr(holder, column, getattr(limits, name))


def read_limits(holder: rows.User | rows.Project) -> Limits:
    """As the row keeps them."""
    return Limits.model_validate({name: getattr(holder, column) for name, column in LIMITS.items()})
