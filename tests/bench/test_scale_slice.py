"""A slice of the benches that want an hour: the same seeding, pages and watchers, small and without a clock."""

from pathlib import Path

from bench import crowd, watchers
from bench.scale import CURVE, client_of, crowded, known_to, measure_page, measure_pages, running_api
from store.database import Database

FOUND = {
    "runs, newest first": 50,
    "runs, paused: none": 0,
    "runs, running": crowd.RUNNING,
    "runs, a rare tag": 1,
    "runs, a tag that none has": 0,
    "runs, a word that none has": 0,
    "runs, of a data set": 2,
    "a run's curves": 4,
    "projects": crowd.PROJECTS + 1,
    "people": crowd.PEOPLE + 1,
}


def test_every_page_of_a_crowded_database_answers(tmp_path: Path) -> None:
    with crowded("sqlite", None, runs=400, points=4000, long=40_000) as settings:
        key = crowd.give_keys(Database(settings))["administrator"]
        with running_api(settings), client_of(settings, key) as http:
            found = {page.name: page.rows for page in measure_pages(http, known_to(http), times=1)}
            curve = measure_page(http, *CURVE, times=1)
            (shown,) = http.get(CURVE[1], params=CURVE[2]).json()["series"]

    assert FOUND.items() <= found.items(), found
    assert curve is not None
    assert (shown["total"], shown["shown"]) == (40_000, 2000)


def test_every_watcher_has_every_epoch(tmp_path: Path) -> None:
    late = watchers.measure(tmp_path, 12, 2)

    assert [len(epoch) for epoch in late] == [12, 12]
    assert all(0 < ms < 60_000 for epoch in late for ms in epoch)
