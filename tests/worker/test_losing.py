"""A worker that cannot hold its run loses it before anybody else may have it; one that hears nothing looks itself."""

import signal

import psutil
import pytest
from redis import Redis
from sqlalchemy import update

from store.lifecycle import Status
from store.queue import redis_url
from store.results import list_attempts
from store.rows import Run
from store.times import now_plus
from tests.worker.room import ENDLESS, Room, all_gone, until
from tests.worker.test_several_workers import Worker, reasons, rises_without_gap

pytestmark = pytest.mark.usefixtures("free_workers")


def trainers_of(service: Worker) -> list[psutil.Process]:
    """What the worker's mother has forked."""
    mother, *_ = psutil.Process(service.pid).children()
    return mother.children()


def test_a_frozen_workers_trainer_is_gone_before_its_lease_is_over_and_thawed_it_writes_nothing(
    room: Room, worker: Worker
) -> None:
    frozen = room.start_worker(HORNGATE_WORKER_QUEUES="spare")
    busy = room.submit(fit=ENDLESS)
    room.wait_for_epoch(busy, 1)
    run_id = room.submit(fit=ENDLESS, queue="spare")
    room.wait_for_epoch(run_id, 2)
    until(lambda: room.events(run_id, "checkpoint"))
    trainers = trainers_of(frozen)

    room.freeze(frozen)
    try:
        until(lambda: all_gone(trainers), seconds=15)
        still = room.look(run_id)
        assert (still.status, still.attempt) == (Status.RUNNING, 1)  # nobody has it yet
        room.cancel(busy)
        until(lambda: room.look(run_id).attempt == 2 and room.look(run_id).progress)
    finally:
        frozen.send_signal(signal.SIGCONT)
    room.stop(run_id)

    assert room.wait(run_id).status == Status.SUCCEEDED
    assert reasons(room, run_id) == ["worker_lost", "stop"]
    assert rises_without_gap(room, run_id)
    taken = next(e.seq for e in room.events(run_id, "attempt") if e.data["number"] == 2)
    with room.database.reading() as session:
        late = session.query(Run).filter(Run.id == run_id).one().last_seq
    assert late > taken
    kinds = ("metrics", "progress", "checkpoint", "log", "status")
    assert all(e.attempt == 2 for kind in kinds for e in room.events(run_id, kind) if e.seq > taken)
    frozen.send_signal(signal.SIGTERM)
    assert frozen.wait(timeout=15) == 0


def test_a_run_whose_call_nobody_heard_is_found_and_the_consumer_listens_again(room: Room, worker: Worker) -> None:
    """A broker that was emptied, or a Celery that is there and consumes nothing."""
    with Redis.from_url(redis_url(room.settings.broker_url)) as broker:
        until(lambda: listeners(broker))
        before = listeners(broker)
        find_unheard(room)

        until(lambda: listeners(broker) and not listeners(broker) & before)

    assert room.wait(room.submit()).status == Status.SUCCEEDED


def listeners(broker: Redis) -> set[str]:
    """Connections that wait for messages."""
    return {client["id"] for client in broker.client_list() if client["cmd"] == "brpop"}


def find_unheard(room: Room) -> None:
    lost = room.submit(wake=False)
    with room.database.transaction() as session:
        session.execute(update(Run).where(Run.id == lost).values(woken_at=now_plus(-20)))

    assert room.wait(lost).status == Status.SUCCEEDED


def test_a_training_that_stands_still_is_tried_once_more_and_then_failed(room: Room, worker: Worker) -> None:
    busy = room.submit(fit=ENDLESS)
    room.wait_for_epoch(busy, 1)
    watchful = room.start_worker(HORNGATE_WORKER_QUEUES="watched", HORNGATE_STALL_SECONDS="6")
    run_id = room.submit(fit=ENDLESS, queue="watched")

    for attempt in (1, 2):
        until(lambda attempt=attempt: room.look(run_id).attempt == attempt and room.look(run_id).progress)
        until(lambda: trainers_of(watchful))
        for trainer in trainers_of(watchful):
            trainer.send_signal(signal.SIGSTOP)

    run = room.wait(run_id)
    assert run.failure is not None
    assert (run.status, run.failure["kind"]) == (Status.FAILED, "stalled")
    with room.database.reading() as session:
        assert [each.reason for each in list_attempts(session, run_id)] == ["stalled", "failure"]
    watchful.send_signal(signal.SIGTERM)
    assert watchful.wait(timeout=15) == 0
