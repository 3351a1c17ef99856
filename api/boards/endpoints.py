"""Boards over a selection of runs."""

from fastapi import APIRouter

from api.boards import service
from api.boards.schemas import Board, BoardAsked
from api.parts import Calling, Here
from api.reading import StrictRoute

router = APIRouter(prefix="/v1/boards", tags=["boards"], route_class=StrictRoute)


@router.post("", status_code=201)
def create_board(here: Here, caller: Calling, body: BoardAsked) -> Board:
    """The address of one TensorBoard over several runs, each named in it. Asked again, it is the same one."""
    return service.create_board(here, body)
