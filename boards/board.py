"""One open board: a TensorBoard over one run, or over several that are each named in it."""

import shutil
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final
from wsgiref.types import StartResponse, WSGIEnvironment

from boards.event_files import EventFiles
from boards.tensorboard_app import EventFolder, tensorboard_app
from store.blobs import Blobs

POLL_SECONDS = (1.0, 5.0)
FIRST_LOAD_SECONDS = 10.0
ITSELF: Final = ""
"""What a run is called on its own board: nothing stands before its curves' names."""


class Member:
    """One run on a board, whose event files are asked for less and less often while none come."""

    def __init__(self, blobs: Blobs, lineage: Sequence[str], folder: Path) -> None:
        """`lineage`: the run, after those that it extends one after the other, whose curves it goes on with."""
        files = [EventFiles(blobs, one, folder, generation=number) for number, one in enumerate(lineage)]
        self.files, self.files_of_ended = files.pop(), files
        self.pause = POLL_SECONDS[0]
        self.due_at = time.monotonic()

    def copy_new(self) -> bool:
        """Copy what came since the last time; True when there was some."""
        self.due_at = time.monotonic() + self.pause
        has_news = bool(self.files_of_ended)
        while self.files_of_ended:  # of which nothing more will come
            self.files_of_ended[0].copy_new()
            del self.files_of_ended[0]
        has_news = self.files.copy_new() or has_news
        self.pause = POLL_SECONDS[0] if has_news else min(self.pause * 1.5, POLL_SECONDS[1])
        return has_news


class Board:
    """A TensorBoard over copies of runs' event files, which `refresh` brings up to date."""

    def __init__(self, blobs: Blobs, path: str, runs: Mapping[str, Sequence[str]], cache: Path) -> None:
        """`path`: where it is found; `runs`: each one's lineage, by what it is called on the board."""
        *_, title = path.removesuffix("/tensorboard").split("/")
        self.path = path
        self.folder = Path(tempfile.mkdtemp(prefix=f"{title[:30]}.", dir=cache))
        self.members = [Member(blobs, lineage, self.folder / name) for name, lineage in runs.items()]
        self.events = EventFolder(str(self.folder))
        self.app = tensorboard_app(self.events, title=", ".join(runs) if len(runs) > 1 else title, path_prefix=path)
        self.used_at = time.monotonic()
        self.is_closed = False
        self.has_loaded = threading.Event()
        self.refreshing = threading.Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> object:
        """Answer one request; the first ones for data wait until what there is has been read, the page does not."""
        self.used_at = time.monotonic()
        if environ["PATH_INFO"].startswith(f"{self.path}/data/"):
            self.has_loaded.wait(FIRST_LOAD_SECONDS)
        return self.app(environ, start_response)

    @property
    def due_at(self) -> float:
        """When the next of its runs is to be asked for news."""
        return min(member.due_at for member in self.members)

    def is_idle(self, seconds: float) -> bool:
        """Nobody has looked for so long; a board that has not loaded yet is waited for."""
        return self.has_loaded.is_set() and self.used_at < time.monotonic() - seconds

    def refresh(self) -> None:
        """Copy and read what is new."""
        with self.refreshing:
            if self.is_closed:
                return
            try:
                self.read_new()
            finally:
                if not self.has_loaded.is_set():
                    self.used_at = time.monotonic()  # who waited for the first load is answered only now
                    self.has_loaded.set()

    def read_new(self) -> None:
        due = [member for member in self.members if member.due_at <= time.monotonic()]
        if sum([member.copy_new() for member in due]):
            self.events.read_on()

    def close(self) -> None:
        with self.refreshing:
            self.is_closed = True
            shutil.rmtree(self.folder, ignore_errors=True)
