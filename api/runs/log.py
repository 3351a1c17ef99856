"""A run's log: events say which chunk files hold it, a cursor how far a reader has come."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from api.parts import Parts
from api.runs.result_schemas import Log, LogLine, LogsAsked
from store import events, rows, runs
from store.access import Caller
from store.errors import BadCursor

CHUNKS_AT_ONCE: Final = 200
"""How many chunk files one answer looks into at most."""


@dataclass(frozen=True)
class Cursor:
    """Everything was read before the log event `seq`, and `lines` lines of its chunk."""

    seq: int = 0
    lines: int = 0

    def __str__(self) -> str:
        return f"{self.seq}.{self.lines}"


CURSOR: Final = re.compile(r"([0-9]{1,18})\.([0-9]{1,18})", re.ASCII)


def read_cursor(text: str | None) -> Cursor:
    """The cursor that an answer gave; raises BadCursor."""
    if text is None:
        return Cursor()
    found = CURSOR.fullmatch(text)
    if found is None:
        raise BadCursor
    return Cursor(int(found[1]), int(found[2]))


def read_logs(here: Parts, caller: Caller, run_id: str, asked: LogsAsked) -> Log:
    """The lines after the cursor; raises NotFound, BadCursor."""
    cursor = read_cursor(asked.after)
    with here.database.reading() as session:
        runs.get_run(session, run_id)
        chunks = events.read_log_events(session, run_id, after=cursor.seq - 1, limit=CHUNKS_AT_ONCE)
    lines: list[LogLine] = []
    for place, line in read_lines(here, chunks, cursor):
        if len(lines) == asked.limit:
            return Log(data=lines, has_more=True, next_cursor=str(cursor))
        cursor = place
        if asked.level in ("info", line["level"]):
            lines.append(LogLine.model_validate(line))
    return Log(data=lines, has_more=len(chunks) == CHUNKS_AT_ONCE, next_cursor=str(cursor))


def read_lines(here: Parts, chunks: list[rows.Event], start: Cursor) -> Iterator[tuple[Cursor, dict[str, Any]]]:
    """Each line after `start`, with the cursor past it."""
    for event in chunks:
        skipped = start.lines if event.seq == start.seq else 0
        key = f"runs/{event.run_id}/logs/{event.attempt}/{event.data['chunk']:08d}.jsonl"
        for number, line in enumerate(here.blobs.read_bytes(key).splitlines()[skipped:], skipped + 1):
            yield Cursor(event.seq, number), {**json.loads(line), "attempt": event.attempt}
