"""Runs logged and listed: ours against MLflow's tracking server, in turns. `python -m bench.tracking [RUNS]`.

Both keep SQLite files. MLflow is given points by HTTP, a thousand at once, as its client sends them; ours come from a
trainer's reports by way of the supervisor's journal, as they do in every run. Ours judges each spec by Keras before it
takes it, and writes an event for each epoch.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

import httpx
import psutil

from bench import houses, peers
from bench.asking import free_port
from store.claims import Claim, claim_next_run
from store.database import Database
from store.ids import new_id
from store.settings import Settings
from store.stream import Announcer
from tests.stack import Stack, running_stack, until
from worker.supervisor.hearing import read_report
from worker.supervisor.journal import Journal
from worker.supervisor.reports import to_entry

ROUNDS: Final = 3
RUNS: Final = 20
"""Made in each round, beside those that are listed."""
EPOCHS, CURVES = 200, 10
"""Of the run whose points are logged in a round."""
PAGE: Final = 100
QUEUE: Final = "nobody"
"""No worker serves it, so that nothing trains meanwhile."""


class Ours:
    """A whole service in local mode."""

    def __init__(self, stack: Stack) -> None:
        self._http = stack.http
        files = {"file": ("houses.csv", houses.table())}
        self._http.post("/v1/datasets", files=files, data={"name": "houses"}).raise_for_status()
        settings = Settings(home=stack.home)
        self._database, self._announcer = Database(settings), Announcer(settings)
        self._spec = {**houses.spec(), "queue": QUEUE}

    def create_run(self) -> None:
        self._http.post("/v1/runs", json={"spec": self._spec, "preflight": False}).raise_for_status()

    def log_points(self, first: float) -> None:
        """The reports of a run's epochs, as they come out of a trainer's pipe."""
        journal = Journal(self._database, self._announcer, self._claim())
        for epoch in range(1, EPOCHS + 1):
            metrics = {f"metric_{n}": first + n / epoch for n in range(CURVES)}
            line = json.dumps({"kind": "epoch", "epoch": epoch, "metrics": metrics, "seconds": 0.1}).encode()
            if entry := to_entry(read_report(line)):
                journal.note(entry)
        assert journal.write(now=True)

    def list_newest(self) -> int:
        return self._list()

    def list_best(self) -> int:
        return self._list(sort_metric="metric_0")

    def _list(self, **asked: Any) -> int:
        return len(self._http.get("/v1/runs", params={"limit": PAGE, **asked}).raise_for_status().json()["data"])

    def _claim(self) -> Claim:
        """As a worker of its own each time: the reconciler misses it, and calls what it held lost."""
        me = new_id("wrk")
        with self._database.transaction() as session:
            claim = claim_next_run(session, worker_id=me, queues=[QUEUE], lease_seconds=600, within_limits=False)
        assert claim is not None
        return claim


class Theirs:
    """MLflow's tracking server."""

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=f"{url}/api/2.0/mlflow/", timeout=60)
        self._run = ""

    def create_run(self) -> None:
        asked = {"experiment_id": "0", "start_time": int(1000 * time.time()), "run_name": "bench"}
        asked["tags"] = [{"key": "spec", "value": json.dumps(houses.spec())}]
        answer = self._http.post("runs/create", json=asked).raise_for_status()
        self._run = answer.json()["run"]["info"]["run_id"]

    def log_points(self, first: float) -> None:
        points = [
            {"key": f"metric_{n}", "value": first + n / epoch, "timestamp": 1000 * epoch, "step": epoch}
            for epoch in range(1, EPOCHS + 1)
            for n in range(CURVES)
        ]
        for start in range(0, len(points), 1000):
            asked = {"run_id": self._run, "metrics": points[start : start + 1000]}
            self._http.post("runs/log-batch", json=asked).raise_for_status()

    def list_newest(self) -> int:
        return self._list("attributes.start_time DESC")

    def list_best(self) -> int:
        return self._list("metrics.metric_0 ASC")

    def _list(self, order: str) -> int:
        asked = {"experiment_ids": ["0"], "max_results": PAGE, "order_by": [order]}
        return len(self._http.post("runs/search", json=asked).raise_for_status().json()["runs"])


