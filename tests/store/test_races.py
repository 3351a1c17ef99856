"""Two transactions at once: what the second one does follows from what the first has committed meanwhile."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from store.asking import ask_cancel, ask_pause
from store.claims import claim_next_run, renew_lease
from store.errors import RunIsEnding
from store.events import read_events
from store.fairness import Limits
from store.lifecycle import Phase, Status
from store.reconciling import reconcile
from store.recording import record_phase, record_warning
from store.runs import get_run
from tests.stack import until
from tests.store.conftest import Shop

T = TypeVar("T")


def meanwhile(shop: Shop, first: Callable[[Session], object], second: Callable[[], T]) -> tuple[T, bool]:
    """What the second gives, begun when the first is done and not committed; whether it had to wait for that."""
    with ThreadPoolExecutor(1) as pool:
        with shop.database.transaction() as session:
            first(session)
            session.flush()
            begun = pool.submit(second)
            until(lambda: begun.done() or is_waited(shop))
            has_waited = not begun.done()
        return begun.result(60), has_waited


def is_waited(shop: Shop) -> bool:
    """Whether somebody waits for a lock; of SQLite it is known that whoever writes does."""
    if shop.database.engine.dialect.name == "sqlite":
        return True
    asked = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    with shop.database.reading() as session:
        return bool(session.execute(text(asked)).scalar_one())


def test_a_run_that_is_cancelled_while_it_is_claimed_stays_so_and_the_next_is_taken(shop: Shop) -> None:
    first, second = shop.add_run("first").id, shop.add_run("second").id

    claim, _ = meanwhile(shop, lambda session: ask_cancel(session, first), shop.try_claim)

    assert claim is not None
    assert claim.run_id == second
    assert shop.read(get_run, first).status == Status.CANCELLED


def test_claims_from_two_queues_count_one_another_against_the_limit(shop: Shop) -> None:
    shop.database._info["limits"] = Limits(per_user=1)
    for queue in ("one", "other"):
        shop.add_run(queue, queue=queue)

    claim, _ = meanwhile(
        shop,
        lambda session: claim_next_run(session, worker_id="wrk_a", queues=["one"], lease_seconds=60),
        lambda: shop.try_claim("wrk_b", queue="other"),
    )

    assert claim is None


def test_who_asks_after_a_cancel_hears_of_it(shop: Shop) -> None:
    run_id = shop.add_run().id
    shop.claim()

    def pause() -> None:
        with pytest.raises(RunIsEnding):
            shop.write(ask_pause, run_id)

    meanwhile(shop, lambda session: ask_cancel(session, run_id), pause)

    assert shop.read(get_run, run_id).wanted == "cancel"


def test_two_reports_of_one_attempt_are_written_one_after_the_other(shop: Shop) -> None:
    shop.add_run()
    claim = shop.claim()
    warning = {"pointer": "", "code": "c", "message": "m"}

    meanwhile(
        shop,
        lambda session: record_warning(session, claim, warning),
        lambda: shop.write(record_phase, claim, Phase.TRAINING),
    )

    run = shop.read(get_run, claim.run_id)
    assert (run.phase, run.warnings) == (Phase.TRAINING, [warning])
    assert [event.seq for event in shop.read(read_events, claim.run_id)] == list(range(1, run.last_seq + 1))


def test_a_reconciler_leaves_to_another_what_that_has_begun_and_does_not_wait(shop: Shop) -> None:
    run_id = shop.add_run().id
    lost = shop.claim(seconds=-1)

    found, has_waited = meanwhile(shop, reconcile, lambda: shop.write(reconcile))
    renewed = shop.write(renew_lease, lost, 60)

    assert (found.changed, renewed) == ((), None)
    assert has_waited == (shop.database.engine.dialect.name == "sqlite")
    assert shop.read(get_run, run_id).losses == 1
