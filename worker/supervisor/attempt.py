"""An attempt from claim to end: stage the inputs, train, keep what came out, write how it ended."""

import shutil
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import select

from models_lib.spec.types import Resources
from store.claims import Claim
from store.errors import BlobMissing, BlobsAway, DatabaseAway, StaleAttempt
from store.lifecycle import FailureKind, Wanted
from store.results import list_attempts
from store.rows import Run
from store.steering import go_back_to
from store.times import now
from worker.addresses import choose_address
from worker.mother.kernel import seconds_since_boot
from worker.mother.owner import MotherUnavailable
from worker.staging import DamagedFile
from worker.starts import StartLost
from worker.supervisor.company import Company
from worker.supervisor.ending import write_ending
from worker.supervisor.inputs import ExtendedRunGone
from worker.supervisor.lease import Lease
from worker.supervisor.record import Record
from worker.supervisor.sampling import Sampler
from worker.supervisor.supervision import Supervision
from worker.supervisor.trainer_process import TrainerProcess
from worker.supervisor.uploads import UploadFailed, is_disk_full
from worker.supervisor.verdict import (
    DATABASE_AWAY,
    DISK_FULL,
    FILES_AWAY,
    MOTHER_LOST,
    SERVICE_FAULT,
    Cancelled,
    Failed,
    GivenBack,
    Verdict,
)
from worker.workshop import Workshop

log = structlog.get_logger()

RETRY_SECONDS = 3.0
MEMORY_SHARE = 0.9
"""Of the machine's memory, what a trainer may allocate: an error in Python is better than the kernel's choice."""


def train_run(workshop: Workshop, claim: Claim, *, threads: int, gpus: Sequence[int], claimed_at: float) -> None:
    """Train the claimed run until it has ended, is given back or is lost; its folder is gone afterwards."""
    seconds = workshop.settings.lease_seconds
    with Lease(workshop.database, claim, seconds=seconds, claimed_at=claimed_at) as lease:
        attempt = Attempt(workshop, claim, lease)
        try:
            verdict = write_ending(workshop, attempt.record, lease, attempt.train(threads, gpus))
            log.info("attempt_ended", run=claim.run_id, attempt=claim.attempt, how=type(verdict).__name__)
            if isinstance(verdict, GivenBack | Failed):  # which may be queued again; else the message does no harm
                workshop.wake_worker(claim.run_id, claim.queue)
        except (StaleAttempt, DatabaseAway) as error:
            log.warning("run_lost", run=claim.run_id, attempt=claim.attempt, reason=str(error))
        finally:
            attempt.close()


