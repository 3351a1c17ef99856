"""A database as years leave it: many runs of fifty people, many points, one curve of a million. For `bench.scale`.

A hundredth of the runs is written row by row; PostgreSQL multiplies it, and the points, by statements of its own.
"""

import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from store import rows
from store.database import Database
from store.ids import new_id
from store.keys import KeyKind, create_key
from store.levels import draw_levels
from store.lifecycle import EndedBy, Status, Wanted
from store.people import ADMINISTRATOR, add_project, add_user, find_user, set_role
from store.roles import Role

PEOPLE: Final = 50
PROJECTS: Final = 20
DATASETS: Final = 200
FIRST: Final = 10_000
"""Runs that are written row by row; the others are copies of them, each some months older."""
NAMES: Final = ("loss", "val_loss", "mae", "val_mae")
LONG: Final = "run_of_a_million"
FIRST_WORDS: Final = ("amber", "brisk", "calm", "deep", "early", "frosty", "green", "hollow", "idle", "jade")
SECOND_WORDS: Final = ("otter", "falcon", "heron", "lynx", "marten", "newt", "osprey", "pike", "quail", "raven")
SPEC: Final[dict[str, Any]] = {
    "name": "crowd",
    "model": {"kind": "sequential", "layers": [{"Dense": {"units": 30 + n, "activation": "relu"}} for n in range(40)]},
    "compile": {"optimizer": {"Adam": {"learning_rate": 0.001}}, "loss": "mse"},
    "fit": {"epochs": 25, "batch_size": 32},
}
WAITING: Final = 200
RUNNING: Final = 20
"""So many of the newest runs wait, and so many run; of the others nine in ten succeeded."""


