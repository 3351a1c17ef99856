"""Workers beside one another: sharing the queue, giving back, and taking over from one that was killed."""

import signal
import subprocess
import time

import psutil
import pytest

from store.lifecycle import Status
from store.results import list_attempts
from store.workers import list_workers
from tests.worker.room import ENDLESS, Room, all_gone, descendants, until

Worker = subprocess.Popen[bytes]
pytestmark = pytest.mark.usefixtures("free_workers")


def test_two_queued_runs_start_at_once_on_two_workers_and_one_worker_takes_over_from_the_other(
    room: Room, worker: Worker
) -> None:
    """A busy worker holds back no message (nobody else would be woken for a minute); SIGTERM leaves no process."""
    other = room.start_worker()
    ours, theirs = room.submit(fit=ENDLESS), room.submit(fit=ENDLESS)
    submitted = time.monotonic()
    for run_id in (ours, theirs):
        room.wait_for_epoch(run_id, 2)
    assert time.monotonic() - submitted < 45
    if pid_of_worker(room, ours) == other.pid:
        ours, theirs = theirs, ours
    processes = [psutil.Process(other.pid), *descendants(other)]

    asked = time.monotonic()
    other.send_signal(signal.SIGTERM)
    assert other.wait(timeout=12) == 0
    assert time.monotonic() - asked < 10
    until(lambda: all_gone(processes), seconds=2)
    room.cancel(ours)
    until(lambda: room.look(theirs).attempt == 2 and room.look(theirs).status == Status.RUNNING)
    room.stop(theirs)

    assert room.wait(theirs).status == Status.SUCCEEDED
    assert reasons(room, theirs) == ["worker_ending", "stop"]
    assert rises_without_gap(room, theirs)


def test_a_killed_worker_leaves_no_process_and_its_run_is_taken_over_after_the_lease(
    room: Room, worker: Worker
) -> None:
    other = room.start_worker(HORNGATE_WORKER_QUEUES="spare")
    busy = room.submit(fit=ENDLESS)
    room.wait_for_epoch(busy, 1)
    run_id = room.submit(fit=ENDLESS, queue="spare")
    room.wait_for_epoch(run_id, 3)
    until(lambda: room.events(run_id, "checkpoint"))
    processes = descendants(other)

    other.kill()
    other.wait()
    until(lambda: all_gone(processes), seconds=2)
    room.cancel(busy)
    until(lambda: room.look(run_id).attempt == 2 and room.look(run_id).progress)
    room.stop(run_id)

    assert room.wait(run_id).status == Status.SUCCEEDED
    assert reasons(room, run_id) == ["worker_lost", "stop"]
    assert rises_without_gap(room, run_id)


def test_a_worker_goes_on_while_the_broker_is_away(room: Room, worker: Worker) -> None:
    """Runs are trained all the same: the worker looks for itself where nobody can wake it."""
    broker = room.services[0]
    broker.kill()
    broker.wait()
    try:
        without = room.wait(room.submit())
    finally:
        room.start("store.valkey")
    run = room.wait(room.submit())

    assert without.status == run.status == Status.SUCCEEDED
    assert worker.poll() is None


def pid_of_worker(room: Room, run_id: str) -> int:
    holder = room.look(run_id).worker_id
    with room.database.reading() as session:
        return next(worker.pid for worker in list_workers(session).items if worker.id == holder)


def reasons(room: Room, run_id: str) -> list[str | None]:
    with room.database.reading() as session:
        return [attempt.reason for attempt in list_attempts(session, run_id)]


def rises_without_gap(room: Room, run_id: str) -> bool:
    """Epochs of all attempts together: a later attempt goes on where a checkpoint was, not from the start."""
    epochs = [(event.attempt, event.data["epoch"]) for event in room.events(run_id, "metrics")]
    first = [epoch for attempt, epoch in epochs if attempt == 1]
    second = [epoch for attempt, epoch in epochs if attempt == 2]
    return first == list(range(1, len(first) + 1)) and 1 < int(str(second[0])) <= len(first) + 1
