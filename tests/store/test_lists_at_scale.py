"""Lists of very many runs: what the database finds by an index, and what a list does not read."""

from typing import Any

import pytest
from sqlalchemy import event, inspect, text

from store.database import Database
from store.lifecycle import Status
from store.migrate import upgrade
from store.runs import RunFilter, list_runs
from store.settings import Settings
from tests.store.conftest import Shop

RARE = {
    "ix_runs_tags": RunFilter(tags={"keep": "yes"}),
    "ix_runs_words": RunFilter(search="otter"),
    "ix_runs_status": RunFilter(statuses=[Status.PAUSED]),
    "ix_runs_project": RunFilter(project_id="prj_of_nobody"),
}
OF_POSTGRESQL = ("ix_runs_tags", "ix_runs_words")


@pytest.mark.parametrize("index", RARE)
def test_what_is_rare_is_found_by_an_index(shop: Shop, index: str) -> None:
    shop.add_run(tags={"keep": "yes"})
    is_sqlite = shop.database.engine.dialect.name == "sqlite"

    plan = plan_of(shop.database, RARE[index])

    assert (index in plan) == (not is_sqlite or index not in OF_POSTGRESQL), plan


def test_a_list_leaves_the_specs_where_they_are(shop: Shop) -> None:
    shop.add_run()

    (run,) = shop.read(list_runs).items

    assert {"spec", "phases", "summary"} <= inspect(run).unloaded


def test_an_upgrade_does_without_an_extension_that_stands_where_we_do_not_look(empty_settings: Settings) -> None:
    database = Database(empty_settings)
    if database.engine.dialect.name == "postgresql":
        with database.transaction() as session:
            session.execute(text("CREATE SCHEMA elsewhere"))
            session.execute(text("CREATE EXTENSION pg_trgm SCHEMA elsewhere"))

    upgrade(empty_settings)

    names = {index["name"] for index in inspect(database.engine).get_indexes("runs")}
    assert ("ix_runs_project" in names, "ix_runs_words" in names) == (True, False)
    database.close()


def plan_of(database: Database, only: RunFilter) -> str:
    """How the list is found where reading all rows, one after the other or by their order, costs too much."""
    asked: list[Any] = []

    def note(_connection: object, _cursor: object, statement: str, values: object, *_: object) -> None:
        asked[:] = statement, values

    with database.reading() as session:
        connection = session.connection()
        if database.engine.dialect.name == "postgresql":
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        event.listen(database.engine, "before_cursor_execute", note)
        list_runs(session, only)
        event.remove(database.engine, "before_cursor_execute", note)
        explain = "EXPLAIN QUERY PLAN " if database.engine.dialect.name == "sqlite" else "EXPLAIN "
        return " ".join(str(row) for row in connection.exec_driver_sql(explain + asked[0], asked[1]))
