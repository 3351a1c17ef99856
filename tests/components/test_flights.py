"""A run that takes a while is tried in small beside it: what is found is told, and what cannot end is not let go on."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.components.conftest import Shop
from tests.components.test_seed import stack_of
from tests.stack import until

LATE = """
import keras


class Late(keras.callbacks.Callback):
    def on_test_begin(self, logs=None):
        raise ValueError("nobody had tried this")
"""
LONG = {"epochs": 1_000_000, "validation_freq": 1_000_000, "monitor": "loss"}


@pytest.fixture
def long_runs(shop: Shop) -> Iterator[list[str]]:
    """Runs that are cancelled at the end."""
    started: list[str] = []
    yield started
    for run_id in started:
        shop.http.post(f"/v1/runs/{run_id}:cancel")


def submit(shop: Shop, started: list[str], *, preflight: bool = True, **spec: Any) -> str:
    inputs = {"x": {"columns": ["a", "b", "c"]}}
    document = {"dataset": "counts", "inputs": inputs, "targets": "total", "compile": {"loss": "mse"}, **spec}
    answer = shop.http.post("/v1/runs", json={"spec": document, "preflight": preflight})
    assert answer.status_code == 201, answer.text
    started.append(str(answer.json()["id"]))
    return started[-1]


def test_a_long_run_is_flown_beside_it_unless_told_not_to(shop: Shop, long_runs: list[str]) -> None:
    model = stack_of("Dense(4)", "Dense(1)")
    without = submit(shop, long_runs, preflight=False, model=model, fit=LONG)
    with_one = submit(shop, long_runs, model=model, fit=LONG, export=["keras", "onnx"])

    until(lambda: shop.http.get(f"/v1/runs/{with_one}/preflight").status_code == 200, 120)
    told = shop.http.get(f"/v1/runs/{with_one}/preflight").json()
    none = shop.http.get(f"/v1/runs/{without}/preflight")
    run = shop.http.get(f"/v1/runs/{with_one}").json()

    assert told["summary"]["layers"][1]["bytes"] == (3 * 4 + 4) * 4
    assert told["estimate"]["epochs"] == LONG["epochs"]
    assert {export["format"] for export in told["exports"]} == {"keras", "onnx"}
    assert [w for w in told["warnings"] if w not in run["warnings"]] == []
    assert run["status"] in ("queued", "running")
    assert (none.status_code, none.json()["code"]) == (404, "no_preflight")


def test_a_fault_that_a_long_run_would_meet_late_cancels_it_with_its_place(shop: Shop, long_runs: list[str]) -> None:
    shop.upload("late", LATE)
    run_id = submit(shop, long_runs, model=stack_of("Dense(1)"), fit={**LONG, "callbacks": ["Late()"]})

    run = shop.wait(run_id)

    assert (run["status"], run["ended_by"]) == ("cancelled", "cancel")
    assert run["failure"]["pointer"] == "/fit"
    assert "nobody had tried this" in run["failure"]["message"]
    assert "preflight: false" in run["failure"]["advice"]
