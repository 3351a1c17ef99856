"""The boards that are open: opens one at its first request, refreshes all, closes what nobody looks at any more."""

import gc
import re
import shutil
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import cast
from wsgiref.types import StartResponse, WSGIEnvironment

import structlog

from boards.board import Board
from store.blobs import Blobs

log = structlog.get_logger()

BOARD_PATH = re.compile(r"/v1/runs/(run_[0-9A-Z]{26})/tensorboard(?:/|$)")
TICK_SECONDS = 0.25


class OpenBoards:
    """A WSGI application over many boards, and the one thread that keeps them fresh."""

    def __init__(
        self,
        blobs: Blobs,
        cache: Path,
        *,
        idle_seconds: float,
        lineage: Callable[[str], Sequence[str]],
        readers: int = 4,
    ) -> None:
        """`lineage`: a run after those that it extends; nothing where there is no such run."""
        shutil.rmtree(cache, ignore_errors=True)
        cache.mkdir(parents=True)
        self.blobs = blobs
        self.cache = cache
        self.idle_seconds = idle_seconds
        self.lineage = lineage
        self.boards: dict[str, Board] = {}
        self.refreshes: dict[str, Future[None]] = {}
        self.opening = threading.Lock()
        self.is_stopping = threading.Event()
        self.readers = ThreadPoolExecutor(readers, thread_name_prefix="board-reader")
        self.keeper = threading.Thread(target=self.keep_fresh, name="board-keeper", daemon=True)
        self.keeper.start()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        board = self.find_board(environ["PATH_INFO"])
        if board is None:
            start_response("404 Not Found", [("Content-Type", "text/plain"), ("X-Content-Type-Options", "nosniff")])
            return [b"No such run."]
        return cast(Iterable[bytes], board(environ, start_response))

    def find_board(self, path: str) -> Board | None:
        """The board that a public path means, opened if need be; None when there is no such run."""
        match = BOARD_PATH.match(path)
        if not match:
            return None
        run_id = match[1]
        with self.opening:
            if run_id not in self.boards and (lineage := self.lineage(run_id)):
                self.boards[run_id] = Board(self.blobs, lineage, self.cache)
                log.info("board_opened", run=run_id, open=len(self.boards))
            return self.boards.get(run_id)

    def keep_fresh(self) -> None:
        while not self.is_stopping.wait(TICK_SECONDS):
            self.close_idle()
            self.start_due_refreshes()

    def start_due_refreshes(self) -> None:
        for run_id in [run_id for run_id, refresh in self.refreshes.items() if refresh.done()]:
            if error := self.refreshes.pop(run_id).exception():
                log.error("board_not_refreshed", run=run_id, exc_info=error)
        for run_id, board in list(self.boards.items()):
            if run_id not in self.refreshes and board.due_at <= time.monotonic():
                self.refreshes[run_id] = self.readers.submit(board.refresh)

    def close_idle(self) -> None:
        for run_id in [run_id for run_id, board in list(self.boards.items()) if board.is_idle(self.idle_seconds)]:
            self.close_board(run_id)

    def close_board(self, run_id: str) -> None:
        with self.opening:
            board = self.boards.pop(run_id)
        board.close()
        log.info("board_closed", run=run_id, open=len(self.boards))
        del board
        gc.collect()  # a board is a ring of references: its memory is given back now, not at some later collection

    def close(self) -> None:
        """Stop refreshing and close every board."""
        self.is_stopping.set()
        self.keeper.join()
        self.readers.shutdown()
        for run_id in list(self.boards):
            self.close_board(run_id)
