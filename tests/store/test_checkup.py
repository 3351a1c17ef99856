"""Each thing that can be wrong with a service is planted, found, and comes with its mend."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text, update

from store.blobs import Blobs
from store.checkup import Finding, check_up
from store.claims import Claim, claim_next_run
from store.database import Database
from store.people import find_project, find_user
from store.rows import Event, Run, Worker
from store.runs import add_run
from store.schema import known_revisions
from store.settings import Settings
from store.times import now_plus
from store.version import VERSION
from store.workers import register_worker, report_alive


@pytest.fixture
def house(settings: Settings) -> Iterator[tuple[Settings, Database]]:
    """A service with a worker that is well, and a run that it holds."""
    database = Database(settings)
    with database.transaction() as session:
        worker = register_worker(session, name="desk-1", host="desk", pid=1, queues=["default"], slots=1)
        report_alive(session, worker.id, pulse())
        queue_run(database, session=session)
        assert isinstance(claim_next_run(session, worker_id=worker.id, queues=["default"], lease_seconds=600), Claim)
    yield settings, database
    database.close()


def pulse(**other: Any) -> dict[str, Any]:
    well = {"version": VERSION, "revision": known_revisions()[-1], "clock": time.time(), "free_bytes": 1e12}
    return {"kind": "heartbeat", **well, **other}


def queue_run(database: Database, *, session: Any, queue: str = "default") -> str:
    project, user = find_project(session), find_user(session)
    run = add_run(session, spec={}, name="r", project_id=project.id, owner_id=user.id, datasets={}, queue=queue)
    return str(run.id)


def wrong(settings: Settings, database: Database) -> dict[str, Finding]:
    """Here is no broker (`test_outside` has one)."""
    found = check_up(settings, database, Blobs(settings))
    return {one.what: one for one in found if not one.ok and one.what != "broker"}


House = tuple[Settings, Database]


def test_nothing_is_said_of_a_service_that_is_well(house: House) -> None:
    assert wrong(*house) == {}


@pytest.mark.parametrize(("revision", "said"), [("0001", "older"), ("9999", "newer")])
def test_tables_of_another_version(house: House, revision: str, said: str) -> None:
    with house[1].transaction() as session:
        session.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})

    found = wrong(*house)["tables"]

    assert f"revision {revision}, {said}" in found.found
    assert ("store.migrate upgrade" if said == "older" else "that version's api") in found.mend


@pytest.mark.parametrize(
    ("what", "ill", "mend"),
    [
        ("version", {"version": "0.0.1"}, "SIGTERM"),
        ("version", {"revision": "0001"}, "SIGTERM"),
        ("clock", {"clock": time.time() - 3600}, "time server"),
        ("disk", {"free_bytes": 1e6}, "Make room"),
    ],
)
def test_a_worker_that_is_not_as_it_should_be(house: House, what: str, ill: dict[str, Any], mend: str) -> None:
    with house[1].transaction() as session:
        worker = session.query(Worker).one()
        report_alive(session, worker.id, pulse(**ill))

    [(named, found)] = wrong(*house).items()

    assert named == f"{what} of desk-1"
    assert mend in found.mend


def test_a_lease_that_nobody_takes_back(house: House) -> None:
    with house[1].transaction() as session:
        session.execute(update(Run).values(lease_until=now_plus(-60)))

    [(named, found)] = wrong(*house).items()

    assert named == "leases"
    assert "run_" in found.found


def test_a_run_that_says_nothing(house: House) -> None:
    with house[1].transaction() as session:
        session.execute(update(Event).values(at=now_plus(-1000)))

    [(named, found)] = wrong(*house).items()

    assert named == "running runs"
    assert "horngate runs cancel" in found.mend


def test_a_run_in_a_queue_that_nobody_serves(house: House) -> None:
    with house[1].transaction() as session:
        run = queue_run(house[1], session=session, queue="gpus")
        session.execute(update(Run).where(Run.id == run).values(available_at=now_plus(-100)))

    [(named, found)] = wrong(*house).items()

    assert named == "queues"
    assert run in found.found
    assert "HORNGATE_WORKER_QUEUES=gpus" in found.mend
