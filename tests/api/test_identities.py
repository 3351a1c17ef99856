"""Every operation as everybody: what the one table promises is what the public door does."""

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from fastapi.routing import iter_route_contexts

from api.access import NEEDS, WITHOUT, Need
from api.app import route_requests
from api.boards.proxy import METHODS
from store.boards import name_board
from store.roles import Role, Scope
from tests.api.serving import Service
from tests.api.tenants import Person, Tenants

FILE = {"file": ("t.csv", b"a,b\n1,2\n")}
SPEC = {"dataset": "nothing", "model": {"layers": []}}
JOINING = {"join_as_worker", "get_worker_code"}
"""What an invitation of a worker opens, and no key or session, whosever it is."""
PLACED = ("run_id", "dataset_id", "component_id", "upload_id", "project_id", "board_id")
LISTS = ("list_runs", "list_datasets", "list_components", "list_audit", "get_run_schema")


@dataclass(frozen=True)
class Identity:
    """Somebody who calls, and what they are in the project that is called about."""

    name: str
    key: str
    person: Person
    role: Role | None
    scope: Scope = Scope.ADMIN
    is_known: bool = True


WAYS = ("key", "cookie")
"""How a caller shows who they are; a board's ticket has a test of its own below."""
ENDS_SESSIONS = {"sign_out", "end_sessions"}


@dataclass(frozen=True)
class Operation:
    name: str
    method: str
    path: str
    need: Need


def list_operations() -> list[Operation]:
    """Every method of every route that the gate knows of."""
    return [
        Operation(route.name, method, route.path, NEEDS[route.name])
        for route in iter_route_contexts(route_requests().routes)
        for method in sorted(route.methods or {"GET"})
        if route.name in NEEDS.keys() - JOINING and method != "HEAD"
    ]


def test_the_table_names_every_route_and_nothing_else() -> None:
    named = {route.name for route in iter_route_contexts(route_requests().routes)}

    assert named - {"openapi"} == NEEDS.keys() | WITHOUT
    assert not NEEDS.keys() & WITHOUT


@pytest.fixture(scope="module")
def tenants(service: Service) -> Tenants:
    return Tenants(service, "matrix")


@pytest.fixture(scope="module")
def identities(tenants: Tenants) -> list[Identity]:
    """Who is refused stands before who is let in, so that nothing has gone when it is asked for."""
    revoked_id, revoked = tenants.make_key(tenants.owner, scope="admin")
    with tenants.of(tenants.owner) as owner:
        owner.delete(f"/v1/keys/{revoked_id}").raise_for_status()
    expired_id, expired = tenants.make_key(tenants.owner, scope="admin")
    tenants.expire(expired_id)
    _, read_only = tenants.make_key(tenants.owner, scope="read")
    owner, stranger = tenants.owner, tenants.stranger
    return [
        Identity("nobody", "", owner, None, is_known=False),
        Identity("revoked", revoked, owner, Role.OWNER, is_known=False),
        Identity("expired", expired, owner, Role.OWNER, is_known=False),
        Identity("stranger", stranger.key, stranger, None),
        Identity("read only", read_only, owner, Role.VIEWER, scope=Scope.READ),
        Identity("viewer", tenants.viewer.key, tenants.viewer, Role.VIEWER),
        Identity("editor", tenants.editor.key, tenants.editor, Role.EDITOR),
        Identity("owner", owner.key, owner, Role.OWNER),
    ]


@pytest.fixture(scope="module")
def clients(service: Service, identities: list[Identity]) -> Iterator[dict[str, httpx.Client]]:
    """One connection for each of them."""
    with ExitStack() as stack:
        yield {one.name: stack.enter_context(service.client(key=one.key)) for one in identities}


@pytest.fixture(scope="module")
def browsers(tenants: Tenants, identities: list[Identity]) -> Iterator[dict[str, httpx.Client]]:
    """One browser for each of them, signed in: of the revoked and the expired before their sessions ended."""
    with ExitStack() as stack:
        clients = {one.name: stack.enter_context(tenants.service.client(key="")) for one in identities}
        for identity in identities:
            sign_in(tenants, clients[identity.name], identity)
        yield clients


