"""Rows of many callers go to their model together, and each caller learns of their own alone."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from api.predictions.batching import MOST_BYTES, Batches
from api.predictions.line import PredictorLine
from api.problems import Away, Refused
from store.settings import Settings

MODEL = ("run_a", 1)
FAULT = {"pointer": "/instances/0", "message": "It is wrong.", "code": "wrong_type"}


class OtherSide:
    """A predictor that doubles numbers, refuses words, has no answer while `poison` is among them, no model for `lost`.

    Its first question waits until it is `let_go`, so that what comes meanwhile has time to come.
    """

    def __init__(self) -> None:
        self.questions: list[list[list[Any]]] = []
        self.asked, self.let_go = asyncio.Event(), asyncio.Event()

    async def predict(self, request: Request) -> JSONResponse:
        parts = (await request.json())["parts"]
        self.questions.append(parts)
        self.asked.set()
        await self.let_go.wait()
        if any("poison" in part for part in parts):
            return JSONResponse({"code": "out_of_time", "detail": "It took too long."}, status_code=504)
        if any("lost" in part for part in parts):
            return JSONResponse({"code": "store_away", "detail": "The files do not answer."}, status_code=503)
        return JSONResponse({"answers": [self.answer(part) for part in parts]})

    def answer(self, part: list[Any]) -> dict[str, Any]:
        if any(isinstance(value, str) for value in part):
            return {"faults": [FAULT]}
        return {"predictions": [2 * value for value in part]}


def among(
    home: Path, act: Callable[[Batches, OtherSide], Awaitable[None]], seconds: float = 60, **settings: Any
) -> None:
    async def run() -> None:
        other = OtherSide()
        app = Starlette(routes=[Route("/predictions/together", other.predict, methods=["POST"])])
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service") as client:
            await act(Batches(Settings(home=home, **settings), asking(client), seconds=seconds), other)

    asyncio.run(run())


def asking(client: httpx.AsyncClient) -> Callable[[bytes], Awaitable[httpx.Response]]:
    return lambda content: client.post("/predictions/together", content=content)


async def ask_behind_one(batches: Batches, other: OtherSide, rows: list[list[Any]]) -> list[Any]:
    """Answers, or errors, of these callers, who all come while the model has another question."""
    first = asyncio.create_task(batches.predict(MODEL, [0]))
    await other.asked.wait()
    tasks = [asyncio.create_task(batches.predict(MODEL, part)) for part in rows]
    await asyncio.wait([asyncio.create_task(asyncio.sleep(0)) for _ in rows])  # each of them stands in line
    other.let_go.set()
    assert await first == {"predictions": [0]}
    return await asyncio.gather(*tasks, return_exceptions=True)


def test_who_comes_while_the_model_computes_is_answered_together(tmp_path: Path) -> None:
    async def act(batches: Batches, other: OtherSide) -> None:
        answers = await ask_behind_one(batches, other, [[1], [2, 3], [4]])

        assert answers == [{"predictions": [2]}, {"predictions": [4, 6]}, {"predictions": [8]}]
        assert other.questions == [[[0]], [[1], [2, 3], [4]]]

    among(tmp_path, act)


def test_no_question_has_more_rows_than_the_operator_allows(tmp_path: Path) -> None:
    async def act(batches: Batches, other: OtherSide) -> None:
        await ask_behind_one(batches, other, [[1], [2], [3], [4, 5, 6, 7], [8]])

        assert other.questions == [[[0]], [[1], [2], [3]], [[4, 5, 6, 7]], [[8]]]

    among(tmp_path, act, predict_max_batch=3)


def test_what_is_wrong_with_ones_rows_is_told_to_them_alone(tmp_path: Path) -> None:
    async def act(batches: Batches, other: OtherSide) -> None:
        good, wrong, also_good = await ask_behind_one(batches, other, [[1], ["a word"], [2]])

        assert [good, also_good] == [{"predictions": [2]}, {"predictions": [4]}]
        assert isinstance(wrong, Refused)
        assert [fault.pointer for fault in wrong.errors] == ["/instances/0"]

    among(tmp_path, act)


def test_rows_for_which_there_is_no_answer_take_nobody_with_them(tmp_path: Path) -> None:
    async def act(batches: Batches, other: OtherSide) -> None:
        good, lost = await ask_behind_one(batches, other, [[1], ["poison"]])

        assert good == {"predictions": [2]}
        assert isinstance(lost, Away)
        assert other.questions[1:] == [[[1], ["poison"]], [[1]], [["poison"]]]

    among(tmp_path, act)


def test_what_is_no_fault_of_rows_is_told_to_all_at_once(tmp_path: Path) -> None:
    async def act(batches: Batches, other: OtherSide) -> None:
        answers = await ask_behind_one(batches, other, [[1], ["lost"]])

        assert [type(answer) for answer in answers] == [Away, Away]
        assert other.questions[1:] == [[[1], ["lost"]]]

    among(tmp_path, act)


def test_rows_of_many_bytes_are_not_joined(tmp_path: Path) -> None:
    async def act(batches: Batches, other: OtherSide) -> None:
        long = "x" * (MOST_BYTES * 2 // 3)
        await ask_behind_one(batches, other, [[1], [long], [long], [2]])

        assert [len(parts) for parts in other.questions] == [1, 2, 2]

    among(tmp_path, act)


def test_nobody_waits_without_end(tmp_path: Path) -> None:
    async def act(batches: Batches, other: OtherSide) -> None:
        waiting = [asyncio.create_task(batches.predict(MODEL, [value])) for value in (1, 2)]
        answers = await asyncio.gather(*waiting, return_exceptions=True)

        assert [type(answer) for answer in answers] == [Away, Away]

    among(tmp_path, act, seconds=0.01)


def test_who_goes_away_is_not_asked_for(tmp_path: Path) -> None:
    async def act(batches: Batches, other: OtherSide) -> None:
        first = asyncio.create_task(batches.predict(MODEL, [0]))
        await other.asked.wait()
        gone, stays = (asyncio.create_task(batches.predict(MODEL, [value])) for value in (1, 2))
        await asyncio.wait([asyncio.create_task(asyncio.sleep(0))])
        gone.cancel()
        other.let_go.set()

        assert [await first, await stays] == [{"predictions": [0]}, {"predictions": [4]}]
        assert other.questions == [[[0]], [[2]]]

    among(tmp_path, act)


def test_with_a_delay_a_question_waits_until_the_batch_is_full(tmp_path: Path) -> None:
    async def act(batches: Batches, other: OtherSide) -> None:
        other.let_go.set()

        await asyncio.gather(*(batches.predict(MODEL, [value]) for value in (1, 2)))

        assert other.questions == [[[1], [2]]]

    among(tmp_path, act, predict_max_batch=2, predict_max_delay_ms=1000)


def test_a_predictor_that_is_away_is_told_to_each(tmp_path: Path) -> None:
    async def act() -> None:
        line = PredictorLine(f"unix:{tmp_path}/none", "secret")
        with pytest.raises(Away, match="does not answer"):
            await Batches(Settings(home=tmp_path), line.ask).predict(MODEL, [1])
        await line.close()

    asyncio.run(act())