class Attempt:
    """The training of one claimed run on this worker."""

    def __init__(self, workshop: Workshop, claim: Claim, lease: Lease) -> None:
        self._workshop, self._claim, self._lease = workshop, claim, lease
        self._folder = workshop.settings.home / "runs" / claim.run_id / str(claim.attempt)
        self.record = Record(workshop, claim, self._folder)

    def train(self, threads: int, gpus: Sequence[int]) -> Verdict:
        """How the training ended; only the loss of the run is raised, as StaleAttempt."""
        try:
            self._tell_missing(gpus)
            self._stage_patiently(threads, gpus)
            return self._supervise(gpus)
        except StaleAttempt:
            raise
        except StartLost as error:
            return Failed(FailureKind.DATA, str(error), "Begin with a run whose checkpoint is there.")
        except (DamagedFile, BlobMissing) as error:
            advice = error.advice if isinstance(error, DamagedFile) else DamagedFile.advice
            return Failed(FailureKind.DATA, str(error), advice)
        except ExtendedRunGone as error:
            return Failed(FailureKind.DATA, str(error), "Train anew: `horngate runs clone` takes this run's own spec.")
        except (BlobsAway, DatabaseAway) as error:
            return what_is_away(error)
        except UploadFailed:
            return DISK_FULL
        except MotherUnavailable as error:
            log.warning("no_trainer", run=self._claim.run_id, reason=str(error))
            return MOTHER_LOST
        except Exception as error:
            if is_disk_full(error):
                return DISK_FULL
            log.exception("supervision_failed", run=self._claim.run_id)
            return SERVICE_FAULT

    def close(self) -> None:
        """Leave nothing on the disk."""
        self.record.close()
        shutil.rmtree(self._folder, ignore_errors=True)
        remove_if_empty(self._folder.parent)

    def _stage_patiently(self, threads: int, gpus: Sequence[int]) -> None:
        """Wait for files, or a database, that are away; raises BlobsAway, DatabaseAway when the run shall not be kept
        for so long."""
        while True:
            try:
                return self._stage(threads, gpus)
            except (BlobsAway, DatabaseAway) as error:
                log.warning(what_is_away(error).reason, run=self._claim.run_id, reason=str(error))
                is_ending = self._workshop.stopping.wait(RETRY_SECONDS)
                if is_ending or self._lease.is_lost or self._lease.wanted is not Wanted.RUN:
                    raise

    def _stage(self, threads: int, gpus: Sequence[int]) -> None:
        for stale in self._folder.parent.glob("*"):
            if stale.name.isdigit():  # others may be places in this attempt that the same machine has
                shutil.rmtree(stale, ignore_errors=True)
        cpu_devices = max(1, len(gpus)) if self._workshop.machine.cpu_devices else 1
        stager = self._workshop.inputs
        checkpoint = stager.stage_inputs(self._claim, self._folder, threads=threads, cpu_devices=cpu_devices)
        if checkpoint is not None or self._claim.attempt > 1:
            self.record.journal.note(partial(go_back_to, epoch=checkpoint.epoch if checkpoint is not None else 0))
        if checkpoint is not None:
            place = f"epoch {checkpoint.epoch}" + (f" and {checkpoint.step} batches" if checkpoint.step else "")
            self.record.log.say(f"Attempt {self._claim.attempt} goes on after {place}.")
        elif self.record.is_of_script and self._claim.attempt > 1:
            self.record.log.say(f"Attempt {self._claim.attempt} runs the script again from its first line.")

    def _supervise(self, gpus: Sequence[int]) -> Verdict:
        gpus = () if self._workshop.machine.cpu_devices else gpus
        memory = int(self._workshop.machine.memory_bytes * MEMORY_SHARE)
        options: dict[str, Any] = {"gpus": gpus, "memory_bytes": memory, "compiles": self._compiles(gpus)}
        company = self._invite(options)
        trainer = TrainerProcess(self._workshop.mother, self._folder, options)
        try:
            self._lease.protect(trainer.child)
            verdict = Supervision(
                self._claim,
                trainer,
                self.record,
                lease=self._lease,
                sampler=Sampler(trainer.child.pid, gpus),
                first_second=self._seconds_since_start(),
                seconds_before=self._seconds_before(),
                patience=self._workshop.settings.stall_seconds,
                stopping=self._workshop.stopping,
                company=company,
            ).watch()
        finally:
            trainer.close()
        if isinstance(verdict, Cancelled):
            self._workshop.tallies.note_cancel(seconds_since_boot() - self._lease.wanted_at)
        return verdict

    def _compiles(self, gpus: Sequence[int]) -> bool:
        """Whether XLA may make code for a GPU, by a program of its own: of no run that brings its own code."""
        spec: Any = self._claim.spec
        is_exact = spec.get("fit", {}).get("exact", True)
        return bool(gpus) and not is_exact and not spec.get("components") and not self.record.is_of_script

    def _invite(self, options: dict[str, Any]) -> Company | None:
        """The other workers of a run that is trained by several; their trainers reach this one at a port."""
        if self._claim.workers == 1:
            return None
        host, options["port"] = choose_address(self._workshop.settings)
        return Company(self._workshop, self._claim, f"{host}:{options['port']}", self.record.log)

    def _tell_missing(self, gpus: Sequence[int]) -> None:
        asked = Resources.model_validate(self._claim.spec["resources"]).gpus
        if asked != "auto" and asked > len(gpus):
            self.record.log.say(f"{asked} GPUs were asked for, and there are {len(gpus)} here.")

    def _seconds_since_start(self) -> float:
        """Since the run's first attempt began, which is where its system curves begin."""
        statement = select(Run.started_at, now()).where(Run.id == self._claim.run_id)
        with self._workshop.database.reading() as session:
            started_at, moment = session.execute(statement).one()
        return float((moment - started_at).total_seconds()) if started_at else 0.0

    def _seconds_before(self) -> float:
        """How long earlier attempts have taken; `resources.max_minutes` counts for all of them together."""
        with self._workshop.database.reading() as session:
            earlier = list_attempts(session, self._claim.run_id)
        return sum((each.ended_at - each.started_at).total_seconds() for each in earlier if each.ended_at is not None)


def what_is_away(error: BlobsAway | DatabaseAway) -> GivenBack:
    return FILES_AWAY if isinstance(error, BlobsAway) else DATABASE_AWAY


def remove_if_empty(folder: Path) -> None:
    try:
        folder.rmdir()
    except OSError:
        return
