"""A submission's place in a long queue: milliseconds of `queue_place` by database. `python -m bench.queue 10000`."""

import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import insert, select

from store.claims import claim_next_run
from store.database import Database
from store.ids import new_id
from store.migrate import upgrade
from store.people import find_project
from store.rows import Run, User
from store.runs import add_run
from store.settings import Settings
from store.waiting import queue_place
from tests.postgres import fresh_database, running_postgres

USERS = 50
TIMES = 15
SPEC = {"name": "bench", "padding": ["layer"] * 800}
"""As long as a resolved spec of a dozen layers."""


def fill(database: Database, count: int) -> list[str]:
    """So many waiting runs of fifty users; the users."""
    with database.transaction() as session:
        users = [User(id=new_id("usr"), name=f"user {number}", is_admin=False) for number in range(USERS)]
        session.add_all(users)
        session.flush()
        owners = [user.id for user in users]
    first = submit(database, owners[0])
    columns = {column.key: getattr(first, column.key) for column in Run.__table__.columns}
    rows = [{**columns, "id": new_id("run"), "owner_id": owners[number % USERS]} for number in range(count)]
    with database.transaction() as session:
        session.execute(insert(Run), rows)
    return owners


def submit(database: Database, owner: str) -> Run:
    with database.transaction() as session:
        project = find_project(session).id
        return add_run(session, spec=SPEC, name="bench", project_id=project, owner_id=owner, datasets={})


def measure(database: Database, count: int) -> str:
    owners = fill(database, count)
    for _ in range(3):
        with database.transaction() as session:
            claim_next_run(session, worker_id="wrk_a", queues=["default"], lease_seconds=600)
    places, positions = [], []
    for number in range(TIMES):
        run = submit(database, owners[number % USERS])
        began = time.perf_counter()
        with database.reading() as session:
            place = queue_place(session, session.scalars(select(Run).where(Run.id == run.id)).one())
        places.append(1000 * (time.perf_counter() - began))
        positions.append(place.position if place else 0)
    return f"median {statistics.median(places):7.1f} ms, longest {max(places):7.1f} ms; positions {positions[:3]}"


@contextmanager
def databases() -> Iterator[dict[str, Settings]]:
    with tempfile.TemporaryDirectory() as folder, running_postgres() as server, fresh_database(server) as url:
        home = Path(folder)
        yield {
            "sqlite": Settings(home=home / "a"),
            "postgresql": Settings(home=home / "b", database_url=url),
        }


if __name__ == "__main__":
    waiting = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with databases() as both:
        for name, settings in both.items():
            upgrade(settings)
            database = Database(settings)
            print(f"{name:10} {waiting} waiting: {measure(database, waiting)}", flush=True)
            database.close()
