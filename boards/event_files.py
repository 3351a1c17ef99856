"""Copies a run's event files, which come as numbered chunks, out of the blobs into one board's folder."""

from pathlib import Path, PurePosixPath
from typing import NamedTuple

from boards.attempts import say_attempt
from store.blobs import Blobs

EVENT_FILE = "events.out.tfevents."


class Chunk(NamedTuple):
    """One piece of one event file of one attempt; the pieces in order are the file."""

    attempt: str
    path: PurePosixPath
    number: int
    key: str


def read_chunk_key(key: str, prefix: str) -> Chunk | None:
    """Take `<prefix><attempt>/<event file>/<number>` apart; None for whatever is not a chunk of an event file."""
    attempt, *path, number = PurePosixPath(key.removeprefix(prefix)).parts or ("",)
    is_chunk = bool(path) and attempt.isdigit() and number.isdigit() and path[-1].startswith(EVENT_FILE)
    if not is_chunk or not key.startswith(prefix) or ".." in path:
        return None
    return Chunk(attempt, PurePosixPath(*path), int(number), key)


class EventFiles:
    """The copied event files of a run; only ever appended to, as TensorBoard expects of a file that it follows."""

    def __init__(self, blobs: Blobs, run_id: str, folder: Path, *, generation: int = 0) -> None:
        """`generation`: how many runs it extends, one after the other, whose files are in the folder, too."""
        self.blobs = blobs
        self.generation = generation
        self.prefix = f"runs/{run_id}/tensorboard/"
        self.folder = folder
        self.copied: dict[Path, int] = {}

    def copy_new(self) -> bool:
        """Append the chunks that came since the last call; True when there were some."""
        chunks = [read_chunk_key(key, self.prefix) for key, _ in self.blobs.list(self.prefix)]
        return sum([self.append_next(chunk) for chunk in sorted(filter(None, chunks))]) > 0

    def append_next(self, chunk: Chunk) -> bool:
        """Append the chunk if it is its file's next one: what overtook another waits until that one is there."""
        file = self.local_file(chunk)
        if chunk.number != self.copied.get(file, 0):
            return False
        content = self.blobs.read_bytes(chunk.key)
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("ab") as copy:
            copy.write(content if chunk.number else say_attempt(self.attempt_name(chunk)) + content)
        self.copied[file] = chunk.number + 1
        return True

    def local_file(self, chunk: Chunk) -> Path:
        """Attempts share folders, so that a run that went on after a restart is one curve; each has its own files.

        TensorBoard reads them in the order of their names, which begin otherwise with what a worker's clock said.
        """
        return self.folder / chunk.path.parent / f"{self.attempt_name(chunk)}.{chunk.path.name}"

    def attempt_name(self, chunk: Chunk) -> str:
        """Names in the order in which attempts, and runs that extend one another, were made."""
        return f"{self.generation:04d}.{int(chunk.attempt):06d}"
