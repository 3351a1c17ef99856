"""Checkpoints of epochs are kept as the spec asks for and the disk allows; best and last always are."""

import pytest

from store.claims import Claim
from store.recording import record_checkpoint
from store.results import list_checkpoints
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


def save(shop: Shop, claim: Claim, name: str, epoch: int) -> None:
    said = {"epoch": epoch, "metrics": {}, "bytes": 10, "manifest": {}, "prefix": f"at/{name}"}
    shop.write(record_checkpoint, claim, name=name, **said)


@pytest.mark.parametrize(
    ("keep", "budget", "left"),
    [(2, None, [5, 6]), (None, 55, [4, 5, 6]), (1, 55, [6]), (None, 15, []), (None, None, [1, 2, 3, 4, 5, 6])],
)
def test_the_newest_are_kept_within_number_and_budget(
    shop: Shop, claim: Claim, keep: int | None, budget: int | None, left: list[int]
) -> None:
    forgotten = shop.write(prune_checkpoints, claim, keep, budget)

    found = shop.read(list_checkpoints, claim.run_id)
    assert [c.epoch for c in found if c.name.startswith("epoch")] == left
    assert {c.name for c in found} >= {"best", "last"}
    assert sorted(forgotten) == [f"at/epoch-{epoch:04d}" for epoch in range(1, 7) if epoch not in left]
