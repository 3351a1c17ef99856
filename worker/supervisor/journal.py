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
MOST_AT_ONCE = 40
"""Entries of one transaction: while it lasts nobody renews the run's lease, and epochs may take a millisecond."""


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
        """Write what is due; `now`: everything. Raises StaleAttempt. False: the database is away, everything waits."""
        clock = time.monotonic()
        if self._progress is not None and (now or clock - self._progress_at >= PROGRESS_SECONDS):
            self._entries.append(self._progress)
            self._progress, self._progress_at = None, clock
        if self._entries and (now or clock - self._written_at >= WRITE_SECONDS):
            self._written_at = clock
            return self._write_entries()
        return True

    def _write_entries(self) -> bool:
        while self._entries:
            some = self._entries[:MOST_AT_ONCE]
            try:
                with self._database.transaction() as session:
                    afterwards = [entry(session, self._claim) for entry in some]
            except DatabaseAway as error:
                log.warning("journal_waits", run=self._claim.run_id, entries=len(self._entries), error=str(error))
                return False
            del self._entries[: len(some)]
            self._announcer.announce(self._claim.run_id)
            for follow in filter(None, afterwards):
                follow()
        return True
