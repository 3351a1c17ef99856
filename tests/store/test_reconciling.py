"""What is lost comes back by one function, which any number of workers may call at any time."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from store.asking import ask_cancel, ask_stop
from store.claims import Wish, renew_lease
from store.endings import fail_run, release_run
from store.events import read_events
from store.lifecycle import EndedBy, Status, Wanted, WorkerState
from store.reconciling import Reconciled, WakeUp, reconcile, sweep
from store.recording import record_checkpoint
from store.results import list_attempts
from store.retrying import ATTEMPTS, KILLED, LOST, MOST_KILLED_IN_VAIN
from store.rows import Run
from store.runs import get_run, mark_woken
from store.times import now
from store.workers import count_running, end_worker, has_live_worker, list_workers, register_worker, report_alive
from tests.store.conftest import Shop

NOTHING = Reconciled((), (), ())


def lose(shop: Shop, run_id: str) -> None:
    """Claim the run, and let the lease run out at once."""
    assert shop.claim("wrk_lost", seconds=-1).run_id == run_id


def be_due(session: Session, run_id: str) -> None:
    """Let the pause before the next attempt be over."""
    session.execute(update(Run).where(Run.id == run_id).values(available_at=now()))


def pause_after(session: Session, run_id: str) -> float:
    """Between the end of the run's last attempt and when it may be claimed again."""
    ended = list_attempts(session, run_id)[-1].ended_at
    assert ended is not None
    return (get_run(session, run_id).available_at - ended).total_seconds()


def test_a_queued_run_that_nobody_was_woken_for_is_named_until_somebody_was(shop: Shop) -> None:
    run = shop.add_run(queue="slow")

    assert shop.write(reconcile).wake == (WakeUp(run.id, "slow"),)
    assert shop.write(reconcile).wake == (WakeUp(run.id, "slow"),)

    shop.write(mark_woken, [run.id])
    assert shop.write(reconcile) == NOTHING
    assert shop.write(reconcile, rewake_seconds=-1).wake == (WakeUp(run.id, "slow"),)


def test_of_a_long_queue_only_the_first_runs_are_named(shop: Shop) -> None:
    ids = [shop.add_run(f"run {n}", priority=n).id for n in range(5)]

    assert [wake.run_id for wake in shop.write(reconcile, limit=2).wake] == [ids[4], ids[3]]


def test_a_run_whose_lease_ran_out_is_queued_again_before_those_that_came_later(shop: Shop) -> None:
    first = shop.add_run()
    lose(shop, first.id)
    shop.add_run()

    found = shop.write(reconcile)

    assert found.changed == (first.id,)
    assert found.wake[0].run_id == first.id
    run = shop.read(get_run, first.id)
    assert (run.status, run.attempt, run.worker_id, run.lease_until) == (Status.QUEUED, 1, None, None)
    (attempt,) = shop.read(list_attempts, first.id)
    assert attempt.reason == "worker_lost"
    assert attempt.ended_at is not None
    assert shop.claim().run_id == first.id


def test_a_lease_that_holds_is_left_alone(shop: Shop) -> None:
    shop.add_run()
    claim = shop.claim(seconds=60)

    assert shop.write(reconcile) == NOTHING
    assert shop.write(renew_lease, claim, 60) == Wish(Wanted.RUN, None)


def test_a_run_that_takes_its_worker_down_each_time_is_failed_in_the_end(shop: Shop) -> None:
    run_id = shop.add_run().id

    pauses = []
    for _ in range(ATTEMPTS[LOST]):
        assert shop.read(get_run, run_id).status is Status.QUEUED
        shop.write(be_due, run_id)
        lose(shop, run_id)
        shop.write(reconcile)
        pauses.append(shop.read(pause_after, run_id))

    run = shop.read(get_run, run_id)
    assert (run.status, run.ended_by) == (Status.FAILED, EndedBy.FAILURE)
    assert run.failure is not None
    assert run.failure["kind"] == "worker_lost"
    assert set(run.failure) == {"kind", "message", "frame", "advice"}
    assert shop.read(read_events, run_id)[-1].kind == "end"
    assert shop.write(reconcile) == NOTHING
    assert pauses[:-1] == [0, 5, 10, 20]