def sign_in(tenants: Tenants, browser: httpx.Client, identity: Identity) -> None:
    """Open a session as this somebody, and end it where they are somebody whose session has ended."""
    if identity.name == "nobody":
        return
    token = identity.key if identity.is_known else identity.person.key
    browser.post("/v1/session", json={"token": token}).raise_for_status()
    browser.headers["X-CSRF-Token"] = browser.get("/v1/me").json()["csrf_token"]
    this = next(one["id"] for one in browser.get("/v1/sessions").json()["data"] if one["is_this"])
    if identity.name == "revoked":
        with tenants.of(identity.person) as same:
            same.delete(f"/v1/sessions/{this}").raise_for_status()
    if identity.name == "expired":
        tenants.expire(this)


class Asking:
    """Addresses and bodies that are about things of `ours`."""

    def __init__(self, tenants: Tenants, path: str) -> None:
        self.tenants, self.ours = tenants, tenants.ours
        self.things = self.make_things(path)

    def make_things(self, path: str) -> dict[str, str]:
        """What the path names."""
        makers = {
            "run_id": self.tenants.add_run,
            "dataset_id": self.tenants.add_dataset,
            "component_id": self.tenants.add_component,
            "project_id": str,
            "board_id": lambda project: name_board([self.tenants.add_run(project), self.tenants.add_run(project)]),
        }
        return {name: make(self.ours) for name, make in makers.items() if f"{{{name}}}" in path}

    def request(self, operation: Operation, identity: Identity) -> tuple[str, dict[str, Any]]:
        """The address, and the rest of the request."""
        person = self.tenants.editor if identity.role is None else identity.person
        if "upload_id" in operation.path:
            self.things = {"upload_id": self.tenants.add_upload(self.ours, person)}
        known = {**self.things, "number": "1"}
        path = re.sub(r"\{([a-z_]+)[^}]*\}", lambda found: known.get(found[1], "x"), operation.path)
        body, project = {"project": self.ours}, {"params": {"project": self.ours}}
        spec: dict[str, Any] = {"json": {"spec": {**SPEC, **body}}}
        special: dict[str, dict[str, Any]] = {
            "create_run": spec,
            "validate_spec": spec,
            "preflight_spec": spec,
            "suggest_spec": {"json": {**body, "dataset": "x", "target": "y"}},
            "create_dataset": {"files": FILE, **project},
            "import_run": {"files": FILE, **project},
            "create_component": {"json": {**body, "name": "c", "source": "x = 1"}},
            "check_source": {"json": {**body, "name": "c", "source": "x = 1"}},
            "link_dataset": {"json": {**body, "location": "/nowhere/x.csv"}},
            "begin_upload": {"json": {**body, "filename": "b.csv", "bytes": 9, "sha256": "1" * 64}},
            "put_part": {"content": b"x"},
            "set_member": {"json": {"role": "viewer"}},
            "invite": {"json": {}},
            "join_project": {"json": {"token": "hg_nothing"}},
            "create_user": {"json": {"name": "x"}},
            "create_project": {"json": {"name": f"own-{identity.name[:4]}"}},
            "create_key": {"json": {"name": "k", "scope": "read"}},
            "predict": {"json": {"instances": [{}]}},
            "explain": {"json": {"instances": [{}]}},
            "evaluate": {"json": {"dataset": "x"}},
            "extend_run": {"json": {"epochs": 1}},
            "read_events": {"headers": {"Accept": "text/event-stream"}},
            **dict.fromkeys(LISTS, project),
        }
        return path, special.get(operation.name, {} if operation.method in {"GET", "DELETE"} else {"json": {}})

    def is_placed(self, operation: Operation, more: dict[str, Any]) -> bool:
        """Whether the request names something of the project."""
        named = str(more.get("json", "")) + str(more.get("params", ""))
        return self.ours in named or any(f"{{{name}" in operation.path for name in PLACED)


def expect(need: Need, identity: Identity, *, is_placed: bool) -> str:
    """What the table promises: in, or refused, or that nothing is there."""
    if not identity.is_known:
        return "unknown"
    if need.is_admins:
        return "refused"
    if is_placed and identity.role is None:
        return "hidden"
    role = identity.role if is_placed or identity.role is not None else Role.OWNER
    assert role is not None
    return "in" if role.covers(need.role) and identity.scope.covers(need.scope) else "refused"


