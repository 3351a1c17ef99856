"""What is asked of boards over several runs, and what is answered."""

from pydantic import Field

from api.shapes import Answer, Body
from store.boards import MOST_RUNS


class BoardAsked(Body):
    """Which runs one TensorBoard shall show."""

    runs: list[str] = Field(min_length=1, max_length=MOST_RUNS, description="Ids; the order does not matter.")


class BoardRun(Answer):
    """One run on a board."""

    id: str
    name: str = Field(description="How it is called on the board: before `/train` and `/validation`.")


class Board(Answer):
    """One TensorBoard over several runs. The same runs make the same board, for whoever sees them all."""

    id: str
    url: str = Field(description="The page; browsers are led from there to where it is shut in.")
    runs: list[BoardRun]
