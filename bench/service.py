"""A warm local mode from its user's side: first batch, validating, predicting. `python -m bench.service [RUNS]`."""

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from bench import houses
from tests.stack import running_stack


def figures(name: str, seconds: list[float]) -> str:
    ordered = sorted(1000 * s for s in seconds)
    p95 = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    return f"{name:<34} median {statistics.median(ordered):8.1f} ms   p95 {p95:8.1f} ms   of {len(ordered)}"


def timed(act: Callable[[], object], times: int) -> list[float]:
    def once() -> float:
        started = time.perf_counter()
        act()
        return time.perf_counter() - started

    return [once() for _ in range(times)]


def to_first_batch(http: httpx.Client) -> tuple[float, str]:
    """Seconds from the POST until the event that reports a finished batch arrives by SSE; the run's id."""
    started = time.perf_counter()
    run = post(http, "/v1/runs", {"spec": houses.spec()})["id"]
    seconds = 0.0
    with http.stream("GET", f"/v1/runs/{run}/events", headers={"Accept": "text/event-stream"}) as stream:
        for line in stream.iter_lines():
            event = json.loads(line[5:]) if line.startswith("data:") else {}
            if not seconds and event.get("kind") in {"progress", "metrics"}:
                seconds = time.perf_counter() - started
            if event.get("kind") == "end":
                assert event["status"] == "succeeded", event
    return seconds, run


def post(http: httpx.Client, path: str, body: Any) -> Any:
    answer = http.post(path, json=body)
    assert answer.is_success, answer.text
    return answer.json()


def measure(http: httpx.Client, runs: int) -> None:
    http.post(
        "/v1/datasets", files={"file": ("houses.csv", houses.table())}, data={"name": "houses"}
    ).raise_for_status()
    to_first_batch(http)  # the first one warms caches that every later run finds warm
    results = [to_first_batch(http) for _ in range(runs)]
    print(figures("POST /v1/runs to first batch", [seconds for seconds, _ in results]))
    spec = {"spec": houses.spec()}
    print(figures("specs:validate, with shapes", timed(lambda: post(http, "/v1/specs:validate", spec), 20)))
    refused = {"spec": {**houses.spec(), "model": {"kind": "sequential", "layers": ["Dens(30)", "Dense(1)"]}}}
    print(
        figures(
            "specs:validate, refused by structure", timed(lambda: http.post("/v1/specs:validate", json=refused), 100)
        )
    )
    rows = {"instances": [dict.fromkeys(houses.COLUMNS, 0.5)]}
    predict = f"/v1/runs/{results[-1][1]}:predict"
    print(figures("predict, the first answer", timed(lambda: post(http, predict, rows), 1)))
    print(figures("predict, one row", timed(lambda: post(http, predict, rows), 200)))


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    with tempfile.TemporaryDirectory() as folder, running_stack(Path(folder) / "home") as stack, stack.http as http:
        measure(http, runs)


if __name__ == "__main__":
    main()
