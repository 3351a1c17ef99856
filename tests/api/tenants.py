"""Two projects that know nothing of each other, and who belongs to them, made through the public door."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from sqlalchemy import update

from store import datasets, people, runs, uploads
from store.roles import Role
from store.rows import Component, Key, Project, User
from tests.api.serving import Service

PROFILE: dict[str, Any] = {"format": "csv", "rows": 1, "columns": []}


@dataclass(frozen=True)
class Person:
    """Somebody with a key."""

    id: str
    name: str
    key: str


class Tenants:
    """`ours` with an owner, an editor and a viewer; `theirs` with an owner, who is the stranger."""

    def __init__(self, service: Service, mark: str) -> None:
        self.service, self.mark = service, mark
        with service.client() as admin:
            self.ours, self.theirs = (self.make_project(admin, f"{name}-{mark}") for name in ("ours", "theirs"))
            self.owner = self.invite(admin, self.ours, "owner", f"olga-{mark}")
            self.editor = self.invite(admin, self.ours, "editor", f"ed-{mark}")
            self.viewer = self.invite(admin, self.ours, "viewer", f"vera-{mark}")
            self.stranger = self.invite(admin, self.theirs, "owner", f"sam-{mark}")

    def make_project(self, admin: httpx.Client, name: str) -> str:
        return str(admin.post("/v1/projects", json={"name": name}).raise_for_status().json()["id"])

    def invite(self, host: httpx.Client, project: str, role: str, name: str) -> Person:
        made = host.post(f"/v1/projects/{project}/invitations", json={"role": role}).raise_for_status().json()
        token = made["link"].partition("#token=")[2]
        with self.service.client(key="") as guest:
            asked = {"token": token, "name": name, "with_key": True}
            welcome = guest.post("/v1/invitations:accept", json=asked).raise_for_status().json()
        return Person(welcome["user"]["id"], name, welcome["key"])

    def make_key(self, person: Person, **about: object) -> tuple[str, str]:
        """Another key of theirs: its id and its secret."""
        with self.service.client(key=person.key) as own:
            made = own.post("/v1/keys", json={"name": "another", **about}).raise_for_status().json()
        return made["id"], made["key"]

    def expire(self, key_id: str) -> None:
        with self.service.database.transaction() as session:
            past = datetime.now(UTC) - timedelta(minutes=1)
            session.execute(update(Key).where(Key.id == key_id).values(expires_at=past))

    def add_run(self, project: str, **more: object) -> str:
        with self.service.database.transaction() as session:
            owner = session.get_one(User, self.editor.id)
            given: dict[str, Any] = {"name": "a run", "spec": {"model": {"kind": "script"}}, "datasets": {}, **more}
            return runs.add_run(session, project_id=project, owner_id=owner.id, **given).id

    def add_dataset(self, project: str, name: str = "", sha256: str | None = None) -> str:
        with self.service.database.transaction() as session:
            dataset, _ = datasets.add_dataset(
                session,
                project_id=project,
                owner_id=self.editor.id,
                name=name or f"d{datetime.now(UTC).timestamp()}",
                format="csv",
                rows=1,
                bytes=10,
                sha256=sha256 or f"{hash((project, name, datetime.now(UTC))) % 2**256:064x}",
                profile={**PROFILE, "columns": []},
            )
            return dataset.id

    def add_component(self, project: str) -> str:
        with self.service.database.transaction() as session:
            made = Component(
                id=f"cmp_{datetime.now(UTC).timestamp()}",
                project_id=project,
                owner_id=self.editor.id,
                name=f"c{datetime.now(UTC).timestamp()}",
                version=1,
                bytes=1,
                sha256="0" * 64,
                manifest={"objects": []},
            )
            session.add(made)
            return made.id

    def add_upload(self, project: str, person: Person) -> str:
        with self.service.database.transaction() as session:
            made, _ = uploads.begin_upload(
                session,
                project_id=project,
                owner_id=person.id,
                name="u",
                filename="u.csv",
                bytes=100_000,
                sha256="e" * 64,
                part_bytes=65536,
            )
            return made.id

    def name_of(self, project: str) -> str:
        with self.service.database.reading() as session:
            return session.get_one(Project, project).name

    def settle(self) -> None:
        """Everybody is again what they were."""
        with self.service.database.transaction() as session:
            for role in Role:
                people.set_role(session, self.ours, getattr(self, role.value).id, role)

    @contextmanager
    def of(self, person: Person) -> Iterator[httpx.Client]:
        with self.service.client(key=person.key) as client:
            yield client