@pytest.mark.parametrize(("kind", "attempts"), [("oom", 2), ("stalled", 2), ("disk", 5), ("user_code", 1), ("data", 1)])
def test_a_failure_that_may_pass_is_tried_again_and_no_other(shop: Shop, kind: str, attempts: int) -> None:
    run_id = shop.add_run().id
    failure = {"kind": kind, "message": "It went wrong.", "frame": None, "advice": "Mend it."}
    pauses = []

    for number in range(1, attempts + 1):
        shop.write(be_due, run_id)
        run = shop.write(fail_run, shop.claim(), failure=failure, ended_by=EndedBy.FAILURE)
        assert run.status is (Status.FAILED if number == attempts else Status.QUEUED)
        pauses += [shop.read(pause_after, run_id)] if number < attempts else []

    assert [attempt.number for attempt in shop.read(list_attempts, run_id)] == list(range(1, attempts + 1))
    assert pauses == [5, 10, 20, 40][: attempts - 1]
    said = [event.data["message"] for event in shop.read(read_events, run_id) if event.kind == "health"]
    assert said == ["It went wrong."] * (attempts - 1)


def test_a_cause_is_counted_by_itself(shop: Shop) -> None:
    """A full disk takes nothing from the workers that a run may lose; the default of a resolved spec lowers nothing."""
    run_id = shop.add_run(spec={"retry": {"max_attempts": 5}}).id
    full = {"kind": "disk", "message": "The disk is full.", "frame": None, "advice": ""}
    shop.write(fail_run, shop.claim(), failure=full, ended_by=EndedBy.FAILURE)

    for number in range(1, ATTEMPTS[LOST] + 1):
        shop.write(be_due, run_id)
        lose(shop, run_id)
        shop.write(reconcile)
        run = shop.read(get_run, run_id)
        assert run.status is (Status.FAILED if number == ATTEMPTS[LOST] else Status.QUEUED)

    assert run.failure is not None
    assert f"lost {ATTEMPTS[LOST]} times" in str(run.failure["message"])


def test_the_specs_own_retry_lowers_how_often_a_run_is_tried(shop: Shop) -> None:
    run_id = shop.add_run(spec={"retry": {"max_attempts": 1}}).id
    failure = {"kind": "oom", "message": "No memory.", "frame": None, "advice": ""}

    assert shop.write(fail_run, shop.claim(), failure=failure, ended_by=EndedBy.FAILURE).status is Status.FAILED
    assert shop.read(get_run, run_id).attempt == 1


def test_orderly_restarts_of_workers_do_not_count_as_losses(shop: Shop) -> None:
    run_id = shop.add_run().id

    for _ in range(ATTEMPTS[LOST] + 1):
        shop.write(release_run, shop.claim(), "worker_stopped")
    lose(shop, run_id)
    shop.write(reconcile)

    assert shop.read(get_run, run_id).status is Status.QUEUED


def test_a_lost_run_that_the_user_wants_cancelled_is_cancelled(shop: Shop) -> None:
    run_id = shop.add_run().id
    shop.claim(seconds=60)
    shop.write(ask_cancel, run_id)
    assert shop.write(reconcile) == NOTHING
    expire(shop, run_id)

    assert shop.write(reconcile).changed == (run_id,)

    run = shop.read(get_run, run_id)
    assert (run.status, run.ended_by) == (Status.CANCELLED, EndedBy.CANCEL)


def test_a_lost_run_that_the_user_wants_stopped_is_started_again_to_keep_its_work(shop: Shop) -> None:
    run_id = shop.add_run().id
    shop.claim(seconds=60)
    shop.write(ask_stop, run_id)
    expire(shop, run_id)

    shop.write(reconcile)

    assert shop.claim().wanted is Wanted.STOP


