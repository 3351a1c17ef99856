"""What is computed over whole data sets, one after the other; each job's state lies beside its result in the blobs."""

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import structlog
from pydantic import BaseModel, Field, ValidationError

from store.blobs import Blobs
from worker.predictor.children import AnswerFailed, ChildLost, InputRefused, OutOfMemory, OutOfTime

log = structlog.get_logger()

State = dict[str, Any]
LONGEST_WORD = 200
REASONS = {
    OutOfTime: "It took longer than it may, and was ended.",
    OutOfMemory: "It needs more memory than it may have.",
    ChildLost: "The process that should answer is gone: try it again.",
    AnswerFailed: "The predictor failed: its log says why.",
}


class Progress(BaseModel):
    """How far a job is."""

    rows: int = Field(ge=0, le=2**53)
    of: int = Field(ge=0, le=2**53)


class DatasetJobs:
    """A queue in memory: what it held when the predictor ended is lost, and told as lost."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="dataset jobs")
        self._unfinished: set[str] = set()
        self._folders: dict[str, Path] = {}
        self._lock = threading.Lock()

    def submit(self, state: State, work: Callable[[], State]) -> State:
        """Note the job and begin it when its turn comes; `work` gives what is added to its state."""
        with self._lock:
            self._unfinished.add(state["id"])
        self._write(state)
        self._thread.submit(self._run, state, work)
        return state

    def is_unfinished(self, job_id: str) -> bool:
        with self._lock:
            return job_id in self._unfinished

    @contextmanager
    def watching(self, job_id: str, folder: Path) -> Iterator[None]:
        """While a child works for the job in this folder, what it tells there is its progress."""
        with self._lock:
            self._folders[job_id] = folder
        try:
            yield
        finally:
            with self._lock:
                self._folders.pop(job_id, None)

    def progress_of(self, job_id: str) -> dict[str, int] | None:
        """Rows done and rows in all, as the child says; what it says is judged, it may be anybody's code."""
        with self._lock:
            folder = self._folders.get(job_id)
        try:
            if folder is None:
                return None
            with (folder / "out" / "progress.json").open("rb") as file:
                return Progress.model_validate_json(file.read(LONGEST_WORD)).model_dump()
        except (OSError, ValidationError):
            return None

    def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _run(self, state: State, work: Callable[[], State]) -> None:
        try:
            self._write(state | {"status": "succeeded"} | work())
        except InputRefused as error:
            self._write(state | {"status": "failed", "errors": error.faults, "reason": error.faults[0]["message"]})
        except Exception as error:
            log.exception("dataset_job_failed", job=state["id"])
            self._write(state | {"status": "failed", "reason": REASONS.get(type(error), str(error))})
        finally:
            with self._lock:
                self._unfinished.discard(state["id"])

    def _write(self, state: State) -> None:
        self._blobs.put_bytes(f"runs/{state['run_id']}/jobs/{state['id']}/job.json", json.dumps(state).encode())
