"""The states of a run, and which may follow which. How a whole shop of runs goes through them: test_machine.py."""

import pytest

from store.endings import end_run
from store.lifecycle import FINAL, UNFINISHED, EndedBy, Status, may_follow
from tests.store.conftest import Shop


def test_a_final_status_is_followed_by_nothing() -> None:
    assert set(FINAL) == {Status.SUCCEEDED, Status.FAILED, Status.CANCELLED}
    assert set(FINAL) | set(UNFINISHED) == set(Status)
    assert not any(may_follow(final, status) for final in FINAL for status in Status)
    assert all(status.is_final for status in FINAL)


def test_a_change_that_the_lifecycle_does_not_know_is_an_error(shop: Shop) -> None:
    run = shop.add_run()

    with pytest.raises(ValueError, match="queued cannot become succeeded"):
        shop.write(end_run, run, status=Status.SUCCEEDED, ended_by=EndedBy.COMPLETED)
