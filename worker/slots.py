"""The places at which runs are trained: taken one after the other for as long as runs wait."""

import queue
import threading
from dataclasses import dataclass

import structlog
from sqlalchemy.orm import Session
from structlog.contextvars import bound_contextvars

from models_lib.spec.types import Resources
from store.claims import Claim, claim_next_run
from store.errors import DatabaseAway
from store.events import asking_request
from store.seats import Seated, may_be_claimed, set_out_seats, take_seat
from worker.disk_room import has_room
from worker.gpus import GpuPool
from worker.member import compute_for_others
from worker.mother.kernel import seconds_since_boot
from worker.supervisor.attempt import train_run
from worker.workshop import Workshop

log = structlog.get_logger()

UNHEARD_SECONDS = 8.0
"""A call that a free slot has not heard by then is lost, or the consumer has fallen silent."""


@dataclass(frozen=True)
class Slot:
    """A share of the machine: the threads that a run gets here."""

    number: int
    threads: int


class Slots:
    """Who is woken takes a free slot and trains until no run waits. The row decides what, not the message."""

    def __init__(self, workshop: Workshop, worker_id: str) -> None:
        self._workshop = workshop
        self._worker_id = worker_id
        self._free: queue.SimpleQueue[Slot] = queue.SimpleQueue()
        self._gpus = GpuPool(workshop.machine)
        self._threads: list[threading.Thread] = []
        self.unheard = threading.Event()
        """Set when a run was found here for which somebody had been called long before: Celery did not hear it."""
        for slot in share_machine(workshop):
            self._free.put(slot)

    def train_waiting(self, *, by_oneself: bool = False) -> None:
        """Train what waits, one run after the other; return at once when every slot is taken."""
        try:
            slot = self._free.get_nowait()
        except queue.Empty:
            return
        try:
            while self._train_next(slot, by_oneself=by_oneself):
                by_oneself = False  # the others waited for this slot
        finally:
            self._free.put(slot)

    def look_for_oneself(self) -> None:
        """Without a message, where a slot is free: nothing waits because a call was lost or a consumer fell silent."""
        if not self._free.empty():
            self.train_in_background()

    def train_in_background(self) -> None:
        """Train what waits without a message."""
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        if len(self._threads) < self._workshop.slots:
            thread = threading.Thread(target=self.train_waiting, kwargs={"by_oneself": True}, name="slot", daemon=True)
            self._threads.append(thread)
            thread.start()

    def join(self) -> None:
        """Wait until what runs in the background has ended."""
        for thread in self._threads:
            thread.join()

    def _train_next(self, slot: Slot, *, by_oneself: bool) -> bool:
        while not self._workshop.mother.wait_until_ready(timeout=0.5):
            if self._workshop.stopping.is_set():
                return False
        claimed_at = seconds_since_boot()
        found = self._find_work()
        if found is None:
            return False
        if isinstance(found, Seated):
            with self._gpus.taken(gpus_asked(found.claim)) as gpus:
                compute_for_others(self._workshop, found, threads=slot.threads, gpus=gpus)
            return True
        claim = found
        self._workshop.announcer.announce(claim.run_id)
        with bound_contextvars(run=claim.run_id, attempt=claim.attempt, request_id=self._asking_request(claim)):
            log.info("run_claimed", slot=slot.number)
            if by_oneself and claim.called_seconds > UNHEARD_SECONDS:
                log.warning("call_unheard", seconds=claim.called_seconds)
                self.unheard.set()
            with self._gpus.taken(gpus_asked(claim)) as gpus:
                train_run(self._workshop, claim, threads=slot.threads, gpus=gpus, claimed_at=claimed_at)
        return True

    def _asking_request(self, claim: Claim) -> str | None:
        try:
            with self._workshop.database.reading() as session:
                return asking_request(session, claim.run_id)
        except DatabaseAway:
            return None

    def _find_work(self) -> Claim | Seated | None:
        """A place where a run waits for another worker, before a run of one's own: who waits holds a slot."""
        settings = self._workshop.settings
        if self._workshop.stopping.is_set():
            return None
        if not has_room(settings):
            log.warning("no_room", home=str(settings.home))
            return None
        try:
            with self._workshop.database.transaction() as session:
                return self._sit_down(session) or self._claim(session)
        except DatabaseAway as error:
            log.warning("nothing_claimed", reason=str(error))
            return None

    def _sit_down(self, session: Session) -> Seated | None:
        settings = self._workshop.settings
        return take_seat(
            session,
            worker_id=self._worker_id,
            queues=settings.worker_queues,
            gpus=len(self._gpus),
            lease_seconds=settings.lease_seconds,
        )

    def _claim(self, session: Session) -> Claim | None:
        settings = self._workshop.settings
        claim = claim_next_run(
            session,
            worker_id=self._worker_id,
            queues=settings.worker_queues,
            lease_seconds=settings.lease_seconds,
            with_components=self._workshop.mother.is_sandboxed,
            gpus=len(self._gpus),
            wanted=[may_be_claimed()],
        )
        if claim is not None and claim.workers > 1:
            set_out_seats(session, claim)
        return claim


def gpus_asked(claim: Claim) -> int | str:
    return Resources.model_validate(claim.spec["resources"]).gpus


def share_machine(workshop: Workshop) -> list[Slot]:
    """Slots of equal threads."""
    return [Slot(number, max(1, workshop.machine.cores // workshop.slots)) for number in range(workshop.slots)]
