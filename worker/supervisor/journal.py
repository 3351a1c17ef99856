"""What is to be written about a run: gathered for a moment, then written in short transactions."""

import time
from collections.abc import Callable

import structlog
from sqlalchemy.orm import Session

from store.claims import Claim
from store.database import Database
from store.errors import DatabaseAway
from store.stream import Announcer

log = structlog.get_logger()

AfterCommit = Callable[[], object]
Entry = Callable[[Session, Claim], AfterCommit | None]
WRITE_SECONDS = 0.25
PROGRESS_SECONDS = 0.5
MOST_AT_ONCE, LONGEST_SECONDS = 40, 0.3
"""Of one transaction: while it lasts nobody renews the run's lease, and epochs may take a millisecond."""

MOST_WAITING = 4 * MOST_AT_ONCE


class Journal:
    """Entries are written in the order in which they were noted; of progress only the newest, twice a second at most.

    What an entry returns is done after the commit.
    """

    def __init__(self, database: Database, announcer: Announcer, claim: Claim) -> None:
        self._database = database
        self._announcer = announcer
        self._claim = claim
        self._entries: list[Entry] = []
        self._progress: Entry | None = None
        self._written_at = self._progress_at = -float("inf")
        self._is_away = False

    def note(self, entry: Entry) -> None:
        self._entries.append(entry)

    def note_progress(self, entry: Entry) -> None:
        """Replaces what progress has not been written yet."""
        self._progress = entry

    def write_alone(self, entry: Entry) -> None:
        """Write this entry and none of those that wait; raises StaleAttempt, DatabaseAway."""
        with self._database.transaction() as session:
            entry(session, self._claim)
        self._announcer.announce(self._claim.run_id)

    def write(self, *, now: bool = False) -> bool:
        """Write what is due in one transaction; `now`: everything. Raises StaleAttempt. False: the database is away."""
        clock = time.monotonic()
        if self._progress is not None and (now or clock - self._progress_at >= PROGRESS_SECONDS):
            self._entries.append(self._progress)
            self._progress, self._progress_at = None, clock
        is_pressed = self.is_behind and not self._is_away
        while self._entries and (now or is_pressed or clock - self._written_at >= WRITE_SECONDS):
            self._written_at = clock
            self._is_away = not self._write_next()
            if self._is_away or not now:
                break
        return not self._is_away

    @property
    def is_behind(self) -> bool:
        """Whether more waits than should: who reads a training's reports leaves them in their pipe, and it waits."""
        return len(self._entries) > MOST_WAITING

    def _write_next(self) -> bool:
        """One transaction; False where the database is away."""
        try:
            with self._database.transaction() as session:
                afterwards = self._write_some(session)
        except DatabaseAway as error:
            log.warning("journal_waits", run=self._claim.run_id, entries=len(self._entries), error=str(error))
            return False
        del self._entries[: len(afterwards)]
        self._announcer.announce(self._claim.run_id)
        for follow in filter(None, afterwards):
            follow()
        return True

    def _write_some(self, session: Session) -> list[AfterCommit | None]:
        """The first entries, as many as one transaction should take: what they return."""
        afterwards: list[AfterCommit | None] = []
        until = time.monotonic() + LONGEST_SECONDS
        for entry in self._entries[:MOST_AT_ONCE]:
            afterwards.append(entry(session, self._claim))
            if time.monotonic() > until:
                break
        return afterwards
