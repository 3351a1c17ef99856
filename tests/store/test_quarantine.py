"""Bytes that nobody has looked at do not stay for ever."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from ulid import ULID

from store.blobs import Blobs
from store.quarantine import FOLDER, new_quarantine_key, sweep_quarantine
from store.settings import Settings


def test_what_was_left_for_hours_is_swept_and_what_is_being_looked_at_stays(tmp_path: Path) -> None:
    blobs = Blobs(Settings(home=tmp_path))
    left = f"{FOLDER}/{ULID.from_datetime(datetime.now(UTC) - timedelta(hours=2))}"
    fresh = new_quarantine_key()
    for key in (left, fresh, "datasets/kept"):
        blobs.put_bytes(key, b"a,b")

    sweep_quarantine(blobs)

    assert [blobs.exists(key) for key in (left, fresh, "datasets/kept")] == [False, True, True]
