"""The right to run: renewed while the training lasts, and the training killed before somebody else may have it."""

import signal
import threading
from types import TracebackType

import structlog

from store.claims import Claim, look_at_wish, renew_lease
from store.database import Database
from store.errors import DatabaseAway
from store.lifecycle import Wanted
from worker.mother.kernel import seconds_since_boot
from worker.mother.owner import Child

log = structlog.get_logger()

ASK_SECONDS = 0.5
SAFE_SHARE = 0.8


class Lease:
    """Keeps one claimed run. While it is entered, one thread renews and asks what the user wants; another, which
    never waits for a database, kills the trainer when the term is nearly over; should this whole process be frozen,
    the trainer's mother does. Time counts through a suspended machine.
    """

    def __init__(self, database: Database, claim: Claim, *, seconds: float, claimed_at: float) -> None:
        self._database = database
        self._claim = claim
        self._seconds = seconds
        self._renewed_at = claimed_at
        self._child: Child | None = None
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._is_lost = False
        self.wanted = Wanted.RUN
        self.wanted_at = claimed_at
        self.live = claim.live

    def __enter__(self) -> "Lease":
        for watch in (self._renew, self._guard):
            threading.Thread(target=watch, name=f"lease {self._claim.run_id}", daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._closing.set()

    @property
    def is_lost(self) -> bool:
        return self._is_lost or self._seconds_left() <= 0

    def protect(self, child: Child) -> None:
        """Name the trainer that must not outlive the lease."""
        with self._lock:
            self._child = child
        self._hold()
        if self.is_lost:
            self.lose()

    def lose(self) -> None:
        """Kill the trainer at once: the run may be somebody else's soon, or is already."""
        with self._lock:
            self._is_lost = True
            if self._child is not None:
                self._child.signal_group(signal.SIGKILL)

    def _renew(self) -> None:
        while not self._closing.wait(ASK_SECONDS) and not self._is_lost:
            try:
                self._renew_or_ask()
            except DatabaseAway as error:
                log.warning("lease_not_renewed", run=self._claim.run_id, error=str(error))

    def _renew_or_ask(self) -> None:
        asked_at = seconds_since_boot()
        if asked_at - self._renewed_at < self._seconds / 3:
            with self._database.reading() as session:
                wish = look_at_wish(session, self._claim)
        else:
            with self._database.transaction() as session:
                wish = renew_lease(session, self._claim, self._seconds)
            self._renewed_at = asked_at
            self._hold()
        if wish is None:
            self.lose()
        else:
            if wish.wanted != self.wanted:
                self.wanted_at = seconds_since_boot()
            self.wanted, self.live = wish.wanted, wish.live

    def _guard(self) -> None:
        while not self._is_lost:
            left = self._seconds_left()
            if left <= 0:
                log.error("lease_running_out", run=self._claim.run_id)
                self.lose()
            elif self._closing.wait(min(left, ASK_SECONDS)):
                return

    def _seconds_left(self) -> float:
        return self._renewed_at + self._seconds * SAFE_SHARE - seconds_since_boot()

    def _hold(self) -> None:
        if self._child is not None:
            self._child.hold_until(self._renewed_at + self._seconds * SAFE_SHARE)
