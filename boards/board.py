"""One open board: the TensorBoard of one run."""

import shutil
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from wsgiref.types import StartResponse, WSGIEnvironment

from boards.event_files import EventFiles
from boards.tensorboard_app import EventFolder, tensorboard_app
from store.blobs import Blobs

POLL_SECONDS = (1.0, 5.0)
FIRST_LOAD_SECONDS = 10.0


class Board:
    """A TensorBoard over copies of a run's event files, which `refresh` brings up to date."""

    def __init__(self, blobs: Blobs, lineage: Sequence[str], cache: Path) -> None:
        """`lineage`: the run, after those that it extends one after the other, whose curves it goes on with."""
        *_, run_id = lineage
        self.path = f"/v1/runs/{run_id}/tensorboard"
        self.folder = Path(tempfile.mkdtemp(prefix=f"{run_id}.", dir=cache))
        files = [EventFiles(blobs, one, self.folder, generation=number) for number, one in enumerate(lineage)]
        self.files, self.files_of_ended = files.pop(), files
        self.events = EventFolder(str(self.folder))
        self.app = tensorboard_app(self.events, title=run_id, path_prefix=self.path)
        self.used_at = time.monotonic()
        self.due_at = self.used_at
        self.pause = POLL_SECONDS[0]
        self.is_closed = False
        self.has_loaded = threading.Event()
        self.refreshing = threading.Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> object:
        """Answer one request; the first ones for data wait until what there is has been read, the page does not."""
        self.used_at = time.monotonic()
        if environ["PATH_INFO"].startswith(f"{self.path}/data/"):
            self.has_loaded.wait(FIRST_LOAD_SECONDS)
        return self.app(environ, start_response)

    def is_idle(self, seconds: float) -> bool:
        """Nobody has looked for so long; a board that has not loaded yet is waited for."""
        return self.has_loaded.is_set() and self.used_at < time.monotonic() - seconds

    def refresh(self) -> None:
        """Copy and read what is new; a board for which nothing comes is asked for less and less often."""
        with self.refreshing:
            if self.is_closed:
                return
            self.due_at = time.monotonic() + self.pause
            try:
                self.pause = POLL_SECONDS[0] if self.read_new() else min(self.pause * 1.5, POLL_SECONDS[1])
            finally:
                if not self.has_loaded.is_set():
                    self.used_at = time.monotonic()  # who waited for the first load is answered only now
                    self.has_loaded.set()

    def read_new(self) -> bool:
        has_news = bool(self.files_of_ended)
        while self.files_of_ended:  # of which nothing more will come
            self.files_of_ended[0].copy_new()
            del self.files_of_ended[0]
        has_news = self.files.copy_new() or has_news
        if has_news:
            self.events.read_on()
        return has_news

    def close(self) -> None:
        with self.refreshing:
            self.is_closed = True
            shutil.rmtree(self.folder, ignore_errors=True)
