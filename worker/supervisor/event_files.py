"""TensorBoard's event files, shipped while they grow as numbered chunks of bytes."""

from pathlib import Path

from store.blobs import Blobs

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
        for file in sorted(self._folder.rglob("*tfevents*")):
            if file.is_file():
                self._ship_file(file)

    def _ship_file(self, file: Path) -> None:
        name = file.relative_to(self._folder).as_posix()
        chunks, offset = self._shipped.get(name, (0, 0))
        with file.open("rb") as content:
            content.seek(offset)
            while data := content.read(CHUNK_BYTES):
                self._blobs.put_bytes(f"{self._prefix}/{name}/{chunks:08d}", data)
                chunks, offset = chunks + 1, offset + len(data)
                self._shipped[name] = chunks, offset
