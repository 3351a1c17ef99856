"""The worker's rounds: it says that it is there, brings back what was lost, wakes workers for what waits, and looks
for itself."""

import threading
import time
from collections.abc import Callable

import structlog

from store.clock_changes import follow_clock, follow_clock_slowly
from store.errors import BlobsAway, DatabaseAway
from store.quarantine import sweep_quarantine
from store.reconciling import Reconciled, reconcile, sweep
from store.uploads import sweep_uploads
from store.waiting import clock
from store.workers import report_alive
from worker.tallies import take_pulse
from worker.workshop import Workshop

log = structlog.get_logger()

SWEEP_SECONDS = 3600.0
SILENT_SECONDS = 30.0


class Reconciler(threading.Thread):
    """Goes round every few seconds; any number of workers may do so at once."""

    def __init__(self, workshop: Workshop, worker_id: str, *, train_here: Callable[[], None]) -> None:
        super().__init__(name="reconciler", daemon=True)
        self._workshop = workshop
        self._worker_id = worker_id
        self._train_here = train_here
        self._swept_at = time.monotonic()

    def run(self) -> None:
        pause = self._workshop.settings.reconcile_seconds
        while not self._workshop.stopping.wait(pause):
            try:
                self._go_round()
            except (BlobsAway, DatabaseAway) as error:
                log.warning("round_left_out", reason=str(error))
            except Exception:
                log.exception("round_failed")

    def _go_round(self) -> None:
        pulse = take_pulse(self._workshop.settings.home, self._workshop.tallies)
        with self._workshop.database.transaction() as session:
            report_alive(session, self._worker_id, pulse)
        silent = max(SILENT_SECONDS, 4 * self._workshop.settings.reconcile_seconds)
        with self._workshop.database.transaction() as session:
            follow_clock(session, lease_seconds=self._workshop.settings.lease_seconds, silent_seconds=silent)
            found = reconcile(session, silent_seconds=silent)
        self._follow(found)
        if time.monotonic() - self._swept_at > SWEEP_SECONDS:
            self._swept_at = time.monotonic()
            with self._workshop.database.transaction() as session:
                sweep(session)
                follow_clock_slowly(session)
                moment = clock(session)
            sweep_quarantine(self._workshop.blobs, moment)
            sweep_uploads(self._workshop.database, self._workshop.blobs)

    def _follow(self, found: Reconciled) -> None:
        for run_id in found.changed:
            log.warning("run_recovered", run=run_id)
            self._workshop.announcer.announce(run_id)
        for waiting in found.wake:
            if not self._workshop.wake_worker(waiting.run_id, waiting.queue):
                break
        self._train_here()
