"""Many small runs through the whole service: what is left behind, and what grows. `python -m bench.soak 1000`."""

import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import psutil

from bench.service import post
from tests.stack import Stack, running_stack

WAITING = 6
"""So many runs wait at any time, so that the queue neither runs dry nor grows by itself."""
SAMPLES = 20
SETTLED_SHARE = 0.4
"""Of the runs: caches, pools and compiled statements are filled by then, and growth is counted from there."""
ROWS = "a,b,total\n" + "\n".join(f"{i % 7},{i % 5},{i % 7 + i % 5}" for i in range(100)) + "\n"
SPEC: dict[str, Any] = {
    "name": "soak",
    "dataset": "soak",
    "inputs": {"x": {"columns": ["a", "b"]}},
    "targets": {"total": {"column": "total"}},
    "split": {"validation": 0.2},
    "model": {"kind": "sequential", "layers": [{"name": "total", "layer": "Dense(1)"}]},
    "compile": {"optimizer": "Adam(0.01)", "loss": "mse"},
    "fit": {"epochs": 2, "batch_size": 32, "tensorboard": False},
}


@dataclass(frozen=True)
class Sample:
    """Of one process, after so many runs."""

    runs: int
    megabytes: float
    descriptors: int
    threads: int


@dataclass
class Soaked:
    """What was seen: samples by process, zombies, and how long each run waited, in the order of their ends."""

    samples: dict[str, list[Sample]] = field(default_factory=dict)
    zombies: int = 0
    runs: list[dict[str, Any]] = field(default_factory=list)


def soak(stack: Stack, http: httpx.Client, count: int) -> Soaked:
    http.post("/v1/datasets", files={"file": ("soak.csv", ROWS)}, data={"name": "soak"}).raise_for_status()
    seen, sent, every = Soaked(), [], max(1, count // SAMPLES)
    ended = 0
    while ended < count:
        while len(sent) < min(count, ended + WAITING):
            sent.append(post(http, "/v1/runs", {"spec": SPEC, "preflight": False})["id"])
        run = http.get(f"/v1/runs/{sent[ended]}").json()
        if run["ended_at"] is None:
            time.sleep(0.05)
            continue
        seen.runs.append(run)
        ended += 1
        if ended % every == 0:
            look(stack, seen, ended)
    return seen


def look(stack: Stack, seen: Soaked, runs: int) -> None:
    """At every process of the service but trainers and other forked children, which come and go."""
    for process in psutil.Process(stack.process.pid).children(recursive=True):
        try:
            name = name_of(process)
            if process.status() == psutil.STATUS_ZOMBIE:
                seen.zombies += 1
            elif name is not None:
                memory = process.memory_full_info().uss / 1e6
                sample = Sample(runs, memory, process.num_fds(), process.num_threads())
                seen.samples.setdefault(name, []).append(sample)
        except psutil.Error:
            continue


def name_of(process: psutil.Process) -> str | None:
    words = process.cmdline()
    if "valkey" in " ".join(words[:1]):
        return "broker"
    parent = process.parent()
    is_fork = parent is not None and parent.cmdline() == words
    modules = [words[at + 1] for at, word in enumerate(words[:-1]) if word == "-m"]
    return None if is_fork or not modules else f"{modules[0]} of {modules_of(parent)}"


def modules_of(parent: psutil.Process | None) -> str:
    words = parent.cmdline() if parent is not None else []
    return next((words[at + 1] for at, word in enumerate(words[:-1]) if word == "-m"), "?")


def tell(seen: Soaked, http: httpx.Client, home: Path, seconds: float) -> list[str]:
    """Print the figures; what is not as it should be."""
    wrong: list[str] = []
    outcomes = Counter(f"{run['status']} ({run['ended_by']})" for run in seen.runs)
    print(f"{len(seen.runs)} runs in {seconds:.0f} s, {len(seen.runs) / seconds:.2f} a second: {dict(outcomes)}")
    wrong += [f"outcomes {dict(outcomes)}"] if set(outcomes) != {"succeeded (completed)"} else []
    ends = [count_ends(http, run["id"]) for run in seen.runs]
    wrong += ["a run has not exactly one end"] if set(ends) != {1} else []
    waits = [(at(run["started_at"]) - at(run["created_at"])).total_seconds() for run in seen.runs]
    third = max(1, len(waits) // 3)
    early, late = statistics.median(waits[:third]), statistics.median(waits[-third:])
    print(f"waited in the queue: median {early:.2f} s in the first third, {late:.2f} s in the last")
    for name, samples in sorted(seen.samples.items()):
        print(f"{name:34} {describe(samples, len(seen.runs))}")
    left = [str(path) for path in (home / "runs").glob("*/*")]
    print(f"zombies {seen.zombies}; folders of attempts left: {len(left)}")
    return wrong + (["zombies"] if seen.zombies else []) + (["folders are left"] if left else [])


def describe(samples: Sequence[Sample], runs: int) -> str:
    settled = [sample for sample in samples if sample.runs >= SETTLED_SHARE * runs] or list(samples)
    first, last = settled[0], settled[-1]
    slope = slope_of(settled) * 1000 if len(settled) > 1 else 0.0
    return (
        f"{first.megabytes:7.1f} → {last.megabytes:7.1f} MB of its own ({slope:+7.1f} MB a thousand runs), "
        f"{first.descriptors} → {last.descriptors} descriptors, {first.threads} → {last.threads} threads"
    )


def slope_of(samples: Sequence[Sample]) -> float:
    """Megabytes a run, by least squares."""
    line = statistics.linear_regression([sample.runs for sample in samples], [sample.megabytes for sample in samples])
    return float(line.slope)


def count_ends(http: httpx.Client, run_id: str) -> int:
    events = http.get(f"/v1/runs/{run_id}/events", params={"limit": 500}).json()["data"]
    return sum(event["kind"] == "end" for event in events)


def at(moment: str) -> datetime:
    return datetime.fromisoformat(moment)


def main() -> int:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    settings = {"HORNGATE_RATE_LIMIT": "1000000"}
    with (
        tempfile.TemporaryDirectory() as folder,
        running_stack(Path(folder) / "home", **settings) as stack,
        stack.http as http,
    ):
        began = time.monotonic()
        seen = soak(stack, http, count)
        wrong = tell(seen, http, stack.home, time.monotonic() - began)
    print("wrong: " + "; ".join(wrong) if wrong else "nothing is left and every run has succeeded, once")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
