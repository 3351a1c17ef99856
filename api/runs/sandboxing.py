"""Whether anybody would train a run that uses components: workers without a working sandbox leave it alone."""

from sqlalchemy.orm import Session

from api.problems import Conflict
from store import rows, workers
from store.lifecycle import WorkerState


def refuse_without_sandbox(session: Session, queue: str) -> None:
    """Raise Conflict where the queue is served, and by nobody who would take users' code.

    Where nobody serves it at all the run is queued and its warning says so: who comes may have a sandbox.
    """
    living = workers.list_workers(session, state=WorkerState.ALIVE, limit=1000).items
    serving = [worker for worker in living if queue in worker.queues]
    if serving and not any(workers.has_sandbox(worker) for worker in serving):
        raise Conflict(
            f"Nobody would train it: it uses components, and no worker of the queue {queue!r} has a working sandbox."
            f" {reason_of(serving[0])} Run one on Linux 5.13 or newer with Landlock, under HORNGATE_SANDBOX=auto;"
            " `horngate doctor` says more.",
            code="no_sandbox",
        )


def reason_of(worker: rows.Worker) -> str:
    """What the worker's own probe found."""
    return next((str(device["detail"]) for device in worker.devices if device.get("kind") == "sandbox"), "")
