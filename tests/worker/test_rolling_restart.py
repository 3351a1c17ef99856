"""Workers are restarted one after the other while runs are under way: nothing is lost, and the bits are the same."""

import signal

from store.lifecycle import Status
from store.results import list_attempts, list_checkpoints
from store.rows import MetricPoint
from tests.worker.room import Room, until

QUEUE = "rolling"
SPEC = {
    "dataset": "many",
    "queue": QUEUE,
    "model": {"layers": ['Dense(8, activation="relu")', "Dropout(0.2)", {"name": "total", "layer": "Dense(1)"}]},
    "fit": {"epochs": 12, "tensorboard": False},
}


def test_a_rolling_restart_costs_no_attempt_and_no_bit(room: Room) -> None:
    """Each run is saved inside its epoch and handed back; it is not counted as lost, and goes on elsewhere."""
    first, second = (room.start_worker(HORNGATE_WORKER_QUEUES=QUEUE) for _ in range(2))
    runs = [room.submit(**SPEC) for _ in range(2)]
    for run_id in runs:
        room.wait_for_epoch(run_id, 2)

    first.send_signal(signal.SIGTERM)
    assert first.wait(timeout=12) == 0
    room.start_worker(HORNGATE_WORKER_QUEUES=QUEUE)
    until(
        lambda: all(room.look(run_id).status == Status.RUNNING or room.look(run_id).status.is_final for run_id in runs)
    )
    second.send_signal(signal.SIGTERM)
    assert second.wait(timeout=12) == 0
    alone = room.submit(**SPEC)

    ended = [room.wait(run_id, seconds=120) for run_id in (*runs, alone)]
    assert [(run.status, run.losses) for run in ended] == [(Status.SUCCEEDED, 0)] * 3
    given_back = [reason for run_id in runs for reason in reasons(room, run_id) if reason != "completed"]
    assert given_back
    assert set(given_back) == {"worker_ending"}
    assert what_it_made(room, runs[0]) == what_it_made(room, runs[1]) == what_it_made(room, alone)


def reasons(room: Room, run_id: str) -> list[str | None]:
    with room.database.reading() as session:
        return [attempt.reason for attempt in list_attempts(session, run_id)]


def what_it_made(room: Room, run_id: str) -> list[object]:
    """Weights, optimizer and callbacks of best and last by hash, and each loss of each epoch."""
    with room.database.reading() as session:
        saved = [(each.name, dict(each.manifest)["state.npz"]) for each in list_checkpoints(session, run_id)]
        points = session.query(MetricPoint).filter_by(run_id=run_id).order_by(MetricPoint.name, MetricPoint.step)
        losses = [(point.name, point.step, point.value) for point in points if "loss" in point.name]
    assert len(losses) == 2 * SPEC["fit"]["epochs"]  # type: ignore[index]  # a spec is nested
    return [*sorted(saved, key=lambda each: each[0]), *losses]
