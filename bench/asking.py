"""Many requests at once over kept connections, by a client that costs little: HTTP/1.1 written by hand."""

import asyncio
import socket
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Timed:
    """What a crowd of requests took: seconds of each answer with a 2xx, seconds of all, and the other answers."""

    answers: Sequence[float]
    seconds: float
    others: Sequence[int]

    @property
    def per_second(self) -> float:
        return len(self.answers) / self.seconds

    def ms(self, share: float) -> float:
        """The milliseconds within which this share was answered."""
        ordered = sorted(self.answers)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]

    def tell(self, name: str) -> str:
        odd = f"   others: {sorted(set(self.others))}" if self.others else ""
        p50 = 1000 * statistics.median(self.answers)
        return (
            f"{name:44} {self.per_second:8.1f} a second   p50 {p50:7.1f}   p95 {self.ms(0.95):7.1f}   "
            f"p99 {self.ms(0.99):7.1f} ms{odd}"
        )


def write_request(url: str, method: str, key: str, body: bytes = b"", accept: str = "application/json") -> bytes:
    """As it goes over the wire."""
    parts = urlsplit(url)
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    lines = (
        f"{method} {path} HTTP/1.1",
        f"Host: {parts.netloc}",
        f"Authorization: Bearer {key}",
        f"Accept: {accept}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
    )
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


async def read_answer(reader: asyncio.StreamReader) -> int:
    """The status of an answer, which is read to its end."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
    await reader.readexactly(int(length or 0))
    return int(head[9:12])


async def ask_in_turns(request: Callable[[int], bytes], url: str, *, count: int, at_once: int) -> Timed:
    """So many connections, each of which asks again as soon as it is answered."""
    numbers = iter(range(count))
    answers: list[float] = []
    others: list[int] = []

    async def keep_asking() -> None:
        reader, writer = await open_connection(url)
        for number in numbers:
            began = time.perf_counter()
            writer.write(request(number))
            status = await read_answer(reader)
            if 200 <= status < 300:
                answers.append(time.perf_counter() - began)
            else:
                others.append(status)
        writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(keep_asking() for _ in range(at_once)))
    return Timed(answers, time.perf_counter() - began, others)


async def ask_at_a_rate(request: Callable[[int], bytes], url: str, *, count: int, per_second: float) -> Timed:
    """A request at each beat, whether those before have been answered or not; time counts from the beat."""
    free: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
    answers: list[float] = []
    others: list[int] = []
    first = time.perf_counter()

    async def ask(number: int) -> None:
        due = first + number / per_second
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        reader, writer = free.pop() if free else await open_connection(url)
        writer.write(request(number))
        status = await read_answer(reader)
        free.append((reader, writer))
        if 200 <= status < 300:
            answers.append(time.perf_counter() - due)
        else:
            others.append(status)

    await asyncio.gather(*(ask(number) for number in range(count)))
    for _, writer in free:
        writer.close()
    return Timed(answers, time.perf_counter() - first, others)


async def open_connection(url: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    parts = urlsplit(url)
    return await asyncio.open_connection(parts.hostname, parts.port)


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
