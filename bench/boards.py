"""Opening many boards in one process: seconds to page and data, memory of all. `python -m bench.boards 50`."""

import resource
import sys
import tempfile
import threading
import time
from pathlib import Path

from starlette.testclient import TestClient

from boards.app import create_app
from boards.open_boards import OpenBoards
from store.blobs import Blobs
from store.ids import new_id
from store.settings import Settings
from tests.boards.written_events import file_of, graph, histogram, scalars, ship

SECRET = {"X-Horngate-Service": "secret"}


def typical_run() -> dict[str, bytes]:
    """Two hundred epochs of six curves on each side, a hundred histograms of ten variables, a graph of 600 nodes."""
    name = "events.out.tfevents.1790000000.host.1.0.v2"
    tags = ["epoch_loss", "epoch_mae", "epoch_mse", "epoch_learning_rate", "epoch_auc", "epoch_accuracy"]
    curves = [event for tag in tags for event in scalars([1 / (1 + step) for step in range(200)], tag=tag)]
    weights = [histogram(step, tag=f"layer{layer}/kernel") for step in range(100) for layer in range(10)]
    return {f"train/{name}": file_of([graph(600), *curves, *weights]), f"validation/{name}": file_of(curves)}


def resident_mb() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 1e6


def open_board(client: TestClient, run_id: str) -> tuple[float, float]:
    """Seconds until the page, and until the first data, of a board that nobody has opened yet."""
    started = time.perf_counter()
    assert client.get(f"/v1/runs/{run_id}/tensorboard/", headers=SECRET).status_code == 200
    page = time.perf_counter() - started
    runs = client.get(f"/v1/runs/{run_id}/tensorboard/data/runs", headers=SECRET).json()
    assert sorted(runs) == ["train", "validation"], runs
    return page, time.perf_counter() - started


def measure(count: int) -> dict[str, float]:
    files = typical_run()
    with tempfile.TemporaryDirectory() as home:
        blobs = Blobs(Settings(home=Path(home)))
        runs = [new_id("run") for _ in range(count)]
        for run_id in runs:
            for path, data in files.items():
                ship(blobs, run_id, data, path=path)
        empty = resident_mb()
        boards = OpenBoards(blobs, Path(home) / "cache", idle_seconds=600, find_runs=lambda run: {"": [run]})
        with TestClient(create_app(boards, "secret")) as client:
            seconds = [open_board(client, run_id) for run_id in runs]
            full, threads = resident_mb(), threading.active_count()
            for run_id in runs:
                boards.close_board(run_id)
            closed = resident_mb()
    pages, data = ([pair[part] for pair in seconds[1:]] for part in (0, 1))
    return {
        "boards": count,
        "event megabytes a board": sum(map(len, files.values())) / 1e6,
        "first page of the process, s": seconds[0][0],
        "page, slowest, s": max(pages),
        "data, slowest, s": max(data),
        "memory before, MB": empty,
        "memory with all open, MB": full,
        "memory after closing, MB": closed,
        "threads with all open": threads,
    }


if __name__ == "__main__":
    for name, figure in measure(int(sys.argv[1]) if len(sys.argv) > 1 else 50).items():
        print(f"{name:32}{figure:10.2f}")
