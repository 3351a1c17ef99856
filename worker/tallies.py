"""What this worker has counted since its start; its heartbeat brings it to the database, and the api to Prometheus."""

import shutil
import threading
import time
from collections import Counter
from pathlib import Path

from store.schema import known_revisions
from store.version import VERSION
from store.workers import PULSE


class Tallies:
    """Sums that only grow. Threads may share one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sums: Counter[str] = Counter()
        self._longest_cancel = 0.0

    def note_checkpoint(self, seconds: float, size: int) -> None:
        """A checkpoint was brought to the blobs, in so many seconds."""
        self._add(checkpoints=1, checkpoint_seconds=seconds, checkpoint_bytes=size)

    def note_cancel(self, seconds: float) -> None:
        """A trainer was gone so long after its worker had heard of the cancel."""
        self._add(cancels=1, cancel_seconds=seconds)
        with self._lock:
            self._longest_cancel = max(self._longest_cancel, seconds)

    def read(self) -> dict[str, float]:
        with self._lock:
            names = ("checkpoints", "checkpoint_seconds", "checkpoint_bytes", "cancels", "cancel_seconds")
            return {name: self._sums[name] for name in names} | {"longest_cancel_seconds": self._longest_cancel}

    def _add(self, **more: float) -> None:
        with self._lock:
            self._sums.update(more)


def take_pulse(home: Path, tallies: Tallies) -> dict[str, object]:
    """What the worker says of itself in every round: its version, its clock, its disk, what it counted."""
    return {
        "kind": PULSE,
        "version": VERSION,
        "revision": known_revisions()[-1],
        "clock": time.time(),
        "free_bytes": shutil.disk_usage(home).free,
        "tallies": tallies.read(),
    }
