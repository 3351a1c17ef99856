"""A run's log: what its trainer prints, as numbered chunks of JSON lines."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

LONGEST_LINE = 8_192
CHUNK_BYTES = 65_536
CHUNK_SECONDS = 1.0
BURST_BYTES = 4 * 1024 * 1024
BYTES_PER_SECOND = 256 * 1024
REDRAW_SECONDS = 5.0
"""A line that is drawn over again and again, as status bars are, is kept so often, and as it was in the end."""


@dataclass(frozen=True)
class LogChunk:
    """Lines to be stored under one key; `first_line` counts from 1 over the whole attempt."""

    number: int
    first_line: int
    lines: int
    level: str
    content: bytes


class Allowance:
    """How many bytes may still be logged: refilled steadily, spent by lines."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._left = float(BURST_BYTES)
        self._seen = clock()

    def spend(self, size: int) -> bool:
        now = self._clock()
        self._left = min(BURST_BYTES, self._left + (now - self._seen) * BYTES_PER_SECOND)
        self._seen = now
        if size > self._left:
            return False
        self._left -= size
        return True


class LogBook:
    """Cuts two byte streams into lines and the lines into chunks; a flood is dropped, and said to be."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._allowance = Allowance(clock)
        self._rest = {"stdout": b"", "stderr": b""}
        self._redrawn = dict.fromkeys(self._rest, clock())
        self._lines: list[bytes] = []
        self._bytes = 0
        self._levels = {"info"}
        self._since = clock()
        self._written = 0
        self._chunks = 0
        self._dropped = 0
        self.last_errors: list[str] = []

    def add(self, stream: str, data: bytes) -> None:
        """Take what the trainer wrote; the last line waits for its end."""
        *lines, rest = (self._rest[stream] + data).replace(b"\r\n", b"\n").split(b"\n")
        for line in lines:
            self.add_line(stream, _as_drawn(line))
        self._rest[stream] = self._draw(stream, rest)[: LONGEST_LINE + 1]

    def _draw(self, stream: str, rest: bytes) -> bytes:
        """What is still to come of a line without its end: of a line drawn over only what can be seen."""
        before, over, after = rest.rpartition(b"\r")
        if not over:
            return rest
        now, shown = self._clock(), _as_drawn(before)
        if now - self._redrawn[stream] >= REDRAW_SECONDS:
            self._redrawn[stream] = now
            self.add_line(stream, shown)
            return after
        return shown + over + after

    def add_line(self, stream: str, line: bytes) -> None:
        if not line.strip():
            return
        if not self._allowance.spend(len(line)):
            self._dropped += 1
            return
        self._note_dropped()
        self._write(stream, _readable(line))

    def say(self, text: str) -> None:
        """Add a line of the service's own."""
        self._write("stdout", text)

    def take(self, *, everything: bool = False) -> LogChunk | None:
        """The next chunk, once it is a second old or full; at the end everything, unfinished lines too."""
        if everything:
            for stream, rest in self._rest.items():
                self.add_line(stream, _as_drawn(rest))
                self._rest[stream] = b""
            self._note_dropped()
        if not self._lines or not (everything or self._is_due()):
            return None
        chunk = LogChunk(
            number=self._chunks,
            first_line=self._written - len(self._lines) + 1,
            lines=len(self._lines),
            level="error" if "error" in self._levels else "info",
            content=b"".join(self._lines),
        )
        self._chunks += 1
        self._lines, self._bytes, self._levels = [], 0, {"info"}
        return chunk

    def _is_due(self) -> bool:
        return self._bytes >= CHUNK_BYTES or self._clock() - self._since >= CHUNK_SECONDS

    def _note_dropped(self) -> None:
        if self._dropped:
            dropped, self._dropped = self._dropped, 0
            self.say(f"… {dropped} lines dropped: more was printed than a log can keep")

    def _write(self, stream: str, text: str) -> None:
        if not self._lines:
            self._since = self._clock()
        level = "error" if stream == "stderr" else "info"
        if stream == "stderr":
            self.last_errors = [*self.last_errors[-19:], text]
        self._written += 1
        entry = {"n": self._written, "at": _now(), "level": level, "stream": stream, "text": text}
        line = json.dumps(entry, ensure_ascii=False).encode() + b"\n"
        self._lines.append(line)
        self._bytes += len(line)
        self._levels.add(level)


def _as_drawn(line: bytes) -> bytes:
    """What a terminal shows of it: each carriage return begins it anew."""
    return next((part for part in reversed(line.split(b"\r")) if part.strip()), b"")


def _readable(line: bytes) -> str:
    text = line[:LONGEST_LINE].decode("utf-8", errors="replace").replace("\x00", "�")
    return text if len(line) <= LONGEST_LINE else f"{text} … (cut)"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
