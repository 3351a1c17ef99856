"""`python -m worker.alive`: ends with 0 where a worker of this machine was seen by the database lately, else with 1."""

import platform
import sys

from store.database import Database
from store.errors import StoreError
from store.settings import read_settings
from store.workers import has_live_worker

ROUNDS = 6
"""A worker says that it is there in every round of its reconciler; so many may be late on a busy machine."""


def main() -> int:
    """A container's health check: its host name is its own, however many share a home."""
    try:
        settings = read_settings()
        with Database(settings).reading() as session:
            seconds = max(settings.lease_seconds, ROUNDS * settings.reconcile_seconds)
            lives = has_live_worker(session, seen_within_seconds=seconds, host=platform.node())
    except StoreError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0 if lives else 1


if __name__ == "__main__":
    sys.exit(main())
