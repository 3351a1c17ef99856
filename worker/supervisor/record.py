"""All that is kept of one attempt: its log, its files, and what its trainer reports about the run."""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import structlog

from models_lib.spec.scripts import is_script
from store.claims import Claim
from store.recording import record_progress
from worker.supervisor.hearing import Garbage, read_report
from worker.supervisor.journal import Entry, Journal
from worker.supervisor.log import LogBook
from worker.supervisor.reports import to_entry
from worker.supervisor.uploads import Uploads
from worker.workshop import Workshop

log = structlog.get_logger()

WAIT_SECONDS = 0.1
DELETE_SECONDS = 2.0
MOST_WARNINGS = 20
"""Of one attempt's garbage, so that a flood of it does not fill the worker's log."""


class Record:
    """Takes what comes from the trainer, and brings it to the blobs in the background, to the database in batches."""

    def __init__(self, workshop: Workshop, claim: Claim, folder: Path) -> None:
        self.is_of_script = is_script(claim.spec)
        """What a script has saved is kept however it ends: nothing else is left of it."""
        self.log = LogBook()
        self.journal = Journal(workshop.database, workshop.announcer, claim)
        budget = workshop.settings.checkpoint_budget_bytes
        self.uploads = Uploads(workshop.blobs, claim, folder, budget=budget, tallies=workshop.tallies)
        self.ending: dict[str, Any] | None = None
        self.is_training = False
        """Whether it was the training's own steps that the trainer last reported."""
        self._run_id = claim.run_id
        self._garbage = 0

    def hear(self, line: bytes) -> None:
        """Take one of the trainer's reports; what is none is left out, and said to be."""
        try:
            self._take(read_report(line))
        except Garbage as error:
            self._garbage += 1
            if self._garbage <= MOST_WARNINGS:
                log.warning("report_left_out", run=self._run_id, reason=str(error))

    def _take(self, report: dict[str, Any]) -> None:
        match report:
            case {"kind": "end" | "failure" | "paused" | "company_lost"}:
                self.ending = report
            case {"kind": "artifact", "path": path, **found}:  # they are stored together, when the training has ended
                self.uploads.exports[path] = found.get("export")
            case {"kind": "checkpoint"}:
                self.uploads.add_checkpoint(report)
            case {"kind": "phase"} if entry := to_entry(report):
                self.is_training = False
                self.journal.note(entry)
            case {"kind": "pulse"}:
                pass
            case {"kind": "progress", **progress}:
                self.is_training = True
                self.journal.note_progress(partial(record_progress, progress=progress))
            case _ if entry := to_entry(report):
                self.journal.note(entry)

    def tend(self, *, everything: bool = False) -> None:
        """Store and write what is due; raises StaleAttempt, and UploadFailed where the disk is full."""
        if chunk := self.log.take(everything=everything):
            self.uploads.add_log(chunk)
        self.uploads.ship_event_files(now=everything)
        self._note_stored()
        self.journal.write(now=everything)

    def complete(self, last: Entry, *, may_go_on: Callable[[], bool]) -> bool:
        """Store and write everything, `last` in the last transaction; False when that may not go on any more."""
        self.tend(everything=True)
        while self.uploads.are_pending:
            if not may_go_on():
                return False
            self.uploads.wait(WAIT_SECONDS)
        self._note_stored()
        self.journal.note(last)
        while not self.journal.write(now=True):
            if not may_go_on():
                return False
            time.sleep(WAIT_SECONDS)
        self.uploads.wait(DELETE_SECONDS)
        return True

    def close(self) -> None:
        self.uploads.close()

    def _note_stored(self) -> None:
        entries, failures = self.uploads.take_stored()
        for entry in entries:
            self.journal.note(entry)
        for failure in failures:
            if failure.is_disk_full or failure.is_fatal:
                raise failure
            log.error("upload_given_up", run=self._run_id, error=str(failure))
            self.log.say(str(failure))
