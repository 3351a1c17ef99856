"""A run's way through the worker, on a real broker, a real database and real Keras."""

import json
import signal
import subprocess
import time
from pathlib import Path

import pytest

from store.claims import pinned_datasets
from store.datasets import blob_key
from store.lifecycle import EndedBy, Status
from store.results import find_checkpoint, list_artifacts, list_attempts
from store.series import read_series
from tests.worker.room import ENDLESS, Room, descendants, until
from worker.supervisor.oom import count_oom_kills, may_be_oom
from worker.supervisor.verdict import KILLED, OUT_OF_MEMORY, crashed

Worker = subprocess.Popen[bytes]
pytestmark = pytest.mark.usefixtures("free_workers")


def test_a_run_is_trained_and_everything_it_made_is_kept(room: Room, worker: Worker) -> None:
    """Curves, phases, log, checkpoints and artifacts, each under its hash; nothing stays in the home's runs folder."""
    run = room.wait(room.submit())

    assert (run.status, run.ended_by, run.failure) == (Status.SUCCEEDED, EndedBy.COMPLETED, None)
    assert [phase["phase"] for phase in run.phases] == ["preparing", "building", "training", "evaluating", "exporting"]
    assert run.last is not None
    assert run.last["epoch"] == 3
    assert run.summary is not None
    with room.database.reading() as session:
        artifacts = {artifact.path for artifact in list_artifacts(session, run.id)}
        checkpoint = find_checkpoint(session, run.id, "last")
        losses = read_series(session, run.id, ["loss"], 100)
    assert "model.keras" in artifacts
    assert checkpoint is not None
    assert {key for key, _ in room.blobs.list(checkpoint.prefix)} == {
        f"{checkpoint.prefix}/{name}" for name in checkpoint.manifest
    }
    assert [step for step, _ in losses[0].points] == [1, 2, 3]
    assert room.blobs.list(f"runs/{run.id}/tensorboard/1")
    until(lambda: not list((room.home / "runs").glob("*")))


def test_neither_celery_nor_the_supervisor_loads_tensorflow(room: Room, worker: Worker) -> None:
    room.wait(room.submit())

    assert "tensorflow" not in Path(f"/proc/{worker.pid}/maps").read_text()
    assert "tensorflow" in Path(f"/proc/{descendants(worker)[0].pid}/maps").read_text()


def test_the_first_batch_is_done_soon_after_the_submission(room: Room, worker: Worker) -> None:
    """1.5 s on a quiet machine; the bound leaves room for a busy one."""
    room.wait(room.submit())
    submitted = time.monotonic()
    run_id = room.submit()
    until(lambda: room.look(run_id).progress)

    assert time.monotonic() - submitted < 5


def test_a_stopped_run_keeps_its_work(room: Room, worker: Worker) -> None:
    run_id = room.submit(fit=ENDLESS)
    room.wait_for_epoch(run_id, 2)
    room.stop(run_id)
    run = room.wait(run_id)

    assert (run.status, run.ended_by) == (Status.SUCCEEDED, EndedBy.STOP)
    with room.database.reading() as session:
        assert list_artifacts(session, run_id)


def test_a_paused_run_frees_its_worker_in_the_middle_of_an_epoch_and_goes_on_there(room: Room, worker: Worker) -> None:
    long = {"epochs": 2, "batch_size": 1}
    whole = room.wait(room.submit(dataset="many", fit=long))
    run_id = room.submit(dataset="many", fit=long)
    until(lambda: (room.look(run_id).progress or {}).get("step"))
    asked = time.monotonic()
    room.pause(run_id)
    until(lambda: room.look(run_id).status is Status.PAUSED)

    assert time.monotonic() - asked < 5
    left = room.events(run_id, "checkpoint")[-1].data
    assert left["step"]
    other = room.wait(room.submit())
    assert (other.status, room.look(run_id).status) == (Status.SUCCEEDED, Status.PAUSED)
    room.resume(run_id)
    run = room.wait(run_id)
    assert (run.status, run.attempt) == (Status.SUCCEEDED, 2)
    assert run.last == whole.last
    assert [event.data["epoch"] for event in room.events(run_id, "metrics")] == [1, 2]


