"""Where uploaded bytes lie until they have been looked at: a blob whose key says since when."""

from datetime import datetime, timedelta

from ulid import ULID

from store.blobs import Blobs

FOLDER = "quarantine"
LONGEST_STAY = timedelta(hours=1)
"""A profile takes minutes at most: what is older was left by somebody who died over it."""


def new_quarantine_key() -> str:
    """A blob's key for bytes that nobody has looked at."""
    return f"{FOLDER}/{ULID()}"


def sweep_quarantine(blobs: Blobs, moment: datetime) -> None:
    """Delete what by `moment`, the database's time, has been left behind; any number of processes may do so at once.

    A worker's own clock may be hours ahead. Raises BlobsAway.
    """
    oldest = ULID.from_datetime(moment - LONGEST_STAY)
    for key, _ in blobs.list(FOLDER):
        if key.removeprefix(f"{FOLDER}/") < str(oldest):
            blobs.delete(key)
