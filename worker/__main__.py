"""`python -m worker`: trains what waits in its queues, until SIGTERM."""

import os
import platform
import signal
import sys
import threading
from functools import partial
from typing import Any

import structlog
from celery.worker import WorkController, state

from store.errors import DatabaseAway, StoreError
from store.logs import start_log
from store.process import die_with_parent
from store.queue import TRAIN_TASK, make_celery
from store.schema import require_current_schema
from store.settings import Settings, read_settings
from store.workers import end_worker, register_worker
from worker.devices import survey_machine
from worker.leftovers import remove_leftovers
from worker.mother.owner import MotherKeeper, MotherUnavailable
from worker.reconciler import Reconciler
from worker.sandbox.entering import FIRMNESS
from worker.sandbox.working import Sandbox, require_sandbox
from worker.slots import Slots
from worker.workshop import Workshop, open_workshop

log = structlog.get_logger()

LONGEST_GOODBYE = 9.5
RETRY_SECONDS = 2.0
TURN_SECONDS = 0.1


def main() -> int:
    """Serve, or say why that is not possible."""
    die_with_parent()
    try:
        settings = read_settings()
        start_log(settings, "worker")
        run_worker(settings)
    except StoreError as error:
        print(error, file=sys.stderr)  # noqa: T201 - this is a command
        return 1
    return 0


def run_worker(settings: Settings) -> None:
    """Serve until told to end; then give running trainings back, and leave no process behind."""
    mother = MotherKeeper(home=settings.home, sandbox=FIRMNESS[settings.sandbox])
    workshop = open_workshop(settings, survey_machine(settings.worker_cpu_devices), mother)
    end_on_signals(workshop)
    try:
        if worker_id := enter(workshop):
            serve(workshop, worker_id)
            leave(workshop, worker_id)
    finally:
        mother.close()


def end_on_signals(workshop: Workshop) -> None:
    """SIGTERM and SIGINT: trainings are given back, Celery ends, and what hangs does not hold up the process."""

    def end(number: int, frame: object) -> None:
        if not workshop.stopping.is_set():
            goodbye = threading.Timer(LONGEST_GOODBYE, os._exit, (1,))
            goodbye.daemon = True
            goodbye.start()
        workshop.stopping.set()
        state.should_stop = 0

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)


def enter(workshop: Workshop) -> str | None:
    """The worker's row, written when trainers can be forked; None when told to end before that."""
    while not workshop.stopping.is_set():
        if not workshop.mother.wait_until_ready(timeout=0.5):
            continue
        try:
            require_current_schema(workshop.database)
            remove_leftovers(workshop)
            return register(workshop, require_sandbox(workshop.settings, workshop.mother))
        except MotherUnavailable as error:
            log.warning("sandbox_not_tried", reason=str(error))
        except DatabaseAway as error:
            log.warning("database_away", reason=str(error))
            workshop.stopping.wait(RETRY_SECONDS)
    return None


def register(workshop: Workshop, sandbox: Sandbox) -> str:
    host = platform.node()
    with workshop.database.transaction() as session:
        worker = register_worker(
            session,
            name=f"{host}-{os.getpid()}",
            host=host,
            pid=os.getpid(),
            queues=workshop.settings.worker_queues,
            slots=workshop.slots,
            devices=[*workshop.machine.to_json(), sandbox.to_json()],
        )
    log.info("worker_ready", worker=worker.id, slots=workshop.slots)
    return worker.id


def serve(workshop: Workshop, worker_id: str) -> None:
    """Train until told to end. Celery brings the wake-up calls; should it fail, it is started again."""
    slots = Slots(workshop, worker_id)
    Reconciler(workshop, worker_id, train_here=slots.look_for_oneself).start()
    slots.train_in_background()
    while not workshop.stopping.is_set():
        celery_worker(workshop.settings, workshop.slots, slots).start()
        workshop.stopping.wait(RETRY_SECONDS)
    slots.join()


def celery_worker(settings: Settings, concurrency: int, slots: Slots) -> Any:
    """Celery's bare worker: the one with a command line would install signal handlers of its own."""
    app = make_celery(settings)

    @app.task(name=TRAIN_TASK)  # type: ignore[untyped-decorator]  # Celery ships no types
    def train(run_id: str | None = None) -> None:
        slots.train_waiting()

    worker = WorkController(
        app=app,
        hostname=f"{platform.node()}-{os.getpid()}",
        pool="threads",
        concurrency=concurrency,
        queues=list(settings.worker_queues),
        loglevel=settings.log_level,
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
    )
    # A slot that becomes free is seen when Celery's loop turns next, which it does on its own once a second only.
    worker.timer.call_repeatedly(TURN_SECONDS, partial(connect_anew_if_deaf, slots))
    return worker


def connect_anew_if_deaf(slots: Slots) -> None:
    """In Celery's loop, which takes this error for a lost connection: it connects and subscribes again."""
    if slots.unheard.is_set():
        slots.unheard.clear()
        log.warning("broker_connected_anew")
        raise ConnectionResetError("a wake-up call was not heard here")


def leave(workshop: Workshop, worker_id: str) -> None:
    """Say goodbye; where the database is away the row will be marked lost."""
    try:
        with workshop.database.transaction() as session:
            end_worker(session, worker_id)
    except DatabaseAway as error:
        log.warning("left_without_goodbye", reason=str(error))
    log.info("worker_ended", worker=worker_id)


if __name__ == "__main__":
    sys.exit(main())
