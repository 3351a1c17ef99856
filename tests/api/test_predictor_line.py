"""Questions to models go over kept connections, and an answer that is none is an error of the way."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import pytest

from api.predictions.line import PredictorLine

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


class OtherSide:
    """Gives each question the next of these answers; after an empty one it hangs up."""

    def __init__(self, *answers: bytes) -> None:
        self.heads: list[bytes] = []
        self.bodies: list[bytes] = []
        self.connections = 0
        self._answers = iter(answers)

    async def listen(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                self.heads.append(await reader.readuntil(b"\r\n\r\n"))
                self.bodies.append(await reader.readexactly(3))
                writer.write(answer := next(self._answers))
                if not answer:
                    break
        except asyncio.IncompleteReadError:
            pass
        writer.close()


def over(folder: Path, other: OtherSide, act: Callable[[PredictorLine], Awaitable[None]]) -> None:
    async def run() -> None:
        async with await asyncio.start_unix_server(other.listen, folder / "s"):
            line = PredictorLine(f"unix:{folder}/s", "our secret")
            try:
                await act(line)
            finally:
                await line.close()

    asyncio.run(run())


def test_one_connection_serves_question_after_question(tmp_path: Path) -> None:
    other = OtherSide(ANSWER, b"HTTP/1.1 422 No\r\ncontent-length: 4\r\n\r\nnull")

    async def act(line: PredictorLine) -> None:
        first, second = await line.ask(b"[1]"), await line.ask(b"[2]")

        assert (first.status_code, first.json()) == (200, {})
        assert (second.status_code, second.json()) == (422, None)

    over(tmp_path, other, act)

    assert (other.connections, other.bodies) == (1, [b"[1]", b"[2]"])
    assert all(b"X-Horngate-Service: our secret\r\n" in head for head in other.heads)


@pytest.mark.parametrize(
    "answer", [b"", b"HTTP/1.1 200 OK\r\n\r\n", b"220 ftp\r\n\r\n", ANSWER.replace(b"2\r", b"-1\r")]
)
def test_what_is_no_answer_is_told_and_its_connection_left(tmp_path: Path, answer: bytes) -> None:
    other = OtherSide(answer, ANSWER)

    async def act(line: PredictorLine) -> None:
        with pytest.raises(httpx.TransportError):
            await line.ask(b"[1]")
        assert (await line.ask(b"[2]")).json() == {}

    over(tmp_path, other, act)

    assert other.connections == 2
