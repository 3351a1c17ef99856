"""The boards that are open: opens one at its first request, refreshes all, closes what nobody looks at any more."""

import gc
import re
import shutil
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import accumulate
from pathlib import Path
from typing import cast
from wsgiref.types import StartResponse, WSGIEnvironment

import structlog

from boards.board import Board
from store.blobs import Blobs

log = structlog.get_logger()

BOARD_PATH = re.compile(r"(/v1/runs/(run_[0-9A-Z]{26})/tensorboard|/v1/boards/(brd_[\w-]+))(?:/|$)", re.ASCII)
TICK_SECONDS = 0.25
MOST_TOGETHER = 100
"""Of the boards over several runs so many runs are open in all: selections are without number, unlike runs."""


class OpenBoards:
    """A WSGI application over many boards, and the one thread that keeps them fresh."""

    def __init__(
        self,
        blobs: Blobs,
        cache: Path,
        *,
        idle_seconds: float,
        find_runs: Callable[[str], Mapping[str, Sequence[str]]],
        readers: int = 4,
    ) -> None:
        """`find_runs`: by a run's or a board's id each run after those that it extends, under its name on the board.

        Nothing where there is no such run, or one of the board's runs is gone.
        """
        shutil.rmtree(cache, ignore_errors=True)
        cache.mkdir(parents=True)
        self.blobs = blobs
        self.cache = cache
        self.idle_seconds = idle_seconds
        self.find_runs = find_runs
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
        asked = match[2] or match[3]
        with self.opening:
            if asked not in self.boards and (runs := self.find_runs(asked)):
                self.boards[asked] = Board(self.blobs, match[1], runs, self.cache)
                log.info("board_opened", board=asked, open=len(self.boards))
            return self.boards.get(asked)

    def keep_fresh(self) -> None:
        while not self.is_stopping.wait(TICK_SECONDS):
            self.close_unused()
            self.start_due_refreshes()

    def start_due_refreshes(self) -> None:
        for one in [one for one, refresh in self.refreshes.items() if refresh.done()]:
            if error := self.refreshes.pop(one).exception():
                log.error("board_not_refreshed", board=one, exc_info=error)
        for one, board in list(self.boards.items()):
            if one not in self.refreshes and board.due_at <= time.monotonic():
                self.refreshes[one] = self.readers.submit(board.refresh)

    def close_unused(self) -> None:
        boards = list(self.boards.items())
        for one in {one for one, board in boards if board.is_idle(self.idle_seconds)} | crowded_out(boards):
            self.close_board(one)

    def close_board(self, one: str) -> None:
        with self.opening:
            board = self.boards.pop(one)
        board.close()
        log.info("board_closed", board=one, open=len(self.boards))
        del board
        gc.collect()  # a board is a ring of references: its memory is given back now, not at some later collection

    def close(self) -> None:
        """Stop refreshing and close every board."""
        self.is_stopping.set()
        self.keeper.join()
        self.readers.shutdown()
        for one in list(self.boards):
            self.close_board(one)


def crowded_out(boards: Iterable[tuple[str, Board]]) -> set[str]:
    """Boards over several runs for which there is no room, since others were looked at later."""
    together = [(one, board) for one, board in boards if len(board.members) > 1]
    together.sort(key=lambda pair: pair[1].used_at, reverse=True)
    reached = accumulate(len(board.members) for _, board in together)
    return {one for (one, _), runs in zip(together, reached, strict=True) if runs > MOST_TOGETHER}
