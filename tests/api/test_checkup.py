"""What is down is named with what to do: `/readyz` for everybody, `/v1/checkup` for administrators."""

from datetime import timedelta

import httpx
from sqlalchemy import text

from store.ids import new_id
from store.keys import KeyKind, create_key
from store.rows import User
from tests.api.serving import Service


def test_each_part_that_is_away_says_what_to_do(http: httpx.Client) -> None:
    """Here are a database and a broker; other tests may have put down workers."""
    answer = http.get("/readyz")

    assert answer.status_code == 503
    parts = answer.json()["parts"]
    assert {name for name, part in parts.items() if part["ok"]} - {"worker"} == {"database", "broker", "files"}
    for name in ("predictor", "boards"):
        assert f"HOME/logs/{name}.log" in parts[name]["mend"]
    assert parts["database"]["mend"] is None


def test_older_tables_are_no_database_to_work_with(service: Service, http: httpx.Client) -> None:
    with service.database.transaction() as session:
        now = session.scalar(text("SELECT version_num FROM alembic_version"))
        session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    try:
        part = http.get("/readyz").json()["parts"]["database"]
        found = {one["what"]: one for one in http.get("/v1/checkup").json()["findings"]}
    finally:
        with service.database.transaction() as session:
            session.execute(text("UPDATE alembic_version SET version_num = :now"), {"now": now})

    assert not part["ok"]
    assert "store.migrate upgrade" in part["mend"]
    assert "store.migrate upgrade" in found["tables"]["mend"]
    assert http.get("/readyz").json()["parts"]["database"]["ok"]


def test_only_administrators_look_at_the_whole_service(service: Service, http: httpx.Client) -> None:
    with service.database.transaction() as session:
        user = User(id=new_id("usr"), name="onlooker", is_admin=False)
        session.add(user)
        session.flush()
        lifetime = timedelta(hours=1)
        _, key = create_key(session, user_id=user.id, kind=KeyKind.API, name="theirs", lifetime=lifetime)

    with service.client(key=key) as onlooker:
        assert onlooker.get("/v1/checkup").status_code == 403
    assert http.get("/v1/checkup").json()["version"]
