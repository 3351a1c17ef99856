"""A run goes on from a checkpoint: its curves and scores end where that was taken, whoever goes on."""

import pytest

from store.claims import Claim
from store.endings import finish_run, release_run
from store.errors import StaleAttempt
from store.levels import LONG_FROM
from store.lifecycle import EndedBy, Status
from store.recording import record_checkpoint, record_epoch, record_points, record_scores
from store.rows import Run
from store.runs import get_run
from store.series import read_series
from store.steering import go_back_to, go_on_from
from tests.store.conftest import Shop
from tests.store.test_levels import drawn_levels, kept_levels

SAVED = {"metrics": {}, "bytes": 1, "manifest": {}, "prefix": "runs/x"}


def train(shop: Shop, claim: Claim, epochs: int) -> None:
    for epoch in range(1, epochs + 1):
        shop.write(record_epoch, claim, epoch, {"loss": 1 / epoch}, 1.0)
        shop.write(record_scores, claim, best={"epoch": epoch, "metrics": {"loss": 1 / epoch}})
    shop.write(record_points, claim, [("system/cpu_percent", epochs + 90, 50.0)])


def curves_of(shop: Shop, run: Run) -> dict[str, list[int]]:
    return {curve.name: [step for step, _ in curve.points] for curve in shop.read(read_series, run.id)}


def test_a_run_extended_after_a_cancel_has_nothing_of_what_came_after_its_last_checkpoint(shop: Shop) -> None:
    old = shop.add_run()
    claim = shop.claim()
    train(shop, claim, 5)
    shop.write(record_checkpoint, claim, name="last", epoch=3, step=7, **SAVED)
    shop.write(finish_run, claim, status=Status.CANCELLED, ended_by=EndedBy.CANCEL)
    new = shop.add_run()

    with shop.database.transaction() as session:
        go_on_from(session, get_run(session, new.id), get_run(session, old.id))

    longer = shop.read(get_run, new.id)
    assert curves_of(shop, new) == {"loss": [1, 2, 3]}
    assert (longer.best, longer.last) == (None, {"epoch": 3, "metrics": {"loss": 1 / 3}})
    assert curves_of(shop, old)["loss"] == [1, 2, 3, 4, 5], "which stays as it ended"


def test_an_attempt_that_goes_on_takes_back_what_the_lost_one_drew_beyond(shop: Shop) -> None:
    """Else a run stopped at once would show epochs that its weights never saw."""
    run = shop.add_run()
    lost = shop.claim()
    train(shop, lost, 5)
    shop.write(release_run, lost, "worker_stopped")
    claim = shop.claim()

    shop.write(go_back_to, claim, 3)

    assert curves_of(shop, run) == {"loss": [1, 2, 3], "system/cpu_percent": [95]}
    assert shop.read(get_run, run.id).best is None
    with pytest.raises(StaleAttempt):
        shop.write(go_back_to, lost, 0)
    shop.write(go_back_to, claim, 0)
    assert curves_of(shop, run) == {"system/cpu_percent": [95]}


@pytest.mark.parametrize("epoch", [10, LONG_FROM, LONG_FROM + 511])
def test_a_long_curve_is_cut_in_its_short_form_too(shop: Shop, epoch: int) -> None:
    shop.add_run()
    claim = shop.claim()
    points = [("loss", step, 1 / step) for step in range(1, LONG_FROM + 900)]
    shop.write(record_points, claim, [*points, ("system/cpu_percent", LONG_FROM + 9, 1.0)])

    shop.write(go_back_to, claim, epoch)

    assert kept_levels(shop) == sorted(drawn_levels(shop))
    assert {level[0] for level in kept_levels(shop)} >= {"system/cpu_percent"}
    (curve, _) = shop.read(read_series, claim.run_id, max_points=20_000)
    assert (curve.points[-1][0], curve.total) == (epoch, epoch)
