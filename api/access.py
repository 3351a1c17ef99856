"""Which operation wants what of its caller, and the one gate that asks for it before any endpoint runs.

A route without a line in NEEDS cannot be called. Where an address names a run, a data set, a component, an upload or a
project, the role is asked in that thing's project; where a body or a form names a project, the service that reads it
asks `store.access.settle_project`, with the role that is written here.
"""

from dataclasses import dataclass, replace
from typing import Final

from fastapi import Request
from sqlalchemy.orm import Session

from store import access, components, datasets, rows, runs, uploads
from store.access import Caller
from store.errors import NotFound
from store.roles import Role, Scope


@dataclass(frozen=True)
class Need:
    """The least scope of the key, the least role in the project; or that it takes an administrator."""

    scope: Scope
    role: Role = Role.VIEWER
    is_admins: bool = False


ANYBODY: Final = Need(Scope.READ)
"""Whoever is let in; lists show what the caller may see."""
OWN: Final = Need(Scope.WRITE)
"""Changes what is the caller's own."""
SEES: Final = Need(Scope.READ)
CHANGES: Final = Need(Scope.WRITE, Role.EDITOR)
RULES: Final = Need(Scope.ADMIN, Role.OWNER)
INSPECTS: Final = Need(Scope.READ, is_admins=True)
ADMINISTERS: Final = Need(Scope.ADMIN, is_admins=True)

NEEDS: Final[dict[str, Need]] = {
    "create_run": CHANGES,
    "list_runs": ANYBODY,
    "get_run": SEES,
    "change_run": CHANGES,
    "delete_run": CHANGES,
    "steer_run": CHANGES,
    "clone_run": CHANGES,
    "extend_run": CHANGES,
    "stop_run": CHANGES,
    "pause_run": CHANGES,
    "resume_run": CHANGES,
    "cancel_run": CHANGES,
    "import_run": CHANGES,
    "read_events": SEES,
    "read_metrics": SEES,
    "read_sketches": ANYBODY,
    "read_logs": SEES,
    "read_summary": SEES,
    "list_checkpoints": SEES,
    "download_checkpoint": SEES,
    "read_flight": SEES,
    "eject_run": SEES,
    "read_weights": SEES,
    "read_histograms": SEES,
    "list_artifacts": SEES,
    "download_artifacts": SEES,
    "download_artifact": SEES,
    "predict": SEES,
    "explain": SEES,
    "evaluate": CHANGES,
    "read_job": SEES,
    "download_result": SEES,
    "open_board": SEES,
    "pass_on": SEES,
    "create_board": ANYBODY,
    "open_board_of_several": ANYBODY,
    "pass_on_of_several": ANYBODY,
    "create_dataset": CHANGES,
    "link_dataset": CHANGES,
    "list_datasets": ANYBODY,
    "get_dataset": SEES,
    "delete_dataset": CHANGES,
    "preview_dataset": SEES,
    "get_profile": SEES,
    "begin_upload": CHANGES,
    "get_upload": SEES,
    "put_part": CHANGES,
    "complete_upload": CHANGES,
    "delete_upload": CHANGES,
    "create_component": CHANGES,
    "list_components": ANYBODY,
    "check_source": CHANGES,
    "check_component": SEES,
    "get_component": SEES,
    "get_source": SEES,
    "delete_component": CHANGES,
    "validate_spec": SEES,
    "preflight_spec": SEES,
    "suggest_spec": SEES,
    "list_templates": ANYBODY,
    "get_run_schema": ANYBODY,
    "get_catalog": ANYBODY,
    "list_workers": ANYBODY,
    "list_queue": ANYBODY,
    "invite_worker": ADMINISTERS,
    "list_worker_invitations": INSPECTS,
    "revoke_worker_invitation": ADMINISTERS,
    "join_as_worker": OWN,
    "get_worker_code": ANYBODY,
    "check_up": INSPECTS,
    "get_me": ANYBODY,
    "create_key": OWN,
    "list_keys": ANYBODY,
    "revoke_key": OWN,
    "sign_out": ANYBODY,
    "create_sign_in_link": ADMINISTERS,
    "list_sessions": ANYBODY,
    "end_session": OWN,
    "end_sessions": OWN,
    "list_users": ANYBODY,
    "create_user": ADMINISTERS,
    "change_user": ADMINISTERS,
    "list_projects": ANYBODY,
    "create_project": OWN,
    "get_project": SEES,
    "change_project": RULES,
    "leave_project": OWN,
    "list_members": SEES,
    "set_member": RULES,
    "remove_member": RULES,
    "invite": RULES,
    "list_invitations": RULES,
    "revoke_invitation": RULES,
    "join_project": OWN,
    "list_audit": RULES,
    "get_prometheus_metrics": INSPECTS,
}
WITHOUT: Final = frozenset(
    {"get_health", "get_readiness", "get_version", "sign_in", "accept_invitation", "begin_oidc", "finish_oidc"}
)
"""Operations that nobody needs to be known for: those that the front door leaves open."""


def authorise(session: Session, caller: Caller, operation: str, request: Request) -> Caller:
    """The caller as the operation's endpoint shall know them; raises NotFound, NotAllowed, AmbiguousProject."""
    need = NEEDS[operation]
    caller = caller.wanting(need.role)
    if need.is_admins:
        access.require_admin(caller)
    project_id = find_place(session, caller, request)
    if project_id is not None:
        access.require_role(session, caller, project_id)
    elif need.role is not Role.VIEWER:
        access.require_anywhere(caller)
    access.require_scope(caller, need.scope)
    return replace(caller, project_id=project_id)


def find_place(session: Session, caller: Caller, request: Request) -> str | None:
    """The project of what the address names; None where it names nothing of a project. Raises NotFound."""
    for kind, value in request.path_params.items():
        match kind:
            case "run_id":
                return runs.project_of(session, value)
            case "dataset_id":
                return find_dataset(session, caller, value, request.query_params.get("project")).project_id
            case "component_id":
                return find_component(session, caller, value, request.query_params.get("project")).project_id
            case "upload_id":
                return uploads.get_upload(session, value, caller.user.id).project_id
            case "project_id":
                return access.settle_project(session, caller.wanting(Role.VIEWER), value).id
    return None


def find_dataset(session: Session, caller: Caller, reference: str, project: str | None) -> rows.Dataset:
    """By id wherever the caller sees it; by name or `name@version` in the project, or in the caller's own."""
    found = datasets.find_anywhere(session, reference)
    if found is not None:
        return found
    return datasets.find_dataset(session, place_of_names(session, caller, project, "data set", reference), reference)


def find_component(session: Session, caller: Caller, reference: str, project: str | None) -> rows.Component:
    """By id wherever the caller sees it; by name or `name@version` in the project, or in the caller's own."""
    found = components.find_anywhere(session, reference)
    if found is not None:
        return found
    place = place_of_names(session, caller, project, "component", reference)
    return components.find_component(session, place, reference)


def place_of_names(session: Session, caller: Caller, project: str | None, kind: str, reference: str) -> str:
    """Where a name is looked for; who is in no project sees nothing of any name."""
    if not caller.roles:
        raise NotFound(kind, reference)
    return access.settle_project(session, caller.wanting(Role.VIEWER), project).id
