"""The end of an attempt: everything is kept first, then the row is told how it ended."""

import threading
import time

from sqlalchemy.orm import Session

from store.claims import Claim
from store.endings import fail_run, finish_run, release_run
from store.lifecycle import EndedBy, FailureKind, Status, Wanted
from worker.supervisor.journal import Entry
from worker.supervisor.lease import Lease
from worker.supervisor.record import Record
from worker.supervisor.uploads import UploadFailed
from worker.supervisor.verdict import (
    DISK_FULL,
    WORKER_ENDING,
    Cancelled,
    Failed,
    GivenBack,
    Lost,
    Succeeded,
    Verdict,
)
from worker.workshop import Workshop

HURRY_SECONDS = 4.0


def write_ending(workshop: Workshop, record: Record, lease: Lease, verdict: Verdict) -> Verdict:
    """Keep what is to be kept and write the ending; the verdict that was written. Raises StaleAttempt, DatabaseAway."""
    if isinstance(verdict, Lost):
        return verdict
    if isinstance(verdict, Succeeded) or (isinstance(verdict, Failed | Cancelled) and record.is_of_script):
        record.uploads.add_artifacts()
    patience = Patience(lease, workshop.stopping, verdict)
    try:
        if record.complete(ending_entry(verdict), may_go_on=patience.is_left):
            return verdict
        verdict = patience.verdict_without_it()
    except UploadFailed as error:
        verdict = DISK_FULL if error.is_disk_full else Failed(FailureKind.INTERNAL, str(error), "Train again later.")
    if not isinstance(verdict, Lost):
        record.journal.write_alone(ending_entry(verdict))
    return verdict


class Patience:
    """How long the keeping may take: seconds when the worker ends or the user has cancelled, else what it needs."""

    def __init__(self, lease: Lease, stopping: threading.Event, verdict: Verdict) -> None:
        self._lease, self._stopping, self._verdict = lease, stopping, verdict
        self._hurried_at: float | None = None

    def is_left(self) -> bool:
        if self._lease.is_lost or self._is_unwanted():
            return False
        if self._hurried_at is None and (self._stopping.is_set() or isinstance(self._verdict, Cancelled | GivenBack)):
            self._hurried_at = time.monotonic()
        return self._hurried_at is None or time.monotonic() - self._hurried_at < HURRY_SECONDS

    def verdict_without_it(self) -> Verdict:
        """What is true of the attempt when not everything could be kept."""
        if self._lease.is_lost:
            return Lost()
        if self._is_unwanted():
            return Cancelled()
        return WORKER_ENDING if isinstance(self._verdict, Succeeded) else self._verdict

    def _is_unwanted(self) -> bool:
        return self._lease.wanted is Wanted.CANCEL and isinstance(self._verdict, Succeeded)


def ending_entry(verdict: Verdict) -> Entry:
    """What the journal writes last."""

    def write(session: Session, claim: Claim) -> None:
        match verdict:
            case Succeeded(ended_by=ended_by):
                finish_run(session, claim, status=Status.SUCCEEDED, ended_by=ended_by)
            case Failed() as failed:
                fail_run(session, claim, failure=failed.to_json(), ended_by=failed.ended_by)
            case Cancelled():
                finish_run(session, claim, status=Status.CANCELLED, ended_by=EndedBy.CANCEL)
            case GivenBack(reason=reason):
                release_run(session, claim, reason)
            case Lost():
                raise AssertionError("who has lost a run writes nothing about it")

    return write
