"""Transactions are whole, rows outlive their session, and a database that comes back is used again."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import select, text, update
from sqlalchemy.engine import make_url
from sqlalchemy.exc import StatementError

from store.database import Database
from store.errors import DatabaseAway, DatabaseFull
from store.people import find_project, list_projects
from store.rows import Project, Run
from store.runs import get_run
from store.settings import Settings
from store.times import now, now_plus
from tests.postgres import fresh_database
from tests.store.conftest import Shop


def test_sqlite_is_opened_as_many_processes_need_it(tmp_path: Path) -> None:
    database = Database(Settings(home=tmp_path))

    with database.reading() as session:
        found = {
            name: session.execute(text(f"PRAGMA {name}")).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }

    assert found == {"journal_mode": "wal", "synchronous": 1, "foreign_keys": 1, "busy_timeout": 30_000}
    database.close()


def test_a_transaction_that_fails_leaves_nothing(shop: Shop) -> None:
    def fail_late() -> None:
        with shop.database.transaction() as session:
            session.add(Project(id="prj_x", name="x"))
            session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_late()

    assert [project.name for project in shop.read(list_projects)] == ["default"]


def test_a_row_can_be_read_when_its_session_has_closed(shop: Shop) -> None:
    assert shop.read(find_project).name == "default"
    assert shop.add_run().created_at is not None


def test_a_reader_of_sqlite_sees_one_state_while_others_write(tmp_path: Path) -> None:
    database = Database(Settings(home=tmp_path))
    Run.metadata.create_all(database.engine)

    with database.reading() as session:
        before = list_projects(session)
        with database.transaction() as writer:
            writer.add(Project(id="prj_x", name="x"))
        after = list_projects(session)

    assert before == after == []
    database.close()


def test_times_are_aware_and_those_that_are_not_are_refused(shop: Shop) -> None:
    run_id = shop.add_run().id
    elsewhere = datetime(2026, 11, 23, 12, 0, 0, 123456, tzinfo=timezone(timedelta(hours=2)))

    shop.write(lambda session: session.execute(update(Run).values(started_at=elsewhere)))

    started = shop.read(get_run, run_id).started_at
    assert started == elsewhere
    assert started is not None
    assert started.tzinfo is UTC
    with pytest.raises(StatementError, match="no time zone"):
        shop.write(lambda session: session.execute(update(Run).values(started_at=elsewhere.replace(tzinfo=None))))


def test_the_database_tells_the_time(shop: Shop) -> None:
    here, there = shop.read(lambda session: session.execute(select(now(), now_plus(90.5))).one())

    assert abs((there - here).total_seconds() - 90.5) < 0.5
    assert abs((here - datetime.now(UTC)).total_seconds()) < 60


def test_connections_that_the_server_closed_are_replaced(postgres: str, tmp_path: Path) -> None:
    with fresh_database(postgres) as url:
        database = Database(Settings(home=tmp_path, database_url=url))
        end_others = text(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        other = Database(Settings(home=tmp_path, database_url=url))
        database.ping()
        with other.transaction() as session:
            session.execute(end_others)
        database.ping()

        def be_cut_off() -> None:
            with database.transaction() as session:
                session.execute(text("SELECT 1"))
                with other.transaction() as there:
                    there.execute(end_others)
                session.execute(text("SELECT 1"))

        with pytest.raises(DatabaseAway):
            be_cut_off()
        database.ping()
        database.close()
        other.close()


def test_who_stands_still_in_a_transaction_does_not_keep_others_from_its_locks(
    postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that is frozen, or behind a cable that was pulled, holds the row of its run."""
    monkeypatch.setattr("store.database.IDLE_SECONDS", 1)
    lock = text("SELECT pg_advisory_xact_lock(7)")
    with fresh_database(postgres) as url:
        frozen, other = (Database(Settings(home=tmp_path, database_url=url)) for _ in range(2))

        def stand_still() -> None:
            with frozen.transaction() as session:
                session.execute(lock)
                with other.transaction() as waiting:
                    waiting.execute(lock)

        with pytest.raises(DatabaseAway):
            stand_still()
        frozen.ping()
        frozen.close()
        other.close()


def test_a_url_without_a_driver_gets_ours(postgres: str, tmp_path: Path) -> None:
    with fresh_database(postgres) as url:
        database = Database(Settings(home=tmp_path, database_url=url.replace("postgresql+psycopg", "postgresql")))
        database.ping()
        database.close()


def test_a_database_that_was_made_without_a_locale_answers_in_text(postgres: str, tmp_path: Path) -> None:
    with fresh_database(postgres) as url, psycopg.connect(postgres, autocommit=True) as server:
        server.execute("CREATE DATABASE plain TEMPLATE template0 ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'")
        plain = make_url(url).set(database="plain").render_as_string(hide_password=False)

        with Database(Settings(home=tmp_path, database_url=plain)).reading() as session:
            assert session.scalar(text("SELECT 'Straße'")) == "Straße"


def test_when_every_connection_is_in_use_the_message_names_the_setting(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, database_pool_size=1, database_pool_overflow=0)
    database = Database(settings)
    database.engine.pool._timeout = 0.05  # type: ignore[attr-defined]  # 30 s otherwise

    with database.reading() as session:
        session.execute(text("SELECT 1"))
        with pytest.raises(DatabaseAway, match="HORNGATE_DATABASE_POOL_SIZE"):
            database.ping()
    database.close()


def test_a_database_that_may_not_grow_is_full_and_not_away(tmp_path: Path) -> None:
    database = Database(Settings(home=tmp_path))
    with database.transaction() as session:
        session.execute(text("CREATE TABLE kept (value TEXT)"))

        session.execute(text("PRAGMA max_page_count = 1"))

    with pytest.raises(DatabaseFull), database.transaction() as session:
        session.execute(text("INSERT INTO kept VALUES (:value)"), {"value": "x" * 100_000})

    with database.reading() as session:
        assert session.execute(text("SELECT count(*) FROM kept")).scalar_one() == 0
    database.close()