def read(answer: httpx.Response, ours: set[str]) -> str:
    """What the answer says."""
    if "problem" not in answer.headers.get("Content-Type", ""):
        return "in"
    told = json.loads(answer.read())
    if told["status"] == 404 and any(repr(thing) in told["detail"] for thing in ours):
        return "hidden"
    if told["status"] == 422 and any(error["pointer"] == "/project" for error in told["errors"]):
        return "hidden"
    return {401: "unknown", 403: "refused"}.get(told["status"], "in")


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("operation", list_operations(), ids=lambda operation: f"{operation.name}-{operation.method}")
def test_who_may_do_what(
    tenants: Tenants, identities: list[Identity], request: pytest.FixtureRequest, operation: Operation, way: str
) -> None:
    clients = request.getfixturevalue({"key": "clients", "cookie": "browsers"}[way])
    asking = Asking(tenants, operation.path)
    found, promised = {}, {}
    for identity in identities:
        if operation.need.scope is not Scope.READ and identity.role in (Role.EDITOR, Role.OWNER):
            asking.things = asking.make_things(operation.path)
        path, more = asking.request(operation, identity)
        with clients[identity.name].stream(operation.method, path, **more) as answer:
            found[identity.name] = read(answer, {asking.ours, *asking.things.values()})
        promised[identity.name] = expect(operation.need, identity, is_placed=asking.is_placed(operation, more))
    if operation.name == "leave_project":
        tenants.settle()
    if operation.name in ENDS_SESSIONS:
        for identity in identities:
            sign_in(tenants, request.getfixturevalue("browsers")[identity.name], identity)

    assert found == promised


class TestTickets:
    """The third way: an address that opens one run's board, for as long as its session might."""

    def test_a_ticket_is_for_whoever_sees_the_run_and_takes_every_method_there(
        self, tenants: Tenants, identities: list[Identity], browsers: dict[str, httpx.Client], service: Service
    ) -> None:
        run = tenants.add_run(tenants.ours)
        found, promised = {}, {}
        with service.client(key="") as nobody:
            for identity in identities:
                with browsers[identity.name].stream("GET", f"/v1/runs/{run}/tensorboard/") as answer:
                    found[identity.name] = read(answer, {run})
                    way = answer.headers.get("Location")
                promised[identity.name] = expect(NEEDS["pass_on"], identity, is_placed=True)
                assert (way is not None) == (promised[identity.name] == "in")
                if way is not None:
                    codes = {nobody.request(method, way).status_code for method in METHODS}
                    assert codes == {204, 503}, "OPTIONS is answered here; the boards are away"

        assert found == promised

    def test_a_ticket_ends_with_the_role_the_session_the_key_and_the_user(
        self, tenants: Tenants, service: Service
    ) -> None:
        run = tenants.add_run(tenants.ours)
        with service.client() as admin, service.client(key="") as page:
            guest = tenants.invite(admin, tenants.ours, "editor", "guest with a ticket")
            key, token = tenants.make_key(guest)
            member, user = f"/v1/projects/{tenants.ours}/members/{guest.id}", f"/v1/users/{guest.id}"
            with service.browser(token) as browser, tenants.of(guest) as client:
                way = browser.get(f"/v1/runs/{run}/tensorboard/").headers["Location"]
                seen = []
                for method, path, body in (
                    ("PUT", member, {"role": "viewer"}),
                    ("DELETE", member, None),
                    ("PUT", member, {"role": "viewer"}),
                    ("PATCH", user, {"disabled": True}),
                    ("PATCH", user, {"disabled": False}),
                ):
                    admin.request(method, path, json=body).raise_for_status()
                    seen.append(read(page.get(way), {run}))
                client.delete(f"/v1/keys/{key}").raise_for_status()
                seen.append(read(page.get(way), {run}))
            with service.browser(guest.key) as browser:
                way = browser.get(f"/v1/runs/{run}/tensorboard/").headers["Location"]
                seen.append(read(page.get(way), {run}))
                tenants.expire(next(one["id"] for one in browser.get("/v1/sessions").json()["data"]))
                seen.append(read(page.get(way), {run}))

        assert seen == ["in", "hidden", "in", "unknown", "in", "unknown", "in", "unknown"]
