"""Which GPUs a run gets: those with the fewest runs on them, and of those the ones with most room."""

from collections import Counter

import pytest

from worker import gpus
from worker.devices import Gpu, Machine
from worker.gpus import GpuPool

FREE = {0: 10, 1: 70, 2: 40, 3: 20}
"""Bytes of memory by number; no machine here has a driver to ask."""


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch) -> GpuPool:
    monkeypatch.setattr(gpus, "_free_bytes", FREE.__getitem__)
    return GpuPool(Machine(8, 2**30, tuple(Gpu(number, "any", 80) for number in FREE)))


def test_the_ones_with_most_room_are_taken_first_and_shared_last(pool: GpuPool) -> None:
    with pool.taken("auto") as first, pool.taken(2) as both, pool.taken("auto") as last:
        assert (first, both, last) == ((1,), (2, 3), (0,))
        with pool.taken(3) as shared:
            assert shared == (1, 2, 3)
    with pool.taken("auto") as again:
        assert again == (1,)


def test_a_run_that_wants_none_gets_none_and_one_that_wants_more_all_there_are(pool: GpuPool) -> None:
    with pool.taken(0) as none, pool.taken(9) as every:
        assert (none, every) == ((), (0, 1, 2, 3))


def test_a_processor_that_stands_for_several_devices_is_not_taken_unasked() -> None:
    pretended = GpuPool(Machine(2, 2**30, (), cpu_devices=2))
    with pretended.taken("auto") as none, pretended.taken(2) as both:
        assert (len(pretended), none, both) == (2, (), (0, 1))
    with GpuPool(Machine(2, 2**30, ())).taken("auto") as nothing:
        assert nothing == ()


def test_what_was_taken_is_given_back_also_after_an_error(pool: GpuPool) -> None:
    with pytest.raises(RuntimeError), pool.taken(4):
        raise RuntimeError
    assert not +Counter(pool._runs)
