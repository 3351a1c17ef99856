"""A run is taken by one worker at a time, in the right order, and held only as long as its lease."""

import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import pytest
from sqlalchemy import update

from store.asking import ask_cancel, ask_stop
from store.claims import Wish, claim_next_run, renew_lease
from store.endings import finish_run, release_run
from store.errors import StaleAttempt
from store.events import read_events
from store.lifecycle import EndedBy, Status, Wanted
from store.recording import (
    record_artifact,
    record_checkpoint,
    record_engine,
    record_epoch,
    record_health,
    record_log,
    record_phase,
    record_points,
    record_progress,
    record_scores,
    record_summary,
)
from store.results import list_attempts
from store.rows import Run
from store.runs import get_run, mark_woken
from store.settings import Settings
from store.times import now_plus
from tests.store.conftest import Shop

ROOT = Path(__file__).parents[2]


def test_who_is_woken_before_that_is_noted_waits_for_the_note_and_takes_the_run(shop: Shop) -> None:
    """Its message is used up: nobody would look for the run again for a minute."""
    run_id = shop.add_run().id
    with ThreadPoolExecutor() as threads:
        with shop.database.transaction() as session:
            mark_woken(session, [run_id])
            session.flush()
            claiming = threads.submit(shop.try_claim)
            wait([claiming], timeout=0.3)
            assert not claiming.done()
        claim = claiming.result(30)

    assert claim is not None
    assert claim.run_id == run_id


def test_the_highest_priority_goes_first_and_among_equals_the_oldest(shop: Shop) -> None:
    added = {name: shop.add_run(name, priority=priority).id for name, priority in [("b", 0), ("c", 0), ("a", 5)]}

    claimed = [shop.claim().run_id for _ in range(3)]

    assert claimed == [added["a"], added["b"], added["c"]]
    assert shop.try_claim() is None


def test_a_worker_takes_from_its_own_queues_alone(shop: Shop) -> None:
    slow = shop.add_run(queue="slow")

    assert shop.try_claim() is None
    claim = shop.write(claim_next_run, worker_id="wrk_b", queues=["default", "slow"], lease_seconds=9)
    assert claim is not None
    assert (claim.run_id, claim.queue) == (slow.id, "slow")


def test_a_worker_without_a_sandbox_leaves_runs_with_components_to_others(shop: Shop) -> None:
    pinning = shop.add_run(spec={"components": ["losses@1"]})
    plain = [shop.add_run(spec=spec).id for spec in ({}, {"components": []}, {"components": None})]
    about = {"worker_id": "wrk_b", "queues": ["default"], "lease_seconds": 9, "with_components": False}

    claims = [shop.write(claim_next_run, **about) for _ in range(4)]

    assert [claim and claim.run_id for claim in claims] == [*plain, None]
    assert shop.claim().run_id == pinning.id


def test_a_claim_brings_what_the_worker_needs(shop: Shop) -> None:
    dataset = shop.add_dataset()
    run = shop.add_run("wide & deep", spec={"seed": 42}, datasets={"train": dataset.id})

    claim = shop.claim("wrk_a")

    assert (claim.run_id, claim.attempt, claim.name, claim.wanted) == (run.id, 1, "wide & deep", Wanted.RUN)
    assert claim.spec == {"seed": 42}
    assert [(pin.part, pin.name, pin.version, pin.sha256) for pin in claim.datasets] == [
        ("train", "housing", 1, dataset.sha256)
    ]


def test_a_claim_starts_the_run_and_an_attempt(shop: Shop) -> None:
    run_id = shop.add_run().id

    shop.claim("wrk_a")

    run = shop.read(get_run, run_id)
    assert (run.status, run.attempt, run.worker_id) == (Status.RUNNING, 1, "wrk_a")
    assert run.started_at is not None
    assert [(a.number, a.worker_id, a.ended_at) for a in shop.read(list_attempts, run_id)] == [(1, "wrk_a", None)]
    assert [(e.seq, e.kind, e.attempt) for e in shop.read(read_events, run_id)] == [
        (1, "status", 0),
        (2, "attempt", 1),
        (3, "status", 1),
    ]


def test_a_claim_holds_as_long_as_was_said_and_tells_how_long_ago_it_was_called(shop: Shop) -> None:
    shop.add_run("called", priority=1)
    shop.add_run("found")
    with shop.database.transaction() as session:
        session.execute(update(Run).where(Run.name == "called").values(woken_at=now_plus(-1000)))

    called, found = shop.claim(seconds=600), shop.claim(seconds=600)

    run = shop.read(get_run, called.run_id)
    assert run.lease_until is not None
    assert run.started_at is not None
    assert 590 < (run.lease_until - run.started_at).total_seconds() < 610
    assert 990 < called.called_seconds < 1200
    assert found.called_seconds == 0.0


def test_a_lease_is_renewed_and_says_what_the_user_wants(shop: Shop) -> None:
    shop.add_run()
    claim = shop.claim(seconds=5)

    before = shop.read(get_run, claim.run_id).lease_until
    assert shop.write(renew_lease, claim, 60) == Wish(Wanted.RUN, None)
    after = shop.read(get_run, claim.run_id).lease_until

    assert before is not None
    assert after is not None
    assert 50 < (after - before).total_seconds() < 60
    shop.write(ask_stop, claim.run_id)
    assert shop.write(renew_lease, claim, 60) == Wish(Wanted.STOP, None)
    shop.write(ask_cancel, claim.run_id)
    assert shop.write(renew_lease, claim, 60) == Wish(Wanted.CANCEL, None)


