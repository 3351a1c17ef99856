"""Boards over a selection: who sees all of its runs sees the board, judged anew at every request."""

from api.boards.schemas import Board, BoardAsked, BoardRun
from api.parts import Parts
from api.problems import NotThereYet
from store import boards, runs
from store.errors import NotFound
from store.steering import list_lineage


def create_board(here: Parts, asked: BoardAsked) -> Board:
    """Nothing is kept of it: its id says which runs. Raises NotFound, NotThereYet."""
    with here.database.reading() as session:
        found = [runs.get_run(session, run_id).id for run_id in asked.runs]
        names = boards.name_runs(session, found)
    if not any(has_event_files(here, run_id) for run_id in names):
        raise NotThereYet("None of these runs has written anything for TensorBoard.", code="no_event_files")
    board = boards.name_board(names)
    shown = [BoardRun(id=run_id, name=name) for run_id, name in names.items()]
    return Board(id=board, url=f"/v1/boards/{board}/", runs=shown)


def has_event_files(here: Parts, run_id: str) -> bool:
    """Whether anything has come for its board; runs that extend others show theirs as well as their own."""
    with here.database.reading() as session:
        lineage = list_lineage(session, run_id)
    return any(here.blobs.list(f"runs/{one}/tensorboard/") for one in lineage)


def require_board(here: Parts, board_id: str) -> None:
    """Raises NotFound where this is no board, or one of its runs is gone, or is not for this caller."""
    asked = boards.read_board(board_id)
    with here.database.reading() as session:
        found = boards.name_runs(session, asked)
    if not asked or len(found) < len(asked):
        raise NotFound("board", board_id)
