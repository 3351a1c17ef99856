"""A run's place is counted, not ranked, and is what the ranking of the whole queue says."""

import random

import pytest
from sqlalchemy import select

from store.fairness import Limits, limits_of, rank_queued
from store.places import count_place
from store.rows import Run
from store.runs import get_run
from store.sight import of_everybody
from store.times import now_plus
from store.waiting import queue_place
from tests.store.conftest import Shop
from tests.store.test_fairness import add_project, add_user, get_columns, limit


def fill_at_random(shop: Shop, dice: random.Random, *, pauses: bool) -> list[str]:
    """Forty runs of four owners in two queues, some of them running; those that wait."""
    owners = [add_user(shop, f"user {n}", dice.choice([None, None, 0, 2, 5])) for n in range(4)]
    template = get_columns(shop.add_run("first"))
    rows = []
    for number in range(40):
        chosen = {"owner_id": dice.choice(owners), "priority": dice.choice([0, 0, 0, 3]), "queue": dice.choice("aab")}
        is_running = dice.random() < 0.15
        held = {"status": "running", "lease_until": now_plus(600), "worker_id": "wrk"} if is_running else {}
        due = {"available_at": now_plus(60)} if pauses and dice.random() < 0.1 else {}
        age = {"created_at": now_plus(-dice.choice([10, 20, 30]))}
        rows.append({**template, "id": f"run_{number:03d}", **chosen, **held, **due, **age})
    with shop.database.transaction() as session:
        session.add_all(Run(**row) for row in rows)
    return [str(row["id"]) for row in rows if "lease_until" not in row or row.get("status") != "running"]


@pytest.mark.parametrize("seed", range(6))
def test_the_place_that_is_counted_is_the_one_that_ranking_gives(shop: Shop, seed: int) -> None:
    """With limits of users and without, with pauses and without; some need the ranking, and then nothing is counted."""
    dice = random.Random(seed)
    waiting = fill_at_random(shop, dice, pauses=seed % 2 == 1)
    if seed >= 4:
        limit(shop, per_user=3)
    counted = 0
    with shop.database.reading() as session:
        ranked = rank_queued(limits_of(session)).c
        rows = session.execute(of_everybody(select(ranked.run_id, ranked.position, ranked.held_back)))
        places = {run_id: (position, held_back) for run_id, position, held_back in rows}
        for run_id in waiting:
            found = count_place(session, get_run(session, run_id), limits_of(session))
            assert found in (None, places[run_id]), run_id
            counted += found is not None
            place = queue_place(session, get_run(session, run_id))
            assert place is not None
            assert (place.position, place.held_back) == places[run_id]

    assert counted > len(waiting) / 3


def test_limits_of_projects_take_the_ranking(shop: Shop) -> None:
    """Which of a project's runs they hold back depends on all the others."""
    run = shop.add_run()
    assert shop.read(count_place, run, Limits()) == (1, None)
    assert shop.read(count_place, run, Limits(per_project=1)) is None

    add_project(shop, "small", running_limit=1)

    assert shop.read(count_place, run, Limits()) is None


def test_a_run_that_is_claimed_while_its_place_is_counted_has_none(shop: Shop) -> None:
    """PostgreSQL shows each statement what was committed before it; SQLite the transaction's own moment."""
    run_id = shop.add_run("alone").id
    with shop.database.reading() as session:
        run = get_run(session, run_id)
        shop.claim()
        place = queue_place(session, run)

    assert (place and place.position) == (None if shop.database.engine.dialect.name == "postgresql" else 1)