def test_a_lease_that_ran_out_is_lost_for_good(shop: Shop) -> None:
    shop.add_run()
    claim = shop.claim(seconds=-1)

    assert shop.write(renew_lease, claim, 60) is None
    with pytest.raises(StaleAttempt):
        shop.write(record_progress, claim, {"epoch": 1})


WRITES = {
    "phase": lambda session, claim: record_phase(session, claim, "training"),
    "progress": lambda session, claim: record_progress(session, claim, {"epoch": 1}),
    "epoch": lambda session, claim: record_epoch(session, claim, 1, {"loss": 1.0}, 0.5),
    "points": lambda session, claim: record_points(session, claim, [("system/cpu_percent", 1, 2.0)]),
    "log": lambda session, claim: record_log(session, claim, chunk=0, first_line=0, lines=1),
    "scores": lambda session, claim: record_scores(session, claim, best={"epoch": 1}),
    "summary": lambda session, claim: record_summary(session, claim, {"layers": []}),
    "engine": lambda session, claim: record_engine(session, claim, {"name": "keras"}),
    "health": lambda session, claim: record_health(session, claim, {"rule": "x"}),
    "checkpoint": lambda session, claim: record_checkpoint(
        session, claim, name="last", epoch=1, metrics={}, bytes=1, manifest={}, prefix="p"
    ),
    "artifact": lambda session, claim: record_artifact(
        session, claim, path="model.keras", bytes=1, sha256="0" * 64, media_type="application/zip"
    ),
    "finish": lambda session, claim: finish_run(session, claim, status="succeeded", ended_by="completed"),
    "release": lambda session, claim: release_run(session, claim, "worker_stopped"),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_an_attempt_that_was_overtaken_writes_nothing(shop: Shop, write: object) -> None:
    shop.add_run()
    stale = shop.claim("wrk_a")
    shop.write(release_run, stale, "worker_stopped")
    shop.claim("wrk_b")
    before = shop.read(read_events, stale.run_id)

    with pytest.raises(StaleAttempt):
        shop.write(write, stale)  # type: ignore[arg-type]  # one of WRITES

    after = shop.read(read_events, stale.run_id)
    assert [event.seq for event in after] == [event.seq for event in before]
    assert shop.read(get_run, stale.run_id).worker_id == "wrk_b"


def test_after_the_end_nothing_is_written(shop: Shop) -> None:
    shop.add_run()
    claim = shop.claim()
    shop.write(finish_run, claim, status=Status.SUCCEEDED, ended_by=EndedBy.COMPLETED)

    for write in WRITES.values():
        with pytest.raises(StaleAttempt):
            shop.write(write, claim)
    assert [event.kind for event in shop.read(read_events, claim.run_id)].count("end") == 1


def test_many_threads_never_take_one_run_twice(shop: Shop) -> None:
    added = {shop.add_run(f"run {number}", priority=number % 3).id for number in range(60)}

    def work(worker: int) -> list[str]:
        claimed = []
        while (claim := shop.try_claim(f"wrk_{worker}")) is not None:
            claimed.append(claim.run_id)
        return claimed

    with ThreadPoolExecutor(8) as pool:
        claimed = [run_id for ids in pool.map(work, range(8)) for run_id in ids]

    assert Counter(claimed) == Counter(added)


def test_many_processes_never_take_one_run_twice(shop: Shop, settings: Settings) -> None:
    added = {shop.add_run(f"run {number}").id for number in range(60)}
    environment = {
        "HORNGATE_HOME": str(settings.home),
        "HORNGATE_DATABASE_URL": settings.database_url,
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, str(Path(__file__).with_name("claiming.py"))]
    processes = [
        subprocess.Popen([*command, f"wrk_{n}"], env=environment, stdout=subprocess.PIPE, text=True) for n in range(4)
    ]

    claimed = [run_id for process in processes for run_id in process.communicate(timeout=120)[0].split()]

    assert Counter(claimed) == Counter(added)
    for run_id in added:
        assert [event.seq for event in shop.read(read_events, run_id)] == list(range(1, 13))


def test_races_for_one_run_are_won_by_one_attempt_at_a_time(shop: Shop) -> None:
    """Claim and lose by turns: at every moment exactly one attempt may write."""
    run_id = shop.add_run().id

    def race(worker: int) -> list[int]:
        won = []
        for _ in range(25):
            if (claim := shop.try_claim(f"wrk_{worker}")) is not None:
                shop.write(record_progress, claim, {"epoch": claim.attempt})
                shop.write(release_run, claim, "raced")
                won.append(claim.attempt)
        return won

    with ThreadPoolExecutor(8) as pool:
        won = [attempt for attempts in pool.map(race, range(8)) for attempt in attempts]

    assert sorted(won) == list(range(1, len(won) + 1))
    events = shop.read(read_events, run_id, limit=10_000)
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert [event.data["epoch"] for event in events if event.kind == "progress"] == sorted(won)
