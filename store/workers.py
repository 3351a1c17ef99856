"""Worker processes: that they are there, and when they were last seen."""

from collections.abc import Sequence

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from store.conditions import has_status
from store.ids import new_id
from store.lifecycle import Status, WorkerState
from store.pages import Page, read_page
from store.rows import Run, Worker
from store.sight import of_everybody
from store.table import Json
from store.times import now, now_plus

PULSE = "heartbeat"


def register_worker(
    session: Session,
    *,
    name: str,
    host: str,
    pid: int,
    queues: Sequence[str],
    slots: int,
    devices: Sequence[Json] = (),
) -> Worker:
    """A worker process has started."""
    worker = Worker(
        id=new_id("wrk"),
        name=name,
        host=host,
        pid=pid,
        queues=list(queues),
        slots=slots,
        devices=list(devices),
        state=WorkerState.ALIVE,
    )
    session.add(worker)
    session.flush()
    return worker


def report_alive(session: Session, worker_id: str, pulse: Json | None = None) -> bool:
    """The worker is there (also where it was thought lost); False when it has ended or was never registered.

    `pulse` is what it says of itself; it is kept among its devices, of which it replaces the one before.
    """
    changes: Json = {"seen_at": now(), "state": WorkerState.ALIVE}
    if pulse is not None:
        known = session.scalar(select(Worker.devices).where(Worker.id == worker_id)) or []
        changes["devices"] = [*(device for device in known if device.get("kind") != PULSE), pulse]
    statement = (
        update(Worker)
        .where(Worker.id == worker_id, Worker.state != WorkerState.ENDED)
        .values(changes)
        .returning(Worker.id)
    )
    return session.scalar(statement.execution_options(synchronize_session=False)) is not None


def pulse_of(worker: Worker) -> Json:
    """What the worker last said of itself; nothing of one that has just started."""
    return next((device for device in worker.devices if device.get("kind") == PULSE), {})


def end_worker(session: Session, worker_id: str) -> None:
    """The worker has said goodbye."""
    changes = {"state": WorkerState.ENDED, "ended_at": now()}
    statement = update(Worker).where(Worker.id == worker_id).values(changes)
    session.execute(statement.execution_options(synchronize_session=False))


def mark_lost_workers(session: Session, silent_seconds: float) -> list[str]:
    """Those who have not been seen for so long; returns their ids."""
    statement = (
        update(Worker)
        .where(Worker.state == WorkerState.ALIVE, Worker.seen_at < now_plus(-silent_seconds))
        .values(state=WorkerState.LOST)
        .returning(Worker.id)
    )
    return list(session.scalars(statement.execution_options(synchronize_session=False)))


def has_live_worker(session: Session, *, seen_within_seconds: float, host: str | None = None) -> bool:
    """Whether any worker, or any on this host, was seen lately."""
    statement = select(Worker.id).where(
        Worker.state == WorkerState.ALIVE, Worker.seen_at > now_plus(-seen_within_seconds)
    )
    if host is not None:
        statement = statement.where(Worker.host == host)
    return session.scalar(statement.limit(1)) is not None


def has_sandbox(worker: Worker) -> bool:
    """Whether its probe found that the sandbox works; it lists that among its devices."""
    return any(device.get("kind") == "sandbox" and device.get("works") is True for device in worker.devices)


def gpus_of(worker: Worker) -> int:
    """How many a run can have there: GPUs, or as many devices as the processor is made to appear as."""
    kinds = [device.get("kind") for device in worker.devices]
    pretended = sum(int(str(device.get("devices", 0))) for device in worker.devices if device.get("kind") == "cpu")
    return kinds.count("gpu") or pretended


def list_workers(
    session: Session, *, state: WorkerState | None = None, limit: int = 50, after: str | None = None
) -> Page[Worker]:
    """A page of workers, the newest first."""
    statement = select(Worker) if state is None else select(Worker).where(Worker.state == state)
    sorts = {"started_at": Worker.started_at}
    return read_page(session, statement, sort="-started_at", sorts=sorts, tie=Worker.id, limit=limit, after=after)


def count_running(session: Session) -> dict[str, int]:
    """How many runs each worker holds."""
    statement = select(Run.worker_id, func.count()).where(has_status(Status.RUNNING)).group_by(Run.worker_id)
    found = session.execute(of_everybody(statement))
    return {worker_id: count for worker_id, count in found if worker_id is not None}


def forget_old_workers(session: Session, *, days: float = 30) -> None:
    """Delete workers that have not been seen for days."""
    session.execute(delete(Worker).where(Worker.state != WorkerState.ALIVE, Worker.seen_at < now_plus(-days * 86400)))
