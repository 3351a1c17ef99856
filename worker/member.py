"""A place in another worker's attempt: this worker's trainer computes its part of every batch, and writes nothing."""

import os
import selectors
import shutil
import signal
import threading
from collections.abc import Sequence
from typing import Any

import structlog
from structlog.contextvars import bound_contextvars

from store.errors import BlobMissing, BlobsAway, DatabaseAway
from store.seats import DONE, LEAVING, LOST, Seated, hold_seat, is_going_on, leave_seat, look_round, tell_address
from worker.addresses import choose_address
from worker.mother.kernel import seconds_since_boot
from worker.mother.owner import MotherUnavailable
from worker.staging import DamagedFile
from worker.starts import StartLost
from worker.supervisor.attempt import MEMORY_SHARE
from worker.supervisor.hearing import Garbage, ReportLines, read_report
from worker.supervisor.inputs import ExtendedRunGone
from worker.supervisor.log import LogBook
from worker.supervisor.trainer_process import READ_BYTES, TrainerProcess
from worker.workshop import Workshop

log = structlog.get_logger()

TICK_SECONDS = 0.2
LOOK_SECONDS = 0.5
LEAVE_SECONDS = 8.0
"""How long the first worker may take to save, when this one must end."""
UNREADY = (DamagedFile, BlobMissing, BlobsAway, StartLost, ExtendedRunGone, MotherUnavailable, OSError)


def compute_for_others(workshop: Workshop, seated: Seated, *, threads: int, gpus: Sequence[int]) -> None:
    """Sit there until the attempt is over; nothing is left on the disk."""
    claim = seated.claim
    folder = workshop.settings.home / "runs" / claim.run_id / f"{claim.attempt}-{seated.rank}"
    with bound_contextvars(run=claim.run_id, attempt=claim.attempt, rank=seated.rank):
        log.info("seat_taken")
        member = Member(workshop, seated)
        threading.Thread(target=member.hold, name="seat", daemon=True).start()
        try:
            shutil.rmtree(folder, ignore_errors=True)
            cpu_devices = len(gpus) if workshop.machine.cpu_devices else 1
            workshop.inputs.stage_inputs(claim, folder, threads=threads, cpu_devices=max(1, cpu_devices))
            host, port = choose_address(workshop.settings)
            options = {
                "gpus": () if workshop.machine.cpu_devices else gpus,
                "memory_bytes": int(workshop.machine.memory_bytes * MEMORY_SHARE),
                "port": port,
            }
            trainer = TrainerProcess(workshop.mother, folder, options)
            try:
                member.stay(trainer, f"{host}:{port}")
            finally:
                trainer.close()
        except UNREADY as error:
            log.warning("seat_not_ready", reason=str(error))
            member.leave(LOST)
        finally:
            member.ended.set()
            shutil.rmtree(folder, ignore_errors=True)
            if folder.parent.exists() and not any(folder.parent.iterdir()):
                folder.parent.rmdir()


class Member:
    """Holds one place: renews it, begins when all have come, ends with the attempt."""

    def __init__(self, workshop: Workshop, seated: Seated) -> None:
        self._workshop, self._claim, self._rank = workshop, seated.claim, seated.rank
        self._lease_seconds = workshop.settings.lease_seconds
        self._held_at = self._looked_at = seconds_since_boot()
        self._said: dict[str, Any] | None = None
        self._log = LogBook()
        self._reports = ReportLines()
        self._has_begun = False
        self._leaving_since: float | None = None
        self.ended = threading.Event()

    def hold(self) -> None:
        """Renew the place until it is over, also while large inputs are fetched."""
        while not self.ended.wait(self._lease_seconds / 3):
            asked_at = seconds_since_boot()
            try:
                with self._workshop.database.transaction() as session:
                    hold_seat(session, self._claim, self._rank, self._lease_seconds)
                self._held_at = asked_at
            except DatabaseAway as error:
                log.warning("seat_not_held", run=self._claim.run_id, reason=str(error))

    def stay(self, trainer: TrainerProcess, address: str) -> None:
        """Until the trainer has ended; it is made to when the attempt is over."""
        with self._workshop.database.transaction() as session:
            tell_address(session, self._claim, self._rank, address)
        with selectors.DefaultSelector() as watched:
            for descriptor, name in trainer.outputs.items():
                watched.register(descriptor, selectors.EVENT_READ, name)
            watched.register(trainer.child, selectors.EVENT_READ, "end")
            while watched.get_map():
                for key, _ in watched.select(TICK_SECONDS):
                    if not self._take(trainer, key.fd, key.data):
                        watched.unregister(key.fileobj)
                if not trainer.child.has_ended and not self._may_stay(trainer):
                    trainer.child.signal_group(signal.SIGKILL)
        self._tell_end()

    def leave(self, why: str, failure: dict[str, Any] | None = None) -> None:
        """Say so; where the database is away the place falls silent, which means the same."""
        try:
            with self._workshop.database.transaction() as session:
                leave_seat(session, self._claim, self._rank, why, failure)
        except DatabaseAway as error:
            log.warning("seat_left_silently", reason=str(error))

    def _take(self, trainer: TrainerProcess, descriptor: int, name: str) -> bool:
        """Read what is there; False when nothing will come any more."""
        if name == "end":
            trainer.kill()
            return False
        data = os.read(descriptor, READ_BYTES)
        if name != "reports":
            self._log.add(name, data)
            self._log.take()
        for line in self._reports.take(data) if name == "reports" else ():
            self._hear(line)
        return bool(data)

    def _hear(self, line: bytes) -> None:
        try:
            report = read_report(line)
        except Garbage as error:
            log.warning("report_left_out", reason=str(error))
            return
        if report["kind"] in ("end", "failure", "paused", "company_lost"):
            self._said = report

    def _may_stay(self, trainer: TrainerProcess) -> bool:
        now = seconds_since_boot()
        if self._workshop.stopping.is_set() and self._leaving_since is None:
            self._leaving_since = now
            self.leave(LEAVING)
        if self._leaving_since is not None and now - self._leaving_since > LEAVE_SECONDS:
            return False
        if now - self._looked_at >= LOOK_SECONDS:
            self._looked_at = now
            try:
                return self._look(trainer, now)
            except DatabaseAway as error:
                log.warning("company_not_seen", reason=str(error))
        return now - self._held_at < self._lease_seconds

    def _look(self, trainer: TrainerProcess, now: float) -> bool:
        trainer.child.hold_until(now + self._lease_seconds)
        with self._workshop.database.reading() as session:
            if not is_going_on(session, self._claim):
                return False
            company = look_round(session, self._claim)
        if not self._has_begun and not company.missing:
            self._has_begun = True
            trainer.join(company.addresses, self._rank)
        return True

    def _tell_end(self) -> None:
        said = self._said or {"kind": "died"}
        log.info("seat_left", how=said["kind"])
        if said["kind"] in ("end", "paused"):
            self.leave(DONE)
            return
        if errors := self._log.last_errors:
            log.warning("trainer_failed", last_words=errors[-1][:500])
        self.leave(LOST, said.get("failure"))
