"""Checkpoints of epochs are kept as the spec asks for and the disk allows; best and last always are."""

import pytest

from models_lib.spec.keeping import Keep, KeepSome
from store.claims import Claim
from store.recording import record_checkpoint
from store.results import list_checkpoints, rank_checkpoints
from tests.store.conftest import Shop
from worker.supervisor.pruning import prune_checkpoints


@pytest.fixture
def claim(shop: Shop) -> Claim:
    """Of a run with six epochs of 10 bytes each, and best and last beside them."""
    shop.add_run()
    claim = shop.claim()
    for epoch in range(1, 7):
        save(shop, claim, f"epoch-{epoch:04d}", epoch)
    save(shop, claim, "best", 4)
    save(shop, claim, "last", 6)
    return claim


MERITS = {1: 0.1, 2: 0.7, 3: None, 4: 0.9, 5: 0.7, 6: 0.2}


def save(shop: Shop, claim: Claim, name: str, epoch: int) -> None:
    said = {"epoch": epoch, "metrics": {}, "bytes": 10, "manifest": {}, "prefix": f"at/{name}"}
    shop.write(record_checkpoint, claim, name=name, merit=MERITS[epoch], **said)


@pytest.mark.parametrize(
    ("keep", "budget", "left"),
    [
        (2, None, [5, 6]),
        ("all", 55, [4, 5, 6]),
        (1, 55, [6]),
        ("all", 15, []),
        ("all", None, [1, 2, 3, 4, 5, 6]),
        (KeepSome(best=2), None, [2, 4]),
        (KeepSome(best=3), None, [2, 4, 5]),
        (KeepSome(best=6), None, [1, 2, 4, 5, 6]),
        (KeepSome(best=2, latest=2), None, [2, 4, 5, 6]),
        (KeepSome(best=1, latest=3), None, [4, 5, 6]),
        (KeepSome(best=2, latest=2), 55, [2, 4, 6]),
        (KeepSome(best=3, latest=1), 35, [4]),
    ],
)
def test_the_best_and_the_newest_are_kept_within_number_and_budget(
    shop: Shop, claim: Claim, keep: Keep, budget: int | None, left: list[int]
) -> None:
    """Of equals the earlier is better; where the budget does not hold them all the best go before the latest."""
    forgotten = shop.write(prune_checkpoints, claim, keep, budget)

    found = shop.read(list_checkpoints, claim.run_id)
    assert [c.epoch for c in found if c.name.startswith("epoch")] == left
    assert {c.name for c in found} >= {"best", "last"}
    assert sorted(forgotten) == [f"at/epoch-{epoch:04d}" for epoch in range(1, 7) if epoch not in left]


def test_checkpoints_are_ranked_by_epoch_and_those_that_nobody_judged_are_not(shop: Shop, claim: Claim) -> None:
    shop.write(record_checkpoint, claim, name="last", epoch=6, step=3, metrics={}, bytes=1, manifest={}, prefix="l")

    found = shop.read(list_checkpoints, claim.run_id)

    ranks = rank_checkpoints(found)
    by_name = {each.name: ranks.get(each.id) for each in found}
    assert by_name["best"] == by_name["epoch-0004"] == 1
    assert [by_name[f"epoch-{epoch:04d}"] for epoch in range(1, 7)] == [5, 2, None, 1, 3, 4]
    assert by_name["last"] is None
