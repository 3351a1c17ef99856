"""A run's event stream: server-sent events, taken up again where the connection broke."""

import json
import time
from collections.abc import Iterable, Iterator
from typing import Any

import httpx

from horngate.client.service import PAUSES, Service
from horngate.errors import NotReachable, ServerFault

SILENCE_SECONDS = 60.0


def follow_events(service: Service, run_id: str, after: int = 0) -> Iterator[dict[str, Any]]:
    """Every event after `after`, as it comes, up to the run's `end`; a lost connection is taken up where it broke."""
    failures = 0
    while True:
        try:
            for event in read_stream(service, run_id, after):
                failures = 0
                after = event["seq"]
                yield event
                if event["kind"] == "end":
                    return
        except (NotReachable, ServerFault):
            if failures >= 2 * len(PAUSES) or not service.has_answered:
                raise
        time.sleep(PAUSES[min(failures, len(PAUSES) - 1)])
        failures += 1


def read_stream(service: Service, run_id: str, after: int) -> Iterator[dict[str, Any]]:
    """The events of one connection."""
    headers = {"Accept": "text/event-stream", "Last-Event-ID": str(after)}
    times = httpx.Timeout(SILENCE_SECONDS, connect=5.0)
    with service.stream(f"/v1/runs/{run_id}/events", headers, timeout=times) as answer:
        yield from parse_events(answer.iter_lines())


def parse_events(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    """The JSON of each server-sent event; comments, which keep a quiet connection open, are left out."""
    data: list[str] = []
    for line in lines:
        if line.startswith("data:"):
            data.append(line[5:].removeprefix(" "))
        elif not line and data:
            yield json.loads("\n".join(data))
            data = []
