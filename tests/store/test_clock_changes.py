"""A database's clock that is set back, or ahead, holds nobody up for as long as it was wrong."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from store.claims import renew_lease
from store.clock_changes import follow_clock, follow_clock_slowly
from store.endings import fail_run
from store.lifecycle import EndedBy, Status
from store.reconciling import reconcile
from store.rows import Run, Worker
from store.runs import get_run
from store.waiting import clock
from store.workers import list_workers, register_worker
from tests.store.conftest import Shop

TWO_HOURS = timedelta(hours=2)
LEASE = 30.0


def set_clock(session: Session, by: timedelta) -> None:
    """What a clock that moves does to all that was noted by it."""
    for run in session.scalars(select(Run)):
        run.created_at, run.available_at = run.created_at - by, run.available_at - by
        run.lease_until = run.lease_until and run.lease_until - by
    for worker in session.scalars(select(Worker)):
        worker.seen_at -= by


def go_round(shop: Shop) -> None:
    shop.write(follow_clock, lease_seconds=LEASE, silent_seconds=30)
    shop.write(reconcile)


def test_a_lease_ends_within_its_term_when_the_clock_is_set_back(shop: Shop) -> None:
    """Of a worker that died before: nobody waits for the old time to come again. One that lives renews its own."""
    run_id = shop.add_run().id
    claim = shop.claim(seconds=LEASE)
    shop.write(set_clock, -TWO_HOURS)

    go_round(shop)

    left = shop.read(get_run, run_id).lease_until - shop.read(clock)  # type: ignore[operator]  # it is running
    assert timedelta() < left <= timedelta(seconds=LEASE)
    assert shop.write(renew_lease, claim, LEASE) is not None


def test_a_waiting_run_is_claimed_at_once_when_the_clock_is_set_back(shop: Shop) -> None:
    run_id = shop.add_run().id
    shop.write(set_clock, -TWO_HOURS)
    assert shop.try_claim() is None

    go_round(shop)

    assert shop.claim().run_id == run_id


def test_a_pause_between_attempts_does_not_grow_when_the_clock_is_set_back(shop: Shop) -> None:
    run_id = shop.add_run().id
    failure = {"kind": "oom", "message": "No memory.", "frame": None, "advice": ""}
    shop.write(fail_run, shop.claim(), failure=failure, ended_by=EndedBy.FAILURE)
    shop.write(lambda session: session.execute(update(Run).values(available_at=Run.created_at)))
    shop.write(set_clock, -TWO_HOURS)
    shop.write(lambda session: session.execute(update(Run).values(created_at=Run.started_at)))
    go_round(shop)
    assert shop.try_claim() is None

    shop.write(follow_clock_slowly)

    assert shop.claim().run_id == run_id


def test_a_worker_that_died_before_the_clock_was_set_back_is_known_to_be_lost_in_time(shop: Shop) -> None:
    shop.write(register_worker, name="gone", host="h", pid=1, queues=["default"], slots=1)
    shop.write(set_clock, -TWO_HOURS)

    go_round(shop)

    (worker,) = shop.read(list_workers).items
    assert worker.seen_at <= shop.read(clock)


@pytest.mark.parametrize("lease", [LEASE, 2 * LEASE])
def test_what_the_clock_gave_is_left_alone(shop: Shop, lease: float) -> None:
    """Also a lease of another worker, whose term is longer."""
    run_id = shop.add_run().id
    shop.claim(seconds=lease)
    before = shop.read(get_run, run_id)

    go_round(shop)

    after = shop.read(get_run, run_id)
    assert (after.lease_until, after.created_at, after.status) == (
        before.lease_until,
        before.created_at,
        Status.RUNNING,
    )


def test_a_clock_that_is_set_ahead_costs_an_attempt_and_nothing_else(shop: Shop) -> None:
    """The holder finds its lease over at its next look, half a second later, and writes nothing any more."""
    run_id = shop.add_run().id
    claim = shop.claim(seconds=LEASE)
    shop.write(set_clock, TWO_HOURS)

    go_round(shop)

    assert shop.write(renew_lease, claim, LEASE) is None
    assert shop.claim().attempt == 2
    assert shop.read(get_run, run_id).losses == 1
