"""Verbs that keep the work: pause, resume, extend, clone, steer, through the client and the command line."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from horngate.client.runs import Run
from horngate.errors import HorngateError, Refused
from tests.stack import Stack, until

SPEC: dict[str, Any] = {
    "name": "kept work",
    "targets": {"total": {"column": "total"}},
    "split": {"validation": 0.2},
    "model": {"kind": "sequential", "layers": ["GaussianNoise(0.1)", 'Dense(8, activation="relu")', "Dense(1)"]},
    "compile": {"optimizer": "Adam(0.01)", "loss": "mse"},
}


@pytest.fixture(scope="module")
def numbers(stack: Stack) -> str:
    file = stack.home / "kept-work.csv"
    file.write_text("a,b,total\n" + "\n".join(f"{i % 7},{i % 5},{i % 7 + i % 5}" for i in range(12_000)))
    return str(stack.remote.datasets.add(file, name="kept-work").about["name"])


@pytest.fixture
def endless(stack: Stack, numbers: str) -> Iterator[Run]:
    """Its epochs are long, and hardly a moment of them is validation."""
    rows = {"batch_size": 1, "validation_batch_size": 4000}
    run = create(stack, numbers, epochs=100_000, early_stopping={"patience": 100_000}, **rows)
    until(lambda: (run.refresh().about["progress"] or {}).get("step"), 60)
    yield run
    if not run.refresh().is_final:
        run.cancel()


def create(stack: Stack, dataset: str, **fit: Any) -> Run:
    return stack.remote.runs.create({**SPEC, "dataset": dataset, "fit": {"tensorboard": False, **fit}})


def test_a_run_that_is_extended_ends_as_if_it_had_been_longer_from_the_beginning(stack: Stack, numbers: str) -> None:
    whole = create(stack, numbers, epochs=5).wait()
    short = create(stack, numbers, epochs=3).wait()

    answer = stack.horngate("runs", "extend", short.id, "--epochs", "2", "--json")
    longer = stack.remote.runs.get(json.loads(answer.stdout)["id"]).wait()

    assert longer.id != short.id
    assert longer.about["origin"] == {"run": short.id, "by": "extend"}
    assert longer.metrics(["loss", "val_loss"]) == whole.metrics(["loss", "val_loss"])
    assert longer.about["last"] == whole.about["last"]


def test_a_clone_is_the_same_spec_with_changes(stack: Stack, numbers: str) -> None:
    run = create(stack, numbers, epochs=1).wait()

    answer = stack.horngate("runs", "clone", run.id, "--set", "fit.epochs=2", "--json")
    clone = stack.remote.runs.get(json.loads(answer.stdout)["id"]).wait()

    assert clone.about["origin"] == {"run": run.id, "by": "clone"}
    assert clone.spec["fit"]["epochs"] == 2
    assert clone.metrics(["loss"])["loss"][0] == run.metrics(["loss"])["loss"][0]
    with pytest.raises(Refused, match="epochs"):
        run.clone({"fit": {"epochs": 0}})


def test_a_run_is_paused_resumed_and_steered_under_way(stack: Stack, endless: Run) -> None:
    assert stack.horngate("runs", "pause", endless.id).returncode == 0
    until(lambda: endless.refresh().status == "paused", 30)
    assert "step" in next(event for event in reversed(list(so_far(endless))) if event["kind"] == "checkpoint")

    steered = stack.horngate("runs", "steer", endless.id, "--learning-rate", "0.002", "--epochs", "3")
    assert steered.returncode == 0, steered.stderr
    assert stack.horngate("runs", "resume", endless.id).returncode == 0
    endless.wait()

    assert (endless.about["attempt"], endless.about["ended_by"]) == (2, "completed")
    assert endless.about["last"]["epoch"] == 3
    (said,) = [event for event in so_far(endless) if event["kind"] == "steering"]
    assert said["changes"] == {"learning_rate": 0.002, "epochs": 3}


def test_what_cannot_be_changed_is_refused_at_its_field(stack: Stack, endless: Run) -> None:
    with pytest.raises(Refused, match="no optimizer is named 'wide'"):
        endless.steer(learning_rate={"wide": 0.1})
    with pytest.raises(Refused, match="nothing is changed"):
        endless.steer()
    with pytest.raises(Refused):
        endless.steer(learning_rate=-1)
    endless.extend(1)
    assert endless.refresh().about["live"]["epochs"] == 100_001
    endless.cancel()
    until(lambda: endless.refresh().is_final, 30)
    for verb in (endless.pause, endless.resume):
        with pytest.raises(HorngateError, match="has ended already"):
            verb()


def so_far(run: Run) -> Iterator[dict[str, Any]]:
    """Its events up to now."""
    yield from run.service.get(f"{run.path}/events", limit=1000)["data"]
