"""One training under way: what it prints and reports is kept, and it is ended when it must end."""

import os
import selectors
import signal
import threading
import time
from typing import Any

from models_lib.spec.types import Resources
from store.claims import Claim
from store.lifecycle import EndedBy, FailureKind, Wanted
from worker.supervisor.company import Company
from worker.supervisor.hearing import ReportLines
from worker.supervisor.lease import Lease
from worker.supervisor.oom import count_oom_kills, may_be_oom
from worker.supervisor.record import Record
from worker.supervisor.reports import points_entry
from worker.supervisor.sampling import Sampler
from worker.supervisor.stillness import Stillness
from worker.supervisor.trainer_process import READ_BYTES, TrainerProcess
from worker.supervisor.verdict import (
    MOTHER_LOST,
    OVERTIME,
    PAUSED,
    WORKER_ENDING,
    Cancelled,
    Failed,
    Lost,
    Succeeded,
    Verdict,
    crashed,
    stalled,
)

TICK_SECONDS = 0.2
SAMPLE_SECONDS = 2.0
BEHIND_SECONDS = 0.02
"""How long a pipe is left alone whose reports cannot be written as fast as they come."""
GRACE_SECONDS = 1.0
LEAVE_SECONDS = 3.0
"""How long a trainer may take to save and leave, which it does after its batch, before it is made to."""
OVERTIME_GRACE_SECONDS = 120.0


