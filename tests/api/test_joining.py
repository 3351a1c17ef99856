"""Machines are invited as workers, told what they need, and told nothing else."""

import hashlib
import io
import tarfile
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select, update

from api.version import VERSION
from store.ids import new_id
from store.keys import KeyKind, create_key
from store.rows import Key, User
from store.schema import known_revisions
from store.times import now_plus
from tests.api.serving import Service, running_api, settings_for

OUTER = {
    "worker_database_url": "postgresql+psycopg://horngate:secret@10.0.0.1:5432/horngate",
    "worker_broker_url": "redis://10.0.0.1:6379/0",
    "worker_blobs_url": "s3://bucket/horngate",
    "worker_s3_endpoint": "http://10.0.0.1:9000",
}


@pytest.fixture(scope="module")
def open_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service whose addresses can be told to other machines."""
    with running_api(settings_for(tmp_path_factory.mktemp("open"), **OUTER)) as service:
        yield service


def invite(service: Service, **asked: Any) -> dict[str, Any]:
    with service.client() as http:
        made: dict[str, Any] = http.post("/v1/workers:invite", json=asked).raise_for_status().json()
    return made


def join(service: Service, token: str, **said: Any) -> httpx.Response:
    with service.client(key=token) as machine:
        return machine.post("/v1/workers:join", json={"host": "second", **said})


def test_what_only_this_machine_can_reach_is_refused_with_the_setting_that_mends_it(http: httpx.Client) -> None:
    """Local mode: SQLite, a private socket, a folder."""
    answer = http.post("/v1/workers:invite", json={})

    assert (answer.status_code, answer.json()["code"]) == (409, "not_joinable")
    faults = {fault["pointer"]: fault["message"] for fault in answer.json()["errors"]}
    assert faults.keys() == {"/database_url", "/broker_url", "/blobs_url"}
    assert all(f"HORNGATE_WORKER_{at[1:].upper()}" in message for at, message in faults.items())


def test_who_joins_is_told_the_outer_addresses(open_service: Service) -> None:
    made = invite(open_service)

    told = join(open_service, made["token"]).raise_for_status().json()

    assert made["token"] in made["command"]
    assert told["version"] == VERSION
    assert told["settings"]["HORNGATE_DATABASE_URL"] == OUTER["worker_database_url"]
    assert told["settings"]["HORNGATE_BROKER_URL"] == OUTER["worker_broker_url"]
    assert told["settings"]["HORNGATE_BLOBS_URL"] == OUTER["worker_blobs_url"]
    assert told["settings"]["HORNGATE_S3_ENDPOINT"] == OUTER["worker_s3_endpoint"]
    assert not any("ADMIN" in name or "SERVICE" in name for name in told["settings"])


def test_the_code_that_is_handed_out_is_whole_and_hashed(open_service: Service) -> None:
    token = invite(open_service)["token"]
    told = join(open_service, token).json()["code"]

    with open_service.client(key=token) as machine:
        content = machine.get("/v1/workers/code").raise_for_status().content

    assert (hashlib.sha256(content).hexdigest(), len(content)) == (told["sha256"], told["bytes"])
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        names = set(archive.getnames())
    assert names >= {"uv.lock", "pyproject.toml", "worker/__main__.py", "horngate/callback.py", "migrations/env.py"}
    assert not any(name.startswith("/") or ".." in name or "__pycache__" in name for name in names)


def test_an_invitation_opens_nothing_else_and_no_other_key_joins(open_service: Service) -> None:
    token = invite(open_service)["token"]

    with open_service.client(key=token) as machine, open_service.client() as administrator:
        for path in ("/v1/me", "/v1/runs", "/v1/workers", "/v1/keys", "/v1/workers/invitations", "/metrics"):
            assert machine.get(path).status_code == 401, path
        assert machine.post("/v1/workers:invite", json={}).status_code == 401
        assert administrator.post("/v1/workers:join", json={"host": "x"}).json()["code"] == "not_invited"
        assert administrator.get("/v1/workers/code").status_code == 403


def test_an_invitation_ends_when_it_is_revoked_or_its_time_is_over(open_service: Service) -> None:
    revoked, old = invite(open_service, name="revoked"), invite(open_service, name="old", lifetime_minutes=1)
    with open_service.client() as administrator:
        listed = {one["id"] for one in administrator.get("/v1/workers/invitations").json()["data"]}
        assert administrator.delete(f"/v1/workers/invitations/{revoked['id']}").status_code == 204
        with open_service.database.transaction() as session:
            session.execute(update(Key).where(Key.id == old["id"]).values(expires_at=now_plus(-1)))
        left = {one["id"] for one in administrator.get("/v1/workers/invitations").json()["data"]}
        assert administrator.delete("/v1/workers/invitations/key_none").status_code == 404

    assert listed - left == {revoked["id"], old["id"]}
    assert join(open_service, revoked["token"]).status_code == 401
    assert join(open_service, old["token"]).status_code == 401


def test_a_token_is_kept_as_a_hash_alone(open_service: Service) -> None:
    made = invite(open_service)

    with open_service.database.reading() as session:
        [kept] = session.scalars(select(Key).where(Key.id == made["id"]))
    assert made["token"] not in str(vars(kept).values())
    assert kept.hash == hashlib.sha256(made["token"].encode()).hexdigest()


def test_only_administrators_invite(open_service: Service) -> None:
    with open_service.database.transaction() as session:
        user = User(id=new_id("usr"), name="colleague", is_admin=False)
        session.add(user)
        session.flush()
        _, key = create_key(session, user_id=user.id, kind=KeyKind.API, name="theirs", lifetime=timedelta(hours=1))

    with open_service.client(key=key) as colleague:
        assert colleague.post("/v1/workers:invite", json={}).status_code == 403
        assert colleague.get("/v1/workers/invitations").status_code == 403


def test_a_checkout_of_another_version_is_refused_with_the_remedy(open_service: Service) -> None:
    token, revision = invite(open_service)["token"], known_revisions()[-1]

    assert join(open_service, token, version=VERSION, revision=revision).status_code == 200
    for other in ({"version": "0.0.1", "revision": revision}, {"version": VERSION, "revision": "0001"}):
        answer = join(open_service, token, **other)
        assert (answer.status_code, answer.json()["code"]) == (409, "other_version")
        assert "leave out --checkout" in answer.json()["detail"]
