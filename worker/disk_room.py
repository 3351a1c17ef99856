"""Whether there is room on this worker's disks for a training to begin."""

import shutil
from pathlib import Path

from store.settings import Settings

LEAST_BYTES = 64 * 2**20
"""With less, a run would only fail: it waits in its queue instead, for this worker's disk or for another worker."""


def has_room(settings: Settings, *, least: int = LEAST_BYTES) -> bool:
    """On the disk of the home, and of the files where they lie in a folder."""
    scheme, _, root = settings.blobs_url.partition("://")
    places = [settings.home, *([Path(root)] if scheme == "file" else [])]
    return all(free_bytes(place) >= least for place in places)


def free_bytes(place: Path) -> int:
    """Of the disk that the place lies on, or will."""
    return shutil.disk_usage(next(each for each in (place, *place.parents) if each.exists())).free
