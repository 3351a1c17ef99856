"""Two workers train one model together, each computing half of every batch."""

import signal
from collections.abc import Iterator
from typing import Any

import numpy as np
import psutil
import pytest

from horngate.client.runs import Run
from horngate.errors import Refused
from tests.stack import until
from tests.team.team import Team

TOGETHER = {"resources": {"workers": 2}}
SECONDS = 240


@pytest.fixture(autouse=True)
def _two_free_workers(team: Team) -> Iterator[None]:
    """Other tests have killed some, of which the service knows when they have been silent for long enough."""
    for machine in {"first", "second"} - team.workers.keys():
        team.start_worker(machine)
    team.wait_for_workers()
    until(lambda: len(team.live_workers()) == 2, SECONDS)
    yield
    team.cancel_all()


def test_two_workers_compute_what_one_computes_also_when_one_is_lost_and_when_one_must_leave(team: Team) -> None:
    fit = {"epochs": 40, "batch_size": 16, "tensorboard": False}
    on_two = {"resources": {"gpus": 2}}
    alone, beside_itself, undisturbed, disturbed = (
        team.submit(fit=fit, **more) for more in ({}, on_two, TOGETHER, TOGETHER)
    )

    until(lambda: epochs_of(team, disturbed) > 5, SECONDS)
    trainer_beside(team, disturbed).kill()
    until(lambda: [attempt for attempt in team.attempts(disturbed) if attempt[0] == 2], SECONDS)
    until(lambda: team.events(disturbed, "metrics")[-1]["attempt"] == 2, SECONDS)
    beside = machine_beside(team, disturbed)
    leaving = team.workers[beside]
    leaving.send_signal(signal.SIGTERM)
    assert leaving.wait(timeout=30) == 0
    team.start_worker(beside)

    for run in (alone, beside_itself, undisturbed, disturbed):
        until(lambda run=run: run.refresh().is_final, SECONDS)
        assert run.status == "succeeded", team.last_words()
    ends = [reason for _, state, reason in team.attempts(disturbed) if state == "ended"]
    assert ends[0] == "worker_lost"
    assert ends[1:] in (["worker_ending", "completed"], ["completed"])
    assert curves_of(team, disturbed) == curves_of(team, undisturbed)
    assert_close(curves_of(team, alone), curves_of(team, undisturbed))
    assert_close(curves_of(team, alone), curves_of(team, beside_itself))
    for run in (beside_itself, undisturbed):
        engine = team.http.get(run.path).json()["engine"]
        assert engine["name"] == "fused"
        assert "2 devices share each" in engine["why"]
    rows = [{"a": 3, "b": 2}, {"a": 1, "b": 4}]
    assert disturbed.predict(rows) == undisturbed.predict(rows)


def test_more_than_there_is_is_refused_with_what_there_is(team: Team) -> None:
    with pytest.raises(Refused) as gpus:
        team.submit(resources={"gpus": 3})
    with pytest.raises(Refused) as workers:
        team.submit(resources={"workers": 3})

    [no_gpus], [too_few] = gpus.value.faults, workers.value.faults
    assert (no_gpus.pointer, no_gpus.found, no_gpus.allowed) == ("/resources/gpus", 3, 2)
    assert "no worker of the queue 'default' has that many" in no_gpus.message
    assert (too_few.pointer, too_few.found, too_few.allowed) == ("/resources/workers", 3, 2)
    assert "the queue 'default' has 2:" in too_few.message


def epochs_of(team: Team, run: Run) -> int:
    return int((team.http.get(run.path).json()["progress"] or {}).get("epoch", 0))


def machine_beside(team: Team, run: Run) -> str:
    """Of the worker that only computes."""
    first, pids = team.events(run, "attempt")[-1]["worker"], team.live_workers()
    return next(machine for machine, worker in team.workers.items() if pids.get(worker.pid) != first)


def trainer_beside(team: Team, run: Run) -> psutil.Process:
    family = psutil.Process(team.workers[machine_beside(team, run)].pid).children(recursive=True)
    return max(family, key=psutil.Process.create_time)


def curves_of(team: Team, run: Run) -> dict[int, dict[str, Any]]:
    return {event["epoch"]: event["metrics"] for event in team.events(run, "metrics")}


def assert_close(some: dict[int, dict[str, Any]], others: dict[int, dict[str, Any]]) -> None:
    assert some.keys() == others.keys()
    for epoch in some:
        assert some[epoch].keys() == others[epoch].keys()
        np.testing.assert_allclose(list(some[epoch].values()), list(others[epoch].values()), rtol=1e-2, atol=1e-5)
