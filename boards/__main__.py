"""`python -m boards`: the boards' server, on the unix socket or the port that the settings name."""

import sys
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import uvicorn

from boards.app import create_app
from boards.board import ITSELF
from boards.open_boards import OpenBoards
from boards.tensorboard_app import compressed_pages
from store.blobs import Blobs
from store.boards import name_runs, read_board
from store.database import Database
from store.errors import StoreError
from store.logs import start_log
from store.private import prepare_socket, service_secret
from store.settings import Settings, read_settings, socket_path
from store.steering import list_lineage

STOP_SECONDS = 5


def run_boards(settings: Settings) -> None:
    """Serve until told to stop."""
    database = Database(settings)

    boards = OpenBoards(
        Blobs(settings),
        settings.home / "cache" / "boards",
        idle_seconds=settings.board_idle_seconds,
        find_runs=partial(find_runs, database),
    )
    compressed_pages()  # now, so that the first board opens as fast as all others
    uvicorn.run(
        create_app(boards, service_secret(settings)),
        **listening(settings),
        log_level="warning",
        access_log=False,
        log_config=None,
        timeout_graceful_shutdown=STOP_SECONDS,
    )


def find_runs(database: Database, asked: str) -> dict[str, list[str]]:
    """Of a run's or a board's id: each run's lineage by its name there; {} where not all of them are there."""
    with database.reading() as session:
        if asked.startswith("run_"):
            lineage = list_lineage(session, asked)
            return {ITSELF: lineage} if lineage else {}
        runs = read_board(asked)
        names = name_runs(session, runs)
        return (
            {name: list_lineage(session, run_id) for run_id, name in names.items()} if len(names) == len(runs) else {}
        )


def listening(settings: Settings) -> dict[str, Any]:
    """Where to listen, in uvicorn's words."""
    if settings.boards_url.startswith("unix:"):
        prepare_socket(socket_path(settings, "boards.sock"))
        return {"uds": settings.boards_url.removeprefix("unix:")}
    return {"host": "0.0.0.0", "port": urlsplit(settings.boards_url).port or 8002}


def main() -> int:
    """Serve, or say why that is not possible."""
    try:
        settings = read_settings()
        start_log(settings, "boards")
        run_boards(settings)
    except StoreError as error:
        print(error, file=sys.stderr)  # noqa: T201 - this is a command
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
