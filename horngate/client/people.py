"""People of a service: users, projects with their members and invitations, and one's own keys."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from horngate.client.service import Service
from horngate.errors import UsageError

About = dict[str, Any]
Listed = list[About]
MARK = "/invitation#token="


class Users:
    """Whom the caller may know of; an administrator adds and changes them."""

    def __init__(self, service: Service) -> None:
        self.service = service

    def list(self) -> Listed:
        """By name."""
        return list(self.service.get("/v1/users")["data"])

    def add(
        self,
        name: str,
        *,
        is_admin: bool = False,
        project: str | None = None,
        role: str = "editor",
        email: str | None = None,
    ) -> About:
        """Somebody new: `{user, link, expires_at}`; the link works once. Without a project they get their own."""
        body = {"name": name, "is_admin": is_admin, "project": project, "role": role, "email": email}
        return dict(self.service.post("/v1/users", body))

    def change(self, user: str, **changes: Any) -> About:
        """`name`, `email`, `is_admin`, `disabled` (every key and session stops), `limits`."""
        return dict(self.service.patch(f"/v1/users/{quote(user, safe='')}", changes))


class Projects:
    """The caller's projects, by name or id."""

    def __init__(self, service: Service) -> None:
        self.service = service

    def list(self) -> Listed:
        """By name, with the caller's role."""
        return list(self.service.get("/v1/projects")["data"])

    def add(self, name: str) -> About:
        """A new one, which the caller owns."""
        return dict(self.service.post("/v1/projects", {"name": name}))

    def get(self, project: str) -> About:
        """With its limits, and what is used of them."""
        return dict(self.service.get(place(project)))

    def change(self, project: str, **changes: Any) -> About:
        """`name`, `limits`."""
        return dict(self.service.patch(place(project), changes))

    def members(self, project: str) -> Listed:
        """Who belongs to it."""
        return list(self.service.get(place(project, "members"))["data"])

    def set_member(self, project: str, user: str, role: str) -> About:
        """Give somebody a role, whom the caller shares a project with."""
        return dict(self.service.put(place(project, "members", user), {"role": role}))

    def remove_member(self, project: str, user: str) -> None:
        """From now on it does not exist for them."""
        self.service.delete(place(project, "members", user))

    def leave(self, project: str) -> None:
        """Belong to it no longer."""
        self.service.answer("POST", f"{place(project)}:leave")

    def invite(self, project: str, role: str = "editor", *, days: int = 7, note: str = "") -> About:
        """A link that lets one person in; it is shown this once."""
        body = {"role": role, "expires_in_days": days, "note": note}
        return dict(self.service.post(place(project, "invitations"), body))

    def invitations(self, project: str) -> Listed:
        """Links that nobody has followed yet."""
        return list(self.service.get(place(project, "invitations"))["data"])

    def uninvite(self, project: str, invitation: str) -> None:
        """Take a link back."""
        self.service.delete(place(project, "invitations", invitation))


class Keys:
    """The caller's own keys."""

    def __init__(self, service: Service) -> None:
        self.service = service

    def list(self) -> Listed:
        """Newest first, without their secrets."""
        return list(self.service.list("/v1/keys"))

    def add(
        self, name: str, *, scope: str = "write", days: int | None = None, projects: Sequence[str] | None = None
    ) -> About:
        """A new key; its secret, `key`, is shown this once."""
        body = {"name": name, "scope": scope, "expires_in_days": days, "projects": list(projects) if projects else None}
        return dict(self.service.post("/v1/keys", body))

    def revoke(self, key_id: str) -> None:
        """It opens nothing from now on."""
        self.service.delete(f"/v1/keys/{key_id}")


def place(project: str, *parts: str) -> str:
    """The address of a project, or of something of it."""
    return "/".join(["/v1/projects", *(quote(part, safe="") for part in (project, *parts))])


def read_link(link: str) -> tuple[str, str]:
    """The service's address and the token that an invitation holds; raises UsageError."""
    address, mark, token = link.strip().partition(MARK)
    if not mark or not token:
        raise UsageError(f"That is no invitation: a link ends in {MARK}hg_…")
    return address, token


def accept(link: str, name: str) -> Mapping[str, Any]:
    """Follow an invitation as somebody new: `{user, project, role, key}`."""
    address, token = read_link(link)
    body = {"token": token, "name": name, "with_key": True}
    return dict(Service(address, None).post("/v1/invitations:accept", body))


def join(service: Service, token: str) -> Mapping[str, Any]:
    """Follow an invitation as the user that one is."""
    return dict(service.post("/v1/invitations:join", {"token": token}))
