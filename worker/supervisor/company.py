"""The other workers of an attempt, as the first of them sees them, who holds the run."""

import time
from typing import cast

import structlog

from store.claims import Claim
from store.errors import DatabaseAway
from store.lifecycle import FailureKind
from store.seats import Company as Seen
from store.seats import look_round, tell_address
from worker.supervisor.log import LogBook
from worker.supervisor.trainer_process import TrainerProcess
from worker.supervisor.verdict import COMPANY_LOST, Failed, GivenBack
from worker.workshop import Workshop

log = structlog.get_logger()

LOOK_SECONDS = 0.5
NEWS_SECONDS = 3.0
"""A trainer may notice that another is gone before that one's worker has said why."""


class Company:
    """Waits until all have come, and then has the training begin; where one is lost, all begin again."""

    def __init__(self, workshop: Workshop, claim: Claim, address: str, said: LogBook) -> None:
        self._workshop, self._claim, self._log = workshop, claim, said
        self._seen: Seen | None = None
        self._looked_at = 0.0
        self._has_begun = False
        self.is_leaving = False
        """One must end: what is saved is given back, also when that one has gone by then."""
        with workshop.database.transaction() as session:
            tell_address(session, claim, 0, address)
        for _ in range(1, claim.workers):
            workshop.waker.wake_worker(claim.run_id, claim.queue)
        said.say(f"It is trained by {claim.workers} workers together, and begins when all have come.")

    @property
    def is_lost(self) -> bool:
        return self._seen is not None and self._seen.is_lost

    @property
    def verdict(self) -> GivenBack | Failed:
        """What the loss of one means: another attempt, unless it has said that none would go better."""
        failure = self._seen.failure if self._seen is not None else None
        if failure is None:
            return COMPANY_LOST
        told = {name: str(failure[name]) for name in ("message", "advice")}
        return Failed(FailureKind(str(failure["kind"])), **told, frame=cast(str | None, failure.get("frame")))

    def attend(self, trainer: TrainerProcess) -> None:
        """Look round, twice a second."""
        if time.monotonic() - self._looked_at < LOOK_SECONDS:
            return
        self._look()
        if not self._has_begun and self._seen is not None and not self._seen.missing:
            self._has_begun = True
            self._log.say(f"All {self._claim.workers} workers have come.")
            trainer.join(self._seen.addresses, 0)

    def wait_for_verdict(self) -> GivenBack | Failed:
        """Give the other's worker a moment to say why."""
        until = time.monotonic() + NEWS_SECONDS
        while not self.is_lost and time.monotonic() < until and not self._workshop.stopping.wait(LOOK_SECONDS):
            self._look()
        return self.verdict

    def _look(self) -> None:
        self._looked_at = time.monotonic()
        try:
            with self._workshop.database.reading() as session:
                self._seen = look_round(session, self._claim)
            self.is_leaving = self.is_leaving or self._seen.is_leaving
        except DatabaseAway as error:
            log.warning("company_not_seen", run=self._claim.run_id, reason=str(error))