def fill(database: Database, *, runs: int, points: int, long: int = 1_000_000) -> None:
    """Fill a database that `upgrade` has just made."""
    with database.transaction() as session:
        people, projects = add_people(session)
        datasets = add_datasets(session, people, projects)
        first = min(runs, FIRST)
        made = list(first_runs(first, people, projects))
        for start in range(0, first, 1000):
            session.execute(insert(rows.Run), made[start : start + 1000])
        pins = [
            {"run_id": run["id"], "part": "train", "dataset_id": datasets[n % DATASETS]} for n, run in enumerate(made)
        ]
        session.execute(insert(rows.RunDataset), pins)
        session.execute(insert(rows.Run), [{**made[-1], "id": LONG, "name": "the long one", "last_seq": 0}])
    multiply(database, copies=runs // first - 1)
    draw_points(database, each=max(1, points // runs), long=long)
    settle(database)


def add_people(session: Session) -> tuple[list[str], list[str]]:
    """Ids of people, and of projects, each of which has five members."""
    people = [add_user(session, f"person {n}").id for n in range(PEOPLE)]
    projects = [add_project(session, f"project-{n}", people[n]).id for n in range(PROJECTS)]
    for n, project in enumerate(projects):
        for more in range(1, 5):
            set_role(session, project, people[(n + 10 * more) % PEOPLE], Role.EDITOR)
    return people, projects


def add_datasets(session: Session, people: list[str], projects: list[str]) -> list[str]:
    """Ids of data sets."""
    made = [
        {
            "id": new_id("ds"),
            "project_id": projects[n % PROJECTS],
            "owner_id": people[n % PROJECTS],
            "name": f"table-{n}",
            "version": 1,
            "format": "csv",
            "rows": 1000,
            "bytes": 50_000,
            "sha256": f"{n:064x}",
            "profile": {"format": "csv", "rows": 1000, "columns": []},
        }
        for n in range(DATASETS)
    ]
    session.execute(insert(rows.Dataset), made)
    return [str(dataset["id"]) for dataset in made]


def first_runs(count: int, people: list[str], projects: list[str]) -> Iterator[dict[str, Any]]:
    """Rows of runs, the oldest first, one a minute until now."""
    began = datetime.now(UTC) - timedelta(minutes=count)
    for n in range(count):
        status = status_of(n, count)
        at = began + timedelta(minutes=n)
        scores = {"epoch": 25, "metrics": dict.fromkeys(NAMES, 1 / (1 + n % 97))}
        yield {
            "id": f"run_{n:020d}",
            "project_id": projects[n % PROJECTS],
            "owner_id": people[(n % PROJECTS + 10 * (n % 5)) % PEOPLE],
            "name": f"{FIRST_WORDS[n % 10]} {SECOND_WORDS[n // 10 % 10]} {n}",
            "tags": {"team": f"team-{n % 8}", **({"keep": "yes"} if n % 500 == 0 else {})},
            "spec": SPEC,
            "warnings": [],
            "status": status,
            "phases": [{"phase": "training", "attempt": 1, "started_at": at.isoformat(), "ended_at": at.isoformat()}],
            "wanted": Wanted.RUN,
            "attempt": 0 if status is Status.QUEUED else 1,
            "queue": "default",
            "priority": 0,
            "best": scores,
            "last": scores,
            "ended_by": EndedBy.COMPLETED if status is Status.SUCCEEDED else None,
            "last_seq": 0,
            "created_at": at,
            "started_at": None if status is Status.QUEUED else at,
            "ended_at": at if status.is_final else None,
            "lease_until": at + timedelta(days=30) if status is Status.RUNNING else None,
        }


def status_of(n: int, count: int) -> Status:
    """The newest wait or run."""
    if n >= count - WAITING:
        return Status.QUEUED
    if n >= count - WAITING - RUNNING:
        return Status.RUNNING
    return {3: Status.FAILED, 6: Status.CANCELLED}.get(n % 20, Status.SUCCEEDED)


def multiply(database: Database, *, copies: int) -> None:
    """Copies of the runs that have ended, each set of them older by as long as the first set took."""
    if copies < 1:
        return
    other = {"id", "name", "created_at", "started_at", "ended_at"}
    same = [column.key for column in rows.Run.__table__.columns if column.key not in other]
    back = f"c * interval '{FIRST} minutes'"
    moved = ", ".join(f"{name} - {back}" for name in ("created_at", "started_at", "ended_at"))
    numbers = f"generate_series(1, {copies}) AS c"
    with database.transaction() as session:
        session.execute(text("SET LOCAL session_replication_role = replica"))  # a copy's references are there already
        session.execute(
            text(
                f"INSERT INTO runs (id, name, created_at, started_at, ended_at, {', '.join(same)}) "
                f"SELECT id || '_' || lpad(c::text, 4, '0'), name || '.' || c, {moved}, {', '.join(same)} "
                f"FROM {numbers}, runs WHERE ended_at IS NOT NULL AND id <> '{LONG}'"
            )
        )
        session.execute(
            text(
                "INSERT INTO run_datasets SELECT run_id || '_' || lpad(c::text, 4, '0'), part, dataset_id "
                f"FROM {numbers}, run_datasets JOIN runs ON runs.id = run_id WHERE ended_at IS NOT NULL"
            )
        )


def draw_points(database: Database, *, each: int, long: int) -> None:
    """So many points to a run, on four curves; and `long` points on the one curve of one run, some of them spikes."""
    is_sqlite = database.engine.dialect.name == "sqlite"
    steps = (
        "(WITH RECURSIVE n(s) AS (SELECT 1 UNION ALL SELECT s + 1 FROM n WHERE s < {n}) SELECT s FROM n) AS steps"
        if is_sqlite
        else "generate_series(1, {n}) AS steps(s)"
    )
    names = " UNION ALL ".join(f"SELECT '{name}' AS name" for name in sorted(NAMES))
    moment = "'2026-01-01 00:00:00.000000'" if is_sqlite else "timestamptz '2026-01-01'"
    into = "INSERT INTO metrics (run_id, name, step, value, attempt, at) "
    wave = "CASE WHEN s % 99991 = 0 THEN 50.0 ELSE 1.0 / s + (s % 1009 * 7919 % 1009) / 10090.0 END"
    with database.transaction() as session:
        if not is_sqlite:
            session.execute(text("SET LOCAL session_replication_role = replica"))
            session.execute(text("SET LOCAL maintenance_work_mem = '1GB'"))
            session.execute(text("ALTER TABLE metrics DROP CONSTRAINT pk_metrics"))
        every = steps.format(n=max(1, math.ceil(each / len(NAMES))))
        ordered = f"(SELECT id FROM runs WHERE status NOT IN ('queued') AND id <> '{LONG}' ORDER BY id) AS r"
        session.execute(
            text(f"{into} SELECT r.id, c.name, s, {wave}, 1, {moment} FROM {ordered}, ({names}) AS c, {every}")
        )
        session.execute(text(f"{into} SELECT '{LONG}', 'loss', s, {wave}, 1, {moment} FROM {steps.format(n=long)}"))
        if not is_sqlite:  # all at once, which is many times as quick as row by row
            session.execute(text("ALTER TABLE metrics ADD CONSTRAINT pk_metrics PRIMARY KEY (run_id, name, step)"))
        draw_levels(session, LONG, (("loss", step) for step in range(1, long + 1)))


def settle(database: Database) -> None:
    """What a database does by itself when it has a quiet minute."""
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE" if database.engine.dialect.name == "sqlite" else "VACUUM ANALYZE"))


def give_keys(database: Database) -> dict[str, str]:
    """The keys of three callers: who sees everything, who is in two projects, and who is in one."""
    with database.transaction() as session:
        who = {"administrator": ADMINISTRATOR, "member": "person 10", "owner": "person 0"}
        found = {name: find_user(session, user).id for name, user in who.items()}
        return {
            name: create_key(session, user_id=user_id, kind=KeyKind.API, name="bench")[1]
            for name, user_id in found.items()
        }


def is_filled(database: Database) -> bool:
    with database.reading() as session:
        return session.scalar(select(rows.Run.id).where(rows.Run.id == LONG)) is not None
