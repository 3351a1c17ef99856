"""Names for rows: a prefix that says what it is, and a ULID, so that ids sort by their birth."""

from typing import Literal

from ulid import ULID

Prefix = Literal["run", "ds", "att", "ck", "art", "key", "usr", "prj", "wrk"]


def new_id(prefix: Prefix) -> str:
    """A new id like `run_01J9Z…`."""
    return f"{prefix}_{ULID()}"