def test_a_cancelled_run_s_process_is_gone_within_two_seconds(room: Room, worker: Worker) -> None:
    run_id = room.submit(fit=ENDLESS)
    room.wait_for_epoch(run_id, 1)
    trainer = descendants(worker)[1]
    asked = time.monotonic()
    room.cancel(run_id)
    until(lambda: not trainer.is_running())

    assert time.monotonic() - asked < 2
    assert room.wait(run_id).status == Status.CANCELLED


def test_a_run_that_reaches_its_minutes_ends_and_keeps_its_work(room: Room, worker: Worker) -> None:
    run = room.wait(room.submit(fit=ENDLESS, resources={"max_minutes": 0.05}))

    assert (run.status, run.ended_by) == (Status.SUCCEEDED, EndedBy.TIMEOUT)


def test_a_loss_that_is_no_number_fails_as_such(room: Room, worker: Worker) -> None:
    run = room.wait(room.submit(compile={"optimizer": "SGD(1e30)"}))

    assert run.status == Status.FAILED
    assert run.failure is not None
    assert run.failure["kind"] == "non_finite"
    assert "learning rate" in str(run.failure["advice"])
    assert "Traceback" not in json.dumps(run.failure)
    assert "Traceback" in room.log_of(run.id)


def test_what_keras_refuses_is_told_in_its_words_without_our_stack(room: Room, worker: Worker) -> None:
    layers = ["Reshape((5, 3))", "Flatten()", {"name": "total", "layer": "Dense(1)"}]
    run = room.wait(room.submit(model={"kind": "sequential", "layers": layers}))

    assert run.failure is not None
    assert run.failure["kind"] == "user_code"
    assert "(5, 3)" in str(run.failure["message"])
    assert 'File "' not in json.dumps(run.failure)


def test_a_trainer_that_somebody_kills_goes_on_from_its_checkpoint_and_not_for_ever(room: Room, worker: Worker) -> None:
    """Where the kernel's count of processes killed for want of memory has not risen, memory was not what it was."""
    run_id = room.submit(fit=ENDLESS)
    room.wait_for_epoch(run_id, 2)
    until(lambda: room.events(run_id, "checkpoint"))
    descendants(worker)[1].send_signal(signal.SIGKILL)
    until(lambda: room.look(run_id).attempt == 2 and room.look(run_id).progress)
    room.stop(run_id)

    assert room.wait(run_id).status == Status.SUCCEEDED
    assert [event.data["reason"] for event in room.events(run_id, "attempt")] == [None, "killed", None, "stop"]


def test_a_death_by_sigkill_is_want_of_memory_where_the_kernel_may_have_meant_it(tmp_path: Path) -> None:
    counted = tmp_path / "vmstat"
    counted.write_text("pgfault 7\noom_kill 3\n")

    assert count_oom_kills(counted) == 3
    assert count_oom_kills(tmp_path / "absent") is None
    assert [may_be_oom(3, 3), may_be_oom(3, 4), may_be_oom(None, 3)] == [False, True, True]
    assert crashed(-signal.SIGKILL, [], may_be_oom=True) == OUT_OF_MEMORY
    assert crashed(-signal.SIGKILL, [], may_be_oom=False) == KILLED


def test_data_that_has_changed_under_its_hash_is_not_trained_on(room: Room, worker: Worker) -> None:
    room.add_table("damaged", "a,b,total\n" + "1,2,3\n" * 50)
    run_id = room.submit(wake=False, dataset="damaged")
    with room.database.reading() as session:
        sha256 = pinned_datasets(session, run_id)[0].sha256
    room.blobs.put_bytes(blob_key(sha256), b"a,b,total\n9,9,9\n")
    run = room.wait(run_id)

    assert run.failure is not None
    assert run.failure["kind"] == "data"
    assert sha256 in str(run.failure["message"])


def test_a_lost_mother_is_replaced_and_the_run_goes_on_from_its_checkpoint(room: Room, worker: Worker) -> None:
    run_id = room.submit(fit=ENDLESS)
    room.wait_for_epoch(run_id, 3)
    until(lambda: room.events(run_id, "checkpoint"))
    descendants(worker)[0].kill()
    until(lambda: room.look(run_id).attempt == 2 and room.look(run_id).progress, seconds=120)
    room.stop(run_id)
    run = room.wait(run_id)

    assert run.status == Status.SUCCEEDED
    with room.database.reading() as session:
        assert [attempt.reason for attempt in list_attempts(session, run_id)] == ["worker_lost", "stop"]
    assert "goes on after epoch" in room.log_of(run_id)
