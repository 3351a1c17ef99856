"""One TensorBoard over several runs: its id says which ones, so no row is kept of it; and how each is named there."""

import base64
import binascii
import re
from collections.abc import Collection, Iterable
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session
from ulid import ULID

from store.rows import Run

MOST_RUNS: Final = 50
PREFIX: Final = "brd_"
ULID_BYTES: Final = 16
LONGEST_NAME: Final = 60


def name_board(run_ids: Iterable[str]) -> str:
    """The id of the board over these runs, the same in whatever order they are given."""
    ulids = [ULID.from_str(run_id.removeprefix("run_")).bytes for run_id in sorted(set(run_ids))]
    return PREFIX + base64.urlsafe_b64encode(b"".join(ulids)).decode().rstrip("=")


def read_board(board_id: str) -> list[str]:
    """The ids of its runs, the oldest first; [] for what `name_board` does not write."""
    text = board_id.removeprefix(PREFIX)
    if len(text) > MOST_RUNS * ULID_BYTES * 2 or not text.isascii():
        return []
    try:
        together = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error:
        return []
    if not together or len(together) % ULID_BYTES:
        return []
    starts = range(0, len(together), ULID_BYTES)
    found = [f"run_{ULID.from_bytes(together[at : at + ULID_BYTES])}" for at in starts]
    return found if len(found) <= MOST_RUNS and name_board(found) == board_id else []


def name_runs(session: Session, run_ids: Collection[str]) -> dict[str, str]:
    """By its id, how each run is called on a board; those that are not there (for whom the session is) are left out.

    A name is the first part of a path there. Runs that would be called alike have the end of their ids behind it.
    """
    found = session.execute(select(Run.id, Run.name).where(Run.id.in_(run_ids)).order_by(Run.id)).all()
    plain = {run_id: plain_name(name) for run_id, name in found}
    folded = [name.casefold() for name in plain.values()]
    return {
        run_id: name if folded.count(name.casefold()) == 1 else f"{name} ({run_id[-6:]})"
        for run_id, name in plain.items()
    }


def plain_name(name: str) -> str:
    """Of the name what may be a folder's: it neither climbs nor goes down."""
    return re.sub(r"[^\w .,=()+-]", "_", name)[:LONGEST_NAME].strip(" .") or "run"
