"""The shop floor as the store knows it."""

from collections import Counter

from api.parts import Parts
from api.shapes import Page, Paging
from api.workers.schemas import QueueEntry, Worker
from store import rows, waiting, workers
from store.access import Caller
from store.seats import seats_taken


def list_workers(here: Parts, asked: Paging) -> Page[Worker]:
    """A page of workers, the newest first."""
    with here.database.reading() as session:
        page = workers.list_workers(session, limit=asked.limit, after=asked.after)
        running = Counter(workers.count_running(session)) + Counter(seats_taken(session))
    shown = [show_worker(worker, running[worker.id]) for worker in page.items]
    return Page(data=shown, has_more=page.has_more, next_cursor=page.next_cursor)


def show_worker(worker: rows.Worker, running: int) -> Worker:
    """A row and what it is busy with."""
    columns = {column.key: getattr(worker, column.key) for column in rows.Worker.__table__.columns}
    pulse = workers.pulse_of(worker)
    devices = [device for device in worker.devices if device is not pulse]
    return Worker.model_validate({**columns, "devices": devices, "pulse": pulse, "running": running})


def list_queue(here: Parts, caller: Caller, asked: Paging) -> Page[QueueEntry]:
    """A page of the queue."""
    with here.database.reading() as session:
        found = waiting.list_waiting(session, projects=caller.sight, limit=asked.limit + 1, after=asked.after)
        now = waiting.clock(session)
    shown = [
        QueueEntry.model_validate({**vars(entry), "waiting_seconds": (now - entry.created_at).total_seconds()})
        for entry in found[: asked.limit]
    ]
    has_more = len(found) > asked.limit
    return Page(data=shown, has_more=has_more, next_cursor=shown[-1].run_id if has_more else None)
