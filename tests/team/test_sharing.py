"""Two workers on two machines share the queue, and one goes on where the other had to leave off."""

import signal
import time
from collections.abc import Iterator

import psutil
import pytest

from horngate.client.runs import Run
from tests.stack import until
from tests.team.team import ENDLESS, LEASE_SECONDS, Team


@pytest.fixture(autouse=True)
def _free_workers(team: Team) -> Iterator[None]:
    """No run of these tests is left for the next."""
    yield
    team.cancel_all()


def test_two_queued_runs_start_at_once_on_different_workers(team: Team) -> None:
    both = [team.submit(fit=ENDLESS), team.submit(fit=ENDLESS)]
    for run in both:
        wait_for_epoch(run, 1)

    workers = team.http.get("/v1/workers").json()["data"]
    running = [worker["running"] for worker in workers if worker["state"] == "alive"]
    assert [count for count in running if count] == [1, 1]


def test_a_worker_that_is_told_to_end_gives_its_run_back_at_once(team: Team) -> None:
    run = team.submit(fit=ENDLESS)
    wait_for_epoch(run, 3)
    machine = team.machine_of(run)
    leaving = team.workers[machine]
    family = psutil.Process(leaving.pid).children(recursive=True)

    asked = time.monotonic()
    leaving.send_signal(signal.SIGTERM)
    wait_for_attempt(run, 2)

    assert time.monotonic() - asked < LEASE_SECONDS
    assert leaving.wait(timeout=10) == 0
    until(lambda: not any(is_alive(process) for process in family), 2)
    team.start_worker(machine)
    assert ends_well(team, run) == ["worker_ending", "stop"]


def test_the_run_of_a_killed_worker_goes_on_elsewhere_after_its_lease(team: Team) -> None:
    team.wait_for_workers()
    run = team.submit(fit=ENDLESS)
    wait_for_epoch(run, 3)
    until(lambda: team.events(run, "checkpoint"))
    machine = team.machine_of(run)
    killed = team.workers[machine]
    family = psutil.Process(killed.pid).children(recursive=True)

    died = time.monotonic()
    del team.workers[machine]
    killed.kill()
    killed.wait()
    until(lambda: not any(is_alive(process) for process in family), 2)
    wait_for_attempt(run, 2)

    assert time.monotonic() - died < LEASE_SECONDS + 10
    assert ends_well(team, run) == ["worker_lost", "stop"]


def wait_for_epoch(run: Run, epoch: int) -> None:
    until(lambda: ((run.refresh().about["progress"] or {}).get("epoch") or 0) > epoch, 60)


def wait_for_attempt(run: Run, number: int) -> None:
    until(lambda: run.refresh().about["attempt"] == number and run.status == "running", 60)


def ends_well(team: Team, run: Run) -> list[str | None]:
    """Let the second attempt train for a while, stop it, look at its curves; the reasons why attempts ended."""
    first = max(event["epoch"] for event in team.events(run, "metrics"))
    wait_for_epoch(run, first + 2)
    run.stop().wait()
    epochs = [(event["attempt"], event["epoch"]) for event in team.events(run, "metrics")]
    second = [epoch for attempt, epoch in epochs if attempt == 2]
    assert second[0] > 1, "it went on from a checkpoint"
    for name, points in run.metrics(["loss", "val_loss"], max_points=20_000).items():
        assert [step for step, _ in points] == list(range(1, second[-1] + 1)), name
    return [reason for _, state, reason in team.attempts(run) if state == "ended"]


def is_alive(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
