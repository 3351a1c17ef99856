"""Bytes that nobody has looked at do not stay for ever."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from ulid import ULID

from store.blobs import Blobs
from store.quarantine import FOLDER, new_quarantine_key, sweep_quarantine
from store.settings import Settings


def test_what_was_left_for_hours_is_swept_and_what_is_being_looked_at_stays(tmp_path: Path) -> None:
    blobs = Blobs(Settings(home=tmp_path))
    now = datetime.now(UTC)
    left = f"{FOLDER}/{ULID.from_datetime(now - timedelta(hours=2))}"
    fresh = new_quarantine_key()
    keys = (left, fresh, "datasets/kept")
    for key in keys:
        blobs.put_bytes(key, b"a,b")

    sweep_quarantine(blobs, now - timedelta(hours=3))
    by_a_clock_behind = [blobs.exists(key) for key in keys]
    sweep_quarantine(blobs, now)

    assert by_a_clock_behind == [True, True, True]
    assert [blobs.exists(key) for key in keys] == [False, True, True]
