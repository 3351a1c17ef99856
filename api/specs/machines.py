"""Whether there are machines for what a run asks of them."""

from collections.abc import Iterator, Sequence

from sqlalchemy.orm import Session

from api.problems import Fault
from models_lib.spec.scripts import AnySpec
from store import rows, workers
from store.lifecycle import WorkerState


def refuse_missing_machines(session: Session, spec: AnySpec) -> Iterator[Fault]:
    """Faults where it asks for more GPUs, or more workers, than its queue has now.

    Where nobody serves the queue the run waits, and a warning says so: nobody knows what those have who come.
    """
    living = workers.list_workers(session, state=WorkerState.ALIVE, limit=1000).items
    serving = [worker for worker in living if spec.queue in worker.queues]
    resources = spec.resources
    asked = resources.gpus if isinstance(resources.gpus, int) else 0
    fitting = [worker for worker in serving if workers.gpus_of(worker) >= asked]
    if serving and not fitting:
        most = max(map(workers.gpus_of, serving))
        message = (
            f"it asks for {asked} GPUs, and no worker of the queue {spec.queue!r} has that many: {_list(serving)}. "
            + ("Write gpus: auto, which trains on the processor" if not most else f"Write gpus: {most}, or fewer")
        )
        yield Fault(pointer="/resources/gpus", message=message, code="out_of_range", found=asked, allowed=most)
    if fitting and resources.workers > len(fitting):
        message = (
            f"it asks for {resources.workers} workers together, and the queue {spec.queue!r} has {len(fitting)}: "
            f"{_list(fitting)}. Start another (`horngate worker join`), or leave workers out"
        )
        yield Fault(
            pointer="/resources/workers",
            message=message,
            code="out_of_range",
            found=resources.workers,
            allowed=len(fitting),
        )


def _list(serving: Sequence[rows.Worker]) -> str:
    return ", ".join(f"{worker.name} has {workers.gpus_of(worker) or 'none'}" for worker in serving[:8])
