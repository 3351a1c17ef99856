"""A slice of `make chaos`: a seeded storm over real processes, after which every invariant holds."""

import pytest

from chaos.__main__ import a_town, tell
from chaos.cancelling import measure_cancels
from chaos.storming import weather

KINDS = ["dropout", "plateau", "component"]


@pytest.mark.parametrize(("engine", "seed"), [("sqlite", 11), ("postgresql", 12)])
def test_nothing_is_lost_doubled_or_changed_by_a_storm(engine: str, seed: int) -> None:
    """Trainers, workers, broker, api and database are struck at random; the figures are printed (`-s`)."""
    with a_town(engine) as town:
        weathered = weather(town, seconds=30, seed=seed, kinds=KINDS)
        tell(weathered)
        if engine == "sqlite":
            measure_cancels(town, 5)

    assert weathered.findings.broken == []
    assert sum(weathered.faults.values()) > 0
    assert weathered.findings.compared > 0