def expire(shop: Shop, run_id: str) -> None:
    """Let the lease of a running run end now."""
    with shop.database.transaction() as session:
        run = get_run(session, run_id)
        assert run.lease_until is not None
        run.lease_until = run.created_at


def test_five_reconcilers_at_once_recover_each_run_once(shop: Shop) -> None:
    ids = [shop.add_run(f"run {n}").id for n in range(10)]
    for run_id in ids:
        lose(shop, run_id)

    with ThreadPoolExecutor(5) as pool:
        found = list(pool.map(lambda _: shop.write(reconcile), range(5)))

    assert sorted(run_id for each in found for run_id in each.changed) == sorted(ids)
    for run_id in ids:
        assert [event.seq for event in shop.read(read_events, run_id)] == [1, 2, 3, 4, 5]


def test_a_worker_that_falls_silent_is_lost_and_may_come_back(shop: Shop) -> None:
    about = {"host": "here", "pid": 7, "queues": ["default"], "slots": 2}
    worker = shop.write(register_worker, name="w", devices=[{"kind": "cpu"}], **about)

    assert shop.write(reconcile, silent_seconds=30) == NOTHING
    assert shop.write(reconcile, silent_seconds=-1).lost_workers == (worker.id,)
    assert shop.write(reconcile, silent_seconds=-1) == NOTHING
    assert not shop.read(has_live_worker, seen_within_seconds=30)

    assert shop.write(report_alive, worker.id)
    assert shop.read(has_live_worker, seen_within_seconds=30)
    assert not shop.read(has_live_worker, seen_within_seconds=-1), "not seen lately, and nobody has marked it lost yet"

    shop.write(end_worker, worker.id)
    assert not shop.write(report_alive, worker.id)
    assert not shop.write(report_alive, "wrk_unknown")


def test_the_shop_floor_lists_workers_and_what_they_hold(shop: Shop) -> None:
    about = {"host": "here", "pid": 7, "queues": ["default"], "slots": 2}
    workers = [shop.write(register_worker, name=f"w{n}", **about) for n in range(3)]
    shop.write(end_worker, workers[0].id)
    shop.add_run()
    shop.claim(workers[1].id)

    page = shop.read(list_workers, limit=2)
    rest = shop.read(list_workers, limit=2, after=page.next_cursor)

    assert [w.name for w in page.items + rest.items] == ["w2", "w1", "w0"]
    assert [w.name for w in shop.read(list_workers, state=WorkerState.ENDED).items] == ["w0"]
    assert shop.read(count_running) == {workers[1].id: 1}


def test_sweeping_leaves_what_is_of_use(shop: Shop) -> None:
    about = {"host": "here", "pid": 7, "queues": ["default"], "slots": 2}
    shop.write(register_worker, name="w", **about)

    shop.write(sweep)

    assert len(shop.read(list_workers).items) == 1


def test_a_run_whose_training_is_killed_goes_on_as_often_as_it_gets_further(shop: Shop) -> None:
    """Killed from outside, by hand or by a limit: neither lost worker nor want of memory."""
    shop.add_run()
    for number in range(1, 9):
        claim = shop.claim()
        saved = {"epoch": number, "metrics": {}, "bytes": 1, "manifest": {}, "prefix": f"p{number}"}
        shop.write(record_checkpoint, claim, name="last", **saved)
        assert shop.write(release_run, claim, KILLED).status is Status.QUEUED

    for _ in range(MOST_KILLED_IN_VAIN):
        run = shop.write(release_run, shop.claim(), KILLED)

    assert (run.status, run.attempt) == (Status.FAILED, 8 + MOST_KILLED_IN_VAIN)
    assert run.failure is not None
    assert run.failure["kind"] == "worker_lost"
    assert "killed from outside 5 times" in str(run.failure["message"])
