"""What is left of an attempt when it ends, and what the next one finds."""

import pytest
from sqlalchemy import update

from store.asking import ask_cancel, ask_pause, ask_stop
from store.endings import fail_run, finish_run, release_run
from store.lifecycle import EndedBy, Status
from store.reconciling import WakeUp, reconcile
from store.recording import record_progress
from store.rows import Run
from store.runs import get_run, mark_woken
from store.times import now_plus
from tests.store.conftest import Shop

NO_MEMORY = {"kind": "oom", "message": "No memory.", "frame": None, "advice": ""}


@pytest.mark.parametrize("ask", [ask_stop, ask_cancel, ask_pause])
def test_a_failure_is_not_tried_again_against_its_users_wish(shop: Shop, ask: object) -> None:
    run_id = shop.add_run().id
    claim = shop.claim()
    shop.write(ask, run_id)  # type: ignore[arg-type]

    assert shop.write(fail_run, claim, failure=NO_MEMORY, ended_by=EndedBy.FAILURE).status is Status.FAILED


def test_a_run_began_when_its_first_attempt_did(shop: Shop) -> None:
    run_id = shop.add_run().id
    first = shop.claim()
    with shop.database.transaction() as session:
        session.execute(update(Run).where(Run.id == run_id).values(started_at=now_plus(-600)))
    began = shop.read(get_run, run_id).started_at
    shop.write(release_run, first, "worker_ending")

    shop.claim()

    assert shop.read(get_run, run_id).started_at == began


def test_for_a_run_that_was_given_back_somebody_is_woken_at_once(shop: Shop) -> None:
    """The call for its first attempt is no call for the next."""
    run_id = shop.add_run().id
    shop.write(mark_woken, [run_id])
    shop.write(release_run, shop.claim(), "worker_ending")

    assert shop.write(reconcile).wake == (WakeUp(run_id, "default"),)


def test_for_a_run_that_pauses_before_it_is_tried_again_nobody_is_woken(shop: Shop) -> None:
    run_id = shop.add_run().id
    shop.write(fail_run, shop.claim(), failure=NO_MEMORY, ended_by=EndedBy.FAILURE)

    assert shop.read(get_run, run_id).status is Status.QUEUED
    assert shop.write(reconcile).wake == ()


def test_nothing_is_expected_of_a_run_that_has_ended(shop: Shop) -> None:
    run_id = shop.add_run().id
    claim = shop.claim()
    shop.write(record_progress, claim, {"epoch": 1, "epochs": 9, "eta_seconds": 40.0})

    shop.write(finish_run, claim, status=Status.SUCCEEDED, ended_by=EndedBy.STOP)

    assert shop.read(get_run, run_id).progress == {"epoch": 1, "epochs": 9, "eta_seconds": None}
