"""Pre-flights of runs that were submitted: beside the run, one at a time, and only of those that take a while."""

import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import structlog

from store import asking, runs
from store.blobs import Blobs
from store.database import Database
from store.errors import NotFound, RunIsEnding, RunIsFinal, StoreError
from store.lifecycle import FailureKind
from worker.predictor.children import AnswerFailed, ChildLost, InputRefused, NoSandbox, OutOfMemory, OutOfTime
from worker.staging import DamagedFile

log = structlog.get_logger()

PATIENCE_SECONDS = 10.0
"""A run that ends by then needs none; and no run's first batch waits for a processor that a pre-flight has."""
UNANSWERED = (AnswerFailed, ChildLost, DamagedFile, NoSandbox, OutOfMemory, OutOfTime, StoreError)
Fly = Callable[..., dict[str, Any]]


class Flights:
    """A queue in memory: what it held when the predictor ended is not flown, and the runs go on all the same."""

    def __init__(self, database: Database, blobs: Blobs, fly: Fly, patience: float = PATIENCE_SECONDS) -> None:
        self._database, self._blobs, self._fly, self._patience = database, blobs, fly, patience
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="flights")
        self._closing = threading.Event()

    def plan(self, run_id: str, question: dict[str, Any]) -> None:
        """Fly when its turn comes, and the run has not ended by then."""
        self._thread.submit(self._fly_in_turn, run_id, question, time.monotonic() + self._patience)

    def close(self) -> None:
        self._closing.set()
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _fly_in_turn(self, run_id: str, question: dict[str, Any], due: float) -> None:
        if self._closing.wait(max(0.0, due - time.monotonic())):
            return
        try:
            if self._is_over(run_id):
                return
            told = self._fly(**question, is_patient=True)
            with self._database.transaction() as session:
                asking.warn_run(session, run_id, told["warnings"])
            self._blobs.put_bytes(runs.flight_key(run_id), json.dumps(told).encode())
        except InputRefused as refused:
            self._cancel(run_id, refused.faults)
        except (NotFound, RunIsFinal):
            return
        except UNANSWERED as error:
            log.warning("not_flown", run=run_id, reason=repr(error))
        except Exception:
            log.exception("not_flown", run=run_id)

    def _is_over(self, run_id: str) -> bool:
        with self._database.reading() as session:
            return runs.get_run(session, run_id).status.is_final

    def _cancel(self, run_id: str, faults: list[dict[str, Any]]) -> None:
        """The run cannot come to its end: it is not let go on towards it."""
        fault = faults[0]
        try:
            with self._database.transaction() as session:
                asking.refuse_run(session, run_id, describe_failure(fault))
        except (NotFound, RunIsFinal, RunIsEnding):
            log.info("flown_too_late", run=run_id)


def describe_failure(fault: dict[str, Any]) -> dict[str, Any]:
    """A fault that the pre-flight found, as a run's failure."""
    kind = FailureKind.DATA if fault.get("code") == "bad_data" else FailureKind.USER_CODE
    return {
        "kind": kind.value,
        "message": fault["message"],
        "frame": None,
        "pointer": fault["pointer"],
        "advice": f"The pre-flight found this before the run could. Mend {fault['pointer'] or 'the spec'} and submit "
        "it again; with preflight: false it is not tried beforehand.",
    }
