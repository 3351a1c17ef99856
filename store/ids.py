"""Names for rows: a prefix that says what it is, and a ULID, so that ids sort by their birth."""

import threading
from typing import Literal

from ulid import ULID

Prefix = Literal["run", "ds", "att", "ck", "art", "key", "usr", "prj", "wrk", "cmp", "job", "upl", "inv", "aud"]
_lock = threading.Lock()
_newest = 0


def new_id(prefix: Prefix) -> str:
    """A new id like `run_01J9Z…`; one process never makes a lower one than before, not even in the same millisecond."""
    global _newest
    with _lock:
        _newest = max(int(ULID()), _newest + 1)
        return f"{prefix}_{ULID.from_int(_newest)}"
