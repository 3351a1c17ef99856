"""The way to the predictor for questions to models: httpx takes longer over one than a small model does.

HTTP/1.1 as our own predictor speaks it: each answer says its length. A client of aiohttp is as quick, and makes every
api five megabytes larger.
"""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

import httpx

from api.services import SECONDS, SECRET_HEADER
from store.tracing import HEADER, request_id

PATH: Final = "/predictions/together"
CONNECT_SECONDS: Final = 2.0
KEPT_SECONDS: Final = 4.0
"""For the next question; the predictor closes what was silent for five."""
LARGEST: Final = 2**30
"""Bytes of an answer."""


@dataclass
class Connection:
    """One that is open; `used_at` by the monotonic clock."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    used_at: float = field(default_factory=time.monotonic)

    @property
    def is_fresh(self) -> bool:
        """Whether the other side still listens, as far as one can tell."""
        return not self.reader.at_eof() and time.monotonic() - self.used_at < KEPT_SECONDS


class PredictorLine:
    """Connections that are kept. Belongs to one event loop."""

    def __init__(self, url: str, secret: str) -> None:
        parts = urlsplit(url)
        self._socket = url.removeprefix("unix:") if url.startswith("unix:") else None
        self._host, self._port = parts.hostname or "", parts.port or 80
        self._head = (
            f"POST {PATH} HTTP/1.1\r\nHost: {parts.netloc or 'service'}\r\n{SECRET_HEADER}: {secret}\r\n"
            "Content-Type: application/json\r\nContent-Length: "
        )
        self._idle: list[Connection] = []

    async def ask(self, question: bytes) -> httpx.Response:
        """The answer to a question in JSON; raises httpx.TransportError."""
        try:
            connection = await self._connect()
            async with asyncio.timeout(SECONDS):
                return await self._ask(connection, question)
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError) as error:
            raise httpx.TransportError(str(error)) from error

    async def close(self) -> None:
        """Let go of the connections."""
        while self._idle:
            self._idle.pop().writer.close()

    async def _connect(self) -> Connection:
        while self._idle:
            if (kept := self._idle.pop()).is_fresh:
                return kept
            kept.writer.close()
        async with asyncio.timeout(CONNECT_SECONDS):
            if self._socket is not None:
                return Connection(*await asyncio.open_unix_connection(self._socket))
            return Connection(*await asyncio.open_connection(self._host, self._port))

    async def _ask(self, connection: Connection, question: bytes) -> httpx.Response:
        """A connection that an answer was not read to the end of is not used again."""
        named = f"\r\n{HEADER}: {known}" if (known := request_id()) else ""
        is_whole = False
        try:
            connection.writer.write(f"{self._head}{len(question)}{named}\r\n\r\n".encode() + question)
            await connection.writer.drain()
            status, length = read_head(await connection.reader.readuntil(b"\r\n\r\n"))
            answer = httpx.Response(status, content=await connection.reader.readexactly(length))
            is_whole = True
        finally:
            if is_whole:
                connection.used_at = time.monotonic()
                self._idle.append(connection)
            else:
                connection.writer.close()
        return answer


def read_head(head: bytes) -> tuple[int, int]:
    """Status and length of an answer; raises httpx.RemoteProtocolError for what is none of the predictor's."""
    lines = head.lower().split(b"\r\n")
    lengths = [line.partition(b":")[2].strip() for line in lines if line.startswith(b"content-length:")]
    status = lines[0][9:12]
    if not status.isdigit() or len(lengths) != 1 or not lengths[0].isdigit() or int(lengths[0]) > LARGEST:
        raise httpx.RemoteProtocolError(f"The predictor answered {lines[0][:80]!r}.")
    return int(status), int(lengths[0])
