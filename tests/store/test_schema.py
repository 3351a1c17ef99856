"""The revisions lead to the tables, up and down, whoever starts them, and faults are told plainly."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import inspect, select, text
from sqlalchemy.exc import DBAPIError

from store.database import Database
from store.errors import DatabaseAway, SchemaMismatch
from store.migrate import check, downgrade, main, upgrade
from store.people import find_project, find_user
from store.roles import Role, Scope
from store.rows import Key, Member, Run, User
from store.schema import found_revision, known_revisions, require_current_schema
from store.settings import Settings

ROOT = Path(__file__).parents[2]


def test_the_revisions_lead_to_the_tables_up_down_and_up_again(empty_settings: Settings) -> None:
    assert upgrade(empty_settings) == known_revisions()[-1]
    check(empty_settings)

    downgrade(empty_settings, "base")
    database = Database(empty_settings)
    assert set(inspect(database.engine).get_table_names()) == {"alembic_version"}

    upgrade(empty_settings)
    check(empty_settings)
    require_current_schema(database)
    database.close()


def test_a_table_that_has_drifted_is_noticed(settings: Settings, database: Database) -> None:
    with database.transaction() as session:
        session.execute(text("ALTER TABLE workers ADD COLUMN surplus INTEGER"))

    with pytest.raises(SchemaMismatch, match="surplus"):
        check(settings)


def test_upgrading_twice_changes_nothing(settings: Settings, database: Database) -> None:
    with database.reading() as session:
        before = (find_project(session).id, find_user(session).id, session.query(Key.id).count())

    upgrade(settings)

    with database.reading() as session:
        assert (find_project(session).id, find_user(session).id, session.query(Key.id).count()) == before


def test_many_may_upgrade_at_once(empty_settings: Settings) -> None:
    environment = {
        "HORNGATE_HOME": str(empty_settings.home),
        "HORNGATE_DATABASE_URL": empty_settings.database_url,
        "PATH": "/usr/bin:/bin",
    }
    command = [sys.executable, "-m", "store.migrate", "upgrade"]

    def start(_: int) -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)

    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(start, range(4)))

    assert [outcome.returncode for outcome in outcomes] == [0] * 4, outcomes
    database = Database(empty_settings)
    with database.reading() as session:
        assert session.query(Key.id).count() == 1
    database.close()


def test_a_database_that_a_newer_version_made_is_refused(
    settings: Settings, database: Database, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.transaction() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    monkeypatch.setenv("HORNGATE_HOME", str(settings.home))
    monkeypatch.setenv("HORNGATE_DATABASE_URL", settings.database_url)

    assert main(["upgrade"]) == 1
    message = capsys.readouterr().err
    assert "revision 9999" in message
    assert "newer version" in message
    with pytest.raises(SchemaMismatch, match="newer version"):
        require_current_schema(database)


def test_a_service_does_not_start_on_a_database_without_tables(empty_settings: Settings) -> None:
    database = Database(empty_settings)

    assert found_revision(database) is None
    with pytest.raises(SchemaMismatch, match=r"store\.migrate upgrade"):
        require_current_schema(database)
    database.close()


@pytest.mark.parametrize(
    "url", ["postgresql+psycopg://nobody@127.0.0.1:1/none", "sqlite:////proc/nowhere/horngate.db", "nonsense"]
)
def test_a_database_that_is_away_is_told_in_a_line(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HORNGATE_HOME", str(tmp_path))
    monkeypatch.setenv("HORNGATE_DATABASE_URL", url)

    assert main(["upgrade"]) == 1
    message = capsys.readouterr().err
    assert "Traceback" not in message
    assert "atabase" in message


def test_a_reader_of_a_database_that_is_away_gets_a_typed_error(tmp_path: Path) -> None:
    database = Database(Settings(home=tmp_path, database_url="postgresql+psycopg://nobody@127.0.0.1:1/none"))

    with pytest.raises(DatabaseAway):
        database.ping()


def test_a_reading_session_cannot_write(database: Database) -> None:
    with pytest.raises((DBAPIError, DatabaseAway), match=r"read-?only"), database.reading() as session:
        session.query(Run).delete()

    with database.transaction() as session:
        session.query(Run).delete()


def test_who_could_do_everything_before_there_were_roles_keeps_that(settings: Settings, database: Database) -> None:
    downgrade(settings, "0004")
    with database.transaction() as session:
        at = "2026-01-01 00:00:00.000000+00"
        for user in ("usr_a", "usr_b"):
            session.execute(
                text(f"INSERT INTO users (id, name, is_admin, created_at) VALUES ('{user}', '{user}', false, '{at}')")
            )
        session.execute(
            text(
                "INSERT INTO keys (id, user_id, kind, name, hash, prefix, created_at) "
                f"VALUES ('key_a', 'usr_a', 'api', 'old', 'h', 'hg_', '{at}')"
            )
        )

    upgrade(settings)

    with database.reading() as session:
        project = find_project(session)
        roles = dict(session.execute(select(User.name, Member.role).join(Member, Member.user_id == User.id)).all())
        assert roles == {"admin": Role.OWNER, "usr_a": Role.EDITOR, "usr_b": Role.EDITOR}
        assert {user.home_id for user in session.scalars(select(User))} == {project.id}
        assert session.get_one(Key, "key_a").scope == Scope.ADMIN
