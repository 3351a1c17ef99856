"""TensorBoard's event files, shipped while they grow as numbered chunks of bytes."""

from contextlib import suppress
from pathlib import Path

from store.blobs import Blobs
from worker.supervisor.left_files import NotPlain, list_plain, open_plain

CHUNK_BYTES = 4 * 1024 * 1024


class EventFileShipper:
    """Remembers how far each file has been shipped; concatenated in order the chunks are the file."""

    def __init__(self, folder: Path, prefix: str, blobs: Blobs) -> None:
        self._folder = folder
        self._prefix = prefix
        self._blobs = blobs
        self._shipped: dict[str, tuple[int, int]] = {}

    def ship(self) -> None:
        """Upload what has been appended since the last time."""
        for name in list_plain(self._folder, "*tfevents*"):
            with suppress(NotPlain, FileNotFoundError):
                self._ship_file(name)

    def _ship_file(self, name: str) -> None:
        chunks, offset = self._shipped.get(name, (0, 0))
        with open_plain(self._folder, name) as content:
            content.seek(offset)
            while data := content.read(CHUNK_BYTES):
                self._blobs.put_bytes(f"{self._prefix}/{name}/{chunks:08d}", data)
                chunks, offset = chunks + 1, offset + len(data)
                self._shipped[name] = chunks, offset