@contextmanager
def tracking_server(folder: Path) -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    """`mlflow server` over a SQLite file, with one worker."""
    port = free_port()
    store = ["--backend-store-uri", f"sqlite:///{folder}/mlflow.db", "--artifacts-destination", str(folder / "files")]
    command = [str(peers.PYTHON), "-m", "mlflow", "server", *store, "--port", str(port), "--workers", "1"]
    environment = {
        **os.environ,
        "PATH": f"{peers.PYTHON.parent}:{os.environ['PATH']}",
        "MLFLOW_DISABLE_TELEMETRY": "true",
    }
    log = (folder / "mlflow.log").open("w")
    process = subprocess.Popen(command, env=environment, cwd=folder, stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}"

    def answers() -> bool:
        assert process.poll() is None, (folder / "mlflow.log").read_text()
        try:
            return httpx.get(f"{url}/health").status_code == 200
        except httpx.TransportError:
            return False

    try:
        until(answers, 300)
        yield url, process
    finally:
        family = psutil.Process(process.pid).children(recursive=True)
        process.terminate()
        process.wait(30)
        for left in family:
            if left.is_running():
                left.kill()


def resident_mb(pid: int) -> float:
    """Of a process and all that it started; what they share counts once."""
    family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    return sum(process.memory_full_info().pss for process in family) / 1e6


def seconds(act: Callable[[], Any]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def measure(ours: Ours, theirs: Theirs, runs: int) -> None:
    """Fill both; then each deed in turns, and the median of the ratios."""
    for side in (ours, theirs):
        began = time.perf_counter()
        for number in range(runs):
            side.create_run()
            if number % 5 == 0:
                side.log_points(float(number))
        print(f"{type(side).__name__.lower()}: {runs} runs in {time.perf_counter() - began:.0f} s", flush=True)
    deeds: dict[str, tuple[Callable[[Any], Any], float]] = {
        f"{RUNS} runs made, one after the other": (lambda side: [side.create_run() for _ in range(RUNS)], RUNS),
        f"{EPOCHS * CURVES:,} points of a run": (lambda side: side.log_points(1.0), EPOCHS * CURVES),
        f"a page of {PAGE}, newest first": (lambda side: side.list_newest(), 0),
        f"a page of {PAGE}, by a metric": (lambda side: side.list_best(), 0),
    }
    for name, (deed, many) in deeds.items():
        pairs = [(seconds(partial(deed, ours)), seconds(partial(deed, theirs))) for _ in range(ROUNDS)]
        print(tell(name, pairs, many), flush=True)


def tell(name: str, pairs: list[tuple[float, float]], many: float) -> str:
    ours, theirs = (statistics.median(took) for took in zip(*pairs, strict=True))
    ratio = statistics.median(their / our for our, their in pairs)
    rates = f"   {many / ours:9.1f} and {many / theirs:9.1f} a second" if many else ""
    return f"{name:36} ours {1000 * ours:8.1f} ms   MLflow {1000 * theirs:8.1f} ms   {ratio:6.1f}x{rates}"


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    if not peers.are_installed():
        print(peers.MISSING)
        return
    with tempfile.TemporaryDirectory() as named:
        folder = Path(named)
        began = time.perf_counter()
        with running_stack(folder / "home", HORNGATE_RATE_LIMIT="100000000") as stack:
            up = time.perf_counter() - began
            began = time.perf_counter()
            with tracking_server(folder) as (url, process):
                print(f"{'up':36} ours {up:8.1f} s    MLflow {time.perf_counter() - began:8.1f} s")
                measure(Ours(stack), Theirs(url), runs)
                sizes = resident_mb(stack.process.pid), resident_mb(process.pid)
                print(f"{'memory of all its processes':36} ours {sizes[0]:8.0f} MB   MLflow {sizes[1]:8.0f} MB")


if __name__ == "__main__":
    main()
