"""Rows that come at once go to their model together: what has come while it computes is its next question.

Whoever comes alone waits for nobody, unless the operator sets a delay. Each caller gets the answers of their own rows;
what is wrong with one caller's rows is told to them alone, and where a batch finds no answer because of what is in it,
each is asked for alone.
"""

import asyncio
import json
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from api.problems import Away, Fault, Refused
from api.services import SECONDS, draw_answer
from store.settings import Settings

Ask = Callable[[bytes], Awaitable[httpx.Response]]
"""Puts a question in JSON to the predictor; raises httpx.TransportError."""
MOST_BYTES: Final = 8_000_000
"""Of rows that are joined; who sends more at once is alone."""
OF_ROWS: Final = {422, 500, 504, 507}
"""With these there is no answer because of a caller's rows, as far as one can tell."""
ModelId = tuple[str, int]
"""A run and the attempt that exported its model."""


@dataclass
class Asked:
    """How many rows of one caller, these in JSON, and where the answer goes."""

    rows: int
    written: bytes
    answer: "asyncio.Future[dict[str, Any]]"


@dataclass
class Line:
    """Who waits for one model; `task` asks for them, as long as there are any."""

    waiting: deque[Asked] = field(default_factory=deque)
    came: asyncio.Event = field(default_factory=asyncio.Event)
    task: "asyncio.Task[None] | None" = None


class Batches:
    """One question at a time to each model, for any number of callers. Belongs to one event loop."""

    def __init__(self, settings: Settings, ask: Ask, *, seconds: float = SECONDS) -> None:
        self._put, self._seconds = ask, seconds
        self._most, self._delay = settings.predict_max_batch, settings.predict_max_delay_ms / 1000
        self._lines: dict[ModelId, Line] = defaultdict(Line)

    async def predict(self, model: ModelId, instances: list[Any]) -> dict[str, Any]:
        """The answer for these rows; raises Refused, Conflict, Away."""
        written = json.dumps(instances, separators=(",", ":")).encode()
        asked = Asked(len(instances), written, asyncio.get_running_loop().create_future())
        line = self._lines[model]
        line.waiting.append(asked)
        line.came.set()
        if line.task is None:
            line.task = asyncio.create_task(self._serve(model, line))
        try:
            async with asyncio.timeout(self._seconds):
                return await asked.answer
        except TimeoutError as error:
            raise Away(f"The model gave no answer within {self._seconds:g} s.", code="predictor_away") from error

    async def _serve(self, model: ModelId, line: Line) -> None:
        try:
            while line.waiting:
                await self._wait_for_more(line)
                await self._ask(model, self._take(line))
        finally:
            del self._lines[model]
            for left in line.waiting:
                left.answer.cancel()

    async def _wait_for_more(self, line: Line) -> None:
        """Until there are rows enough, or for as long as the operator says."""
        if self._delay:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._delay):
                    while sum(asked.rows for asked in line.waiting) < self._most:
                        line.came.clear()
                        await line.came.wait()

    def _take(self, line: Line) -> list[Asked]:
        """Whose turn it is: as many as the limit allows, and one at least."""
        taken = [line.waiting.popleft()]
        rows, size = taken[0].rows, len(taken[0].written)
        while line.waiting:
            rows, size = rows + line.waiting[0].rows, size + len(line.waiting[0].written)
            if rows > self._most or size > MOST_BYTES:
                break
            taken.append(line.waiting.popleft())
        return [asked for asked in taken if not asked.answer.done()]

    async def _ask(self, model: ModelId, batch: list[Asked]) -> None:
        if not batch:
            return
        answer: httpx.Response | None = None
        try:
            answer = await self._put(write(model, batch))
            told = draw_answer(answer, refused="instances_refused", what="The model")["answers"]
        except httpx.TransportError:
            settle(batch, [Away("The predictor does not answer at the moment.", code="predictor_away")] * len(batch))
        except Exception as error:  # noqa: BLE001 - whatever it is, somebody waits for it
            if len(batch) == 1 or not is_of_rows(answer):
                settle(batch, [error] * len(batch))
            else:
                for asked in batch:
                    await self._ask(model, [] if asked.answer.done() else [asked])
        else:
            settle(batch, told)


def write(model: ModelId, batch: list[Asked]) -> bytes:
    """The question in JSON, of parts that are written already."""
    whose = json.dumps({"run_id": model[0], "attempt": model[1]}).encode()
    return whose[:-1] + b', "parts": [' + b",".join(asked.written for asked in batch) + b"]}"


def is_of_rows(answer: httpx.Response | None) -> bool:
    """Whether others would be answered without the rows of one; not where the model or its files cannot be had."""
    if answer is None or answer.status_code in OF_ROWS:
        return True
    return answer.status_code == 503 and b'"child_lost"' in answer.content


def settle(batch: list[Asked], answers: list[Any]) -> None:
    """Give each caller what is theirs, unless they have gone."""
    for asked, answer in zip(batch, answers, strict=True):
        if asked.answer.done():
            continue
        if isinstance(answer, Exception):
            asked.answer.set_exception(answer)
        elif "faults" in answer:
            faults = [Fault.model_validate(fault) for fault in answer["faults"]]
            asked.answer.set_exception(Refused(faults[0].message, code="instances_refused", errors=faults))
        else:
            asked.answer.set_result(answer)
