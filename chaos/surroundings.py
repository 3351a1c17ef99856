"""Faults of what a service stands on: its disk, its clocks, and a run that takes down whoever trains it."""

import signal
import time
from datetime import timedelta

from sqlalchemy import select

from chaos.disk import fill_up, make_room
from chaos.faults import Storm
from chaos.specs import make_spec
from chaos.town import WORKERS, Town
from store.errors import StoreError
from store.lifecycle import UNFINISHED, WorkerState
from store.rows import Run, Worker
from store.runs import get_run

FULL_SECONDS = (3.0, 8.0)
WRONG_SECONDS = (-7200.0, -90.0, 0.0, 90.0, 7200.0)
JUMPS = (timedelta(hours=-2), timedelta(hours=2))


def fill_disk(storm: Storm) -> bool:
    """The database's (SQLite), the broker's, the api's and the workers' at once; after seconds there is room again."""
    if not storm.town.has_small_disk or storm.later:
        return False
    home = storm.town.settings.home
    fill_up(home, leave=storm.dice.choice([0, 0, 100_000, 2_000_000]))
    storm.later.append((time.monotonic() + storm.dice.uniform(*FULL_SECONDS), lambda: make_room(home)))
    return True


def jump_clock(storm: Storm) -> bool:
    """Of the api or of a worker, while it runs; it stays wrong when it is started again."""
    name = storm.dice.choice(["api", *WORKERS])
    storm.town.set_clock(name, storm.dice.choice(WRONG_SECONDS))
    return True


def jump_database_clock(storm: Storm) -> bool:
    """By two hours. Nobody can set it here: what was noted by it is moved the other way, which is the same to all."""
    jump = storm.dice.choice(JUMPS)
    with storm.town.database.transaction() as session:
        runs = select(Run).where(Run.status.in_(UNFINISHED)).order_by(Run.id).with_for_update()
        for run in session.scalars(runs):
            run.created_at -= jump
            run.available_at -= jump
            run.lease_until = run.lease_until and run.lease_until - jump
            run.woken_at = run.woken_at and run.woken_at - jump
        alive = select(Worker).where(Worker.state == WorkerState.ALIVE).order_by(Worker.id).with_for_update()
        for worker in session.scalars(alive):
            worker.seen_at -= jump
    return True


def send_poison(storm: Storm) -> bool:
    """A run that kills its worker each time: once in a storm, while there is time for it to be found out."""
    if storm.poison is not None or not storm.may_poison:
        return False
    with storm.town.http as http:
        answer = http.post(
            "/v1/runs", json={"spec": make_spec("plain", epochs=100_000, name="poison"), "preflight": False}
        )
    storm.poison = str(answer.json()["id"]) if answer.status_code == 201 else None
    return storm.poison is not None


def let_poison_work(storm: Storm) -> None:
    """The worker that trains it dies, as if the run had done it; not while the other is gone, who finds it out."""
    if storm.poison is None:
        return
    try:
        holder = holder_of(storm.town, storm.poison)
        others = set(storm.town.living_workers()) - {holder}
    except StoreError:
        return
    if holder is not None and others:
        storm.heavy_at = time.monotonic()
        storm.note_victims(storm.town.trainers(holder))
        storm.town.strike(holder, signal.SIGKILL)


def holder_of(town: Town, run_id: str) -> str | None:
    """The service that trains the run, if one does that still lives."""
    with town.database.reading() as session:
        worker_id = get_run(session, run_id).worker_id
        worker = None if worker_id is None else session.get(Worker, worker_id)
    pids = {town.services[name].pid: name for name in WORKERS if town.services[name].poll() is None}
    return None if worker is None else pids.get(worker.pid)