class Supervision:
    """Watches one trainer until it has ended; `watch` says how."""

    def __init__(
        self,
        claim: Claim,
        trainer: TrainerProcess,
        record: Record,
        *,
        lease: Lease,
        sampler: Sampler,
        first_second: float,
        seconds_before: float,
        patience: float,
        stopping: threading.Event,
        company: Company | None = None,
    ) -> None:
        """`first_second` of the run's system curves; `seconds_before`: trained by earlier attempts.

        `company`: the workers that train it together with this one.
        """
        self._company = company
        self._trainer, self._record, self._lease, self._sampler = trainer, record, lease, sampler
        self._stopping = stopping
        self._first_second = first_second
        self._started = self._sampled_at = time.monotonic()
        self._stillness = Stillness(patience, self._started)
        self._seconds_before = seconds_before
        self._oom_kills = count_oom_kills()
        self._minutes = Resources.model_validate(claim.spec["resources"]).max_minutes
        self._reports = ReportLines()
        self._ending: Verdict | None = None
        self._ending_since = 0.0
        self._leaving_since: float | None = None
        self._live = claim.live
        self._is_asked_to_stop = False

    def watch(self) -> Verdict:
        """Read until the trainer has ended and its pipes are empty; raises StaleAttempt, UploadFailed (disk full)."""
        with selectors.DefaultSelector() as watched:
            for descriptor, name in self._trainer.outputs.items():
                watched.register(descriptor, selectors.EVENT_READ, name)
            watched.register(self._trainer.child, selectors.EVENT_READ, "end")
            while watched.get_map():
                for key, _ in watched.select(TICK_SECONDS):
                    if not self._take(key.fd, key.data):
                        watched.unregister(key.fileobj)
                self._attend()
        return self._verdict()

    def _take(self, descriptor: int, name: str) -> bool:
        """Read what is there; False when nothing will come any more."""
        if name == "end":
            self._trainer.kill()
            return False
        is_behind = name == "reports" and self._record.journal.is_behind
        if is_behind and not isinstance(self._ending, Cancelled):
            self._stopping.wait(BEHIND_SECONDS)
            return True
        data = os.read(descriptor, READ_BYTES)
        if is_behind:  # nobody waits for the last moments of what was cancelled
            return bool(data)
        self._stillness.note_word(time.monotonic(), is_of_training=name == "reports" and self._record.is_training)
        if name == "reports":
            for line in self._reports.take(data):
                self._record.hear(line)
        else:
            self._record.log.add(name, data)
        return bool(data)

    def _attend(self) -> None:
        now = time.monotonic()
        if self._company is not None:
            self._company.attend(self._trainer)
        if self._ending is None:
            self._ending = self._reason_to_end(now)
            self._ending_since = now
            if self._ending is not None:
                self._trainer.child.signal_group(signal.SIGABRT if is_stalled(self._ending) else signal.SIGTERM)
        elif now - self._ending_since > GRACE_SECONDS:
            self._trainer.kill()
        if now - self._sampled_at >= SAMPLE_SECONDS and not self._trainer.child.has_ended:
            self._sample(now)
        self._record.tend()

    def _reason_to_end(self, now: float) -> Verdict | None:
        trained = self._seconds_before + now - self._started
        over = 0.0 if self._minutes is None else trained - self._minutes * 60
        if over > 0 or self._lease.wanted is Wanted.STOP:
            self._ask_to_stop()
        if self._lease.live != self._live and self._lease.live is not None:
            self._live = self._lease.live
            self._trainer.steer(self._live)
        if self._lease.is_lost:
            return Lost()
        if self._lease.wanted is Wanted.CANCEL:
            return Cancelled()
        if self._must_leave(now):
            return WORKER_ENDING if self._is_ending else PAUSED
        if self._company is not None and self._company.is_lost:
            return self._company.verdict
        if over > OVERTIME_GRACE_SECONDS:
            return OVERTIME
        return stalled(self._stillness.seconds(now)) if self._stillness.is_stalled(now) else None

    def _ask_to_stop(self) -> None:
        """Once: a trainer that does not read would let its pipe fill, and then hold up its supervisor."""
        if not self._is_asked_to_stop:
            self._is_asked_to_stop = True
            self._trainer.ask_to_stop()

    @property
    def _is_ending(self) -> bool:
        """Whether this worker ends, or one that trains with it."""
        return self._stopping.is_set() or (self._company is not None and self._company.is_leaving)

    def _must_leave(self, now: float) -> bool:
        """Whether a trainer whose place is wanted back was asked for it long enough ago."""
        if not self._is_ending and self._lease.wanted is not Wanted.PAUSE:
            self._leaving_since = None
            return False
        if self._leaving_since is None:
            self._leaving_since = now
            self._trainer.ask_to_pause()
        return now - self._leaving_since > LEAVE_SECONDS

    def _sample(self, now: float) -> None:
        """Take a point of the system's curves; work done by the processor is a sign of life."""
        worked = self._sampler.cpu_seconds
        values = self._sampler.sample()
        if self._sampler.cpu_seconds - worked > 0.05 * (now - self._sampled_at):
            self._stillness.note_work(now)
        self._sampled_at = now
        self._record.journal.note(points_entry(int(self._first_second + now - self._started), values))

    def _verdict(self) -> Verdict:
        said: dict[str, Any] = self._record.ending or {}
        status = self._trainer.child.status
        if self._lease.is_lost:  # also where it was the mother who killed the trainer for it
            return Lost()
        if isinstance(self._ending, Cancelled):
            return self._ending
        if said.get("kind") == "end":
            return Succeeded(self._who_ended(said["ended_by"]))
        if said.get("kind") == "paused":
            return WORKER_ENDING if self._is_ending else PAUSED
        if self._company is not None and said.get("kind") == "company_lost":
            return self._company.wait_for_verdict()
        if self._ending is not None:
            return self._ending
        if said.get("kind") == "failure":
            return Failed(**said["failure"] | {"kind": FailureKind(said["failure"]["kind"])})
        if status is None:
            return MOTHER_LOST
        return crashed(
            status,
            self._record.log.last_errors,
            of_script=self._record.is_of_script,
            may_be_oom=may_be_oom(self._oom_kills, count_oom_kills()),
        )

    def _who_ended(self, said: str) -> EndedBy:
        """The trainer knows of a stop, and not who asked for it."""
        is_overtime = self._minutes is not None and self._lease.wanted is Wanted.RUN
        return EndedBy.TIMEOUT if said == EndedBy.STOP and is_overtime else EndedBy(said)


def is_stalled(ending: Verdict | None) -> bool:
    return isinstance(ending, Failed) and ending.kind is FailureKind.STALLED
