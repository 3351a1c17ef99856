"""Opening many boards in one process, against a stock TensorBoard for one of them. `python -m bench.boards 200`.

Seconds to the page and to its data, and memory. A stock TensorBoard is a process a board, started when it is wanted.
"""

import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import httpx
import psutil
from starlette.testclient import TestClient

from bench.asking import free_port
from boards.app import create_app
from boards.open_boards import OpenBoards
from store.blobs import Blobs
from store.ids import new_id
from store.settings import Settings
from tests.boards.written_events import file_of, graph, histogram, scalars, ship
from tests.stack import until

ROUNDS = 3
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
    return figures_of(count, sum(map(len, files.values())), seconds, (empty, full, closed), threads)


def figures_of(
    count: int, size: int, seconds: list[tuple[float, float]], memory: tuple[float, float, float], threads: int
) -> dict[str, float]:
    """What is printed of so many boards."""
    pages, data = ([pair[part] for pair in seconds[1:]] for part in (0, 1))
    return {
        "boards": count,
        "event megabytes a board": size / 1e6,
        "first page of the process, s": seconds[0][0],
        "page, median, s": statistics.median(pages),
        "page, slowest, s": max(pages),
        "data, median, s": statistics.median(data),
        "data, slowest, s": max(data),
        "memory before, MB": memory[0],
        "memory with all open, MB": memory[1],
        "memory of a board, MB": (memory[1] - memory[0]) / count,
        "memory after closing, MB": memory[2],
        "threads with all open": threads,
    }


def open_stock() -> dict[str, float]:
    """Seconds until a stock TensorBoard over the same files answers with its page, and with the names of its runs."""
    with tempfile.TemporaryDirectory() as home:
        for path, data in typical_run().items():
            (Path(home) / path).parent.mkdir(parents=True, exist_ok=True)
            (Path(home) / path).write_bytes(data)
        url = f"http://127.0.0.1:{(port := free_port())}"
        command = [sys.executable, "-m", "tensorboard.main", "--logdir", home, "--port", str(port)]
        started = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            until(lambda: answers(url), 180)
            page = time.perf_counter() - started
            until(lambda: len(httpx.get(f"{url}/data/runs").json()) == 2, 180)
            data_there = time.perf_counter() - started
            family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
            memory = sum(member.memory_info().rss for member in family) / 1e6
        finally:
            process.terminate()
            process.wait(30)
    return {"page, s": page, "data, s": data_there, "memory, MB": memory}


def answers(url: str) -> bool:
    try:
        return httpx.get(url).status_code == 200
    except httpx.TransportError:
        return False


def main() -> None:
    ours = measure(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
    for name, figure in ours.items():
        print(f"{name:32}{figure:10.2f}")
    rounds = [open_stock() for _ in range(ROUNDS)]
    stock = {name: statistics.median(one[name] for one in rounds) for name in rounds[0]}
    for name, figure in stock.items():
        print(f"{'stock TensorBoard: ' + name:32}{figure:10.2f}")
    for stocks, own in (("page, s", "page, median, s"), ("data, s", "data, median, s")):
        print(f"{own.partition(',')[0]}: {stock[stocks] / ours[own]:.0f} times sooner than a stock TensorBoard")
    print(f"memory: {stock['memory, MB'] / ours['memory of a board, MB']:.0f} times less a board")


if __name__ == "__main__":
    main()
