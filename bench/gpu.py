"""What a run makes of this machine's GPU, through the whole service. `python -m bench.gpu`.

Each run is trained twice and the ends compared to the last bit (beside it the state's hash: `MLP` and `MLP, fit` should
show the same); one is killed in its middle and compared with the one that was left alone; several share a GPU. Without
a GPU the same runs train on the processor.
"""

import json
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import psutil
import pynvml

from bench import houses
from tests.stack import Stack, running_stack, until

LOSS = """
import keras
from keras import ops


class OwnHuber(keras.losses.Loss):
    def __init__(self, delta=1.0, name="bench_huber", reduction="sum_over_batch_size"):
        super().__init__(name=name, reduction=reduction)
        self.delta = delta

    def call(self, y_true, y_pred):
        error = ops.abs(y_true - y_pred)
        small = ops.minimum(error, self.delta)
        return ops.mean(0.5 * small**2 + self.delta * (error - small), axis=-1)

    def get_config(self):
        return {**super().get_config(), "delta": self.delta}
"""


def table_spec(*layers: str, epochs: int = 3, **changes: Any) -> dict[str, Any]:
    spec: dict[str, Any] = houses.spec(epochs)
    spec["model"] = {"kind": "sequential", "layers": list(layers)}
    spec["resources"] = {"gpus": "auto"}
    for part, change in changes.items():
        spec[part] = {**spec.get(part, {}), **change}
    return spec


def array_spec(dataset: str, target: dict[str, Any], *layers: str, loss: str) -> dict[str, Any]:
    return {
        "name": "bench",
        "dataset": dataset,
        "inputs": {"x": {"array": "x"}},
        "targets": {"y": {"array": "y", **target}},
        "split": {"validation": 0.2},
        "model": {"kind": "sequential", "layers": list(layers)},
        "compile": {"optimizer": "Adam(1e-3)", "loss": loss},
        "fit": {"epochs": 3, "batch_size": 32},
        "resources": {"gpus": "auto"},
    }


def specs() -> dict[str, dict[str, Any]]:
    hidden = 'Dense(30, activation="relu")'
    plain = (hidden, hidden, "Dense(1)")
    normal = (hidden, "BatchNormalization()", "Dropout(0.2)", hidden, "Dense(1)")
    wide = ('Dense(2048, activation="relu")', 'Dense(2048, activation="relu")', "Dense(1)")
    return {
        "MLP": table_spec(*plain),
        "MLP, batch norm, dropout": table_spec(*normal),
        "MLP, mixed precision": table_spec(*plain, compile={"dtype_policy": "mixed_float16"}),
        "MLP, a loss of one's own": table_spec(*plain, compile={"loss": "bench_gpu.OwnHuber(delta=0.5)"}),
        "MLP, fit": table_spec(*plain, fit={"engine": "keras"}),
        "MLP, XLA allowed": table_spec(*plain, epochs=60, fit={"exact": False}),
        "wide MLP 2 x 2048": table_spec(*wide),
        "CNN": array_spec(
            "bench-digits",
            {},
            'Conv2D(16, 3, activation="relu")',
            "MaxPooling2D()",
            "Flatten()",
            'Dense(32, activation="relu")',
            'Dense(10, activation="softmax")',
            loss="sparse_categorical_crossentropy",
        ),
        "LSTM": array_spec("bench-series", {}, "LSTM(32)", "Dense(1)", loss="mse"),
        "embeddings": array_spec(
            "bench-words", {}, "Embedding(500, 16)", "GlobalAveragePooling1D()", "Dense(1)", loss="mse"
        ),
    }


def arrays(folder: Path) -> Iterator[tuple[str, Path]]:
    draw = np.random.default_rng(7)
    for name, x, y in (
        ("bench-digits", draw.normal(size=(1_800, 8, 8, 1)).astype("f4"), draw.integers(0, 10, (1_800,))),
        ("bench-series", draw.normal(size=(1_000, 64, 1)).astype("f4"), draw.normal(size=(1_000, 1)).astype("f4")),
        ("bench-words", draw.integers(0, 500, (4_000, 40)), draw.normal(size=(4_000, 1)).astype("f4")),
    ):
        path = folder / f"{name}.npz"
        np.savez(path, x=x, y=y)
        yield name, path


def send(http: httpx.Client, route: str, file: str, content: str | bytes, **fields: str) -> None:
    answer = http.post(route, files={"file": (file, content)}, data=fields)
    if not answer.is_success:
        raise SystemExit(f"refused: {answer.text}")


def submit(http: httpx.Client, spec: dict[str, Any]) -> str:
    answer = http.post("/v1/runs", json={"spec": spec, "preflight": False})
    if not answer.is_success:
        raise SystemExit(f"refused: {answer.text}")
    return str(answer.json()["id"])


def finish(http: httpx.Client, run: str) -> dict[str, Any]:
    """The run when it has ended."""

    def ended() -> Any:
        found = http.get(f"/v1/runs/{run}").json()
        return found if found["status"] in {"succeeded", "failed", "cancelled"} else None

    found: dict[str, Any] = until(ended, 240.0)
    return found


def saved_state(http: httpx.Client, run: str) -> str:
    """The hash of weights, optimizer and callbacks after the last epoch."""
    checkpoints = http.get(f"/v1/runs/{run}/checkpoints").raise_for_status().json()["data"]
    newest = max(checkpoints, key=lambda each: (each["epoch"], each["step"]))
    [state] = [each["sha256"] for each in newest["files"] if each["path"] == "state.npz"]
    return str(state)


def tell(name: str, told: str) -> None:
    print(f"{name:28s} {told}", flush=True)


def describe(run: dict[str, Any]) -> str:
    failure, engine = run["failure"] or {}, run["engine"] or {}
    if failure:
        return f"{run['status']}: {failure.get('kind')}: {str(failure.get('message'))[:600]}"
    return f"{run['status']}, attempt {run['attempt']}, {engine.get('name')}: {str(engine.get('why'))[:160]}"


def train_twice(http: httpx.Client, name: str, spec: dict[str, Any]) -> None:
    began = time.perf_counter()
    runs = [finish(http, submit(http, spec)) for _ in range(2)]
    seconds = (time.perf_counter() - began) / 2
    if {run["status"] for run in runs} != {"succeeded"}:
        failed = next(run for run in runs if run["status"] != "succeeded")
        tell(name, describe(failed))
        log = http.get(f"/v1/runs/{failed['id']}/logs").text
        print(log[-3000:], flush=True)
        return
    states = [saved_state(http, run["id"]) for run in runs]
    equal = len(set(states)) == 1
    warnings = [warned["code"] for warned in runs[0].get("warnings") or []]
    told = f"{seconds:5.1f} s a run, {'equal to the last bit' if equal else 'NOT EQUAL'} ({states[0][:8]})"
    tell(name, f"{told}; {describe(runs[0])} {warnings or ''}")


def kill_one(stack: Stack, http: httpx.Client, spec: dict[str, Any]) -> None:
    """Killed in its middle, and compared with one that was left alone."""
    alone = submit(http, spec)
    finish(http, alone)
    run = submit(http, spec)
    until(lambda: (http.get(f"/v1/runs/{run}").json()["progress"] or {}).get("epoch", 0) >= 2, 120.0)
    for trainer in trainers(stack):
        trainer.send_signal(signal.SIGKILL)
    ended = finish(http, run)
    equal = ended["status"] == "succeeded" and saved_state(http, run) == saved_state(http, alone)
    tell("killed, gone on", f"{'equal to the last bit' if equal else 'NOT EQUAL'}; {describe(ended)}")


def trainers(stack: Stack) -> list[psutil.Process]:
    """The processes that a GPU's driver, or where there is none a mother, knows as those that train."""
    family = psutil.Process(stack.process.pid).children(recursive=True)
    mothers = [each for each in family if "worker.mother" in " ".join(each.cmdline())]
    return [child for mother in mothers for child in mother.children() if child.cpu_percent(0.2) > 20]


def share(http: httpx.Client, spec: dict[str, Any], count: int) -> None:
    """Several at once; with more runs than GPUs they share one."""
    began = time.perf_counter()
    runs = [submit(http, spec) for _ in range(count)]
    most = 0
    over = threading.Event()

    def watch() -> None:
        nonlocal most
        while not over.wait(0.3):
            most = max(most, gpu_memory())

    watcher = threading.Thread(target=watch)
    watcher.start()
    ended = [finish(http, run) for run in runs]
    over.set()
    watcher.join()
    states = {saved_state(http, run["id"]) if run["status"] == "succeeded" else run["id"] for run in ended}
    told = f"{time.perf_counter() - began:.1f} s together, at most {most >> 20} MiB of its memory"
    tell(f"{count} at once", f"{told}, {'equal' if len(states) == 1 else 'NOT EQUAL'}; {describe(ended[0])}")


def gpu_memory() -> int:
    try:
        pynvml.nvmlInit()
        return int(pynvml.nvmlDeviceGetMemoryInfo(pynvml.nvmlDeviceGetHandleByIndex(0)).used)
    except pynvml.NVMLError:
        return 0


def measure(stack: Stack, http: httpx.Client, folder: Path, wanted: Sequence[str]) -> None:
    send(http, "/v1/datasets", "houses.csv", houses.table(), name="houses")
    for name, path in arrays(folder):
        send(http, "/v1/datasets", path.name, path.read_bytes(), name=name)
    send(http, "/v1/components", "bench_gpu.py", LOSS, name="bench_gpu")
    [worker] = http.get("/v1/workers").raise_for_status().json()["data"]
    tell("this machine", json.dumps({key: worker[key] for key in ("devices", "slots", "sandbox") if key in worker}))
    every = specs()
    for name, spec in every.items():
        if not wanted or any(word in name for word in wanted):
            train_twice(http, name, spec)
    long = {**every["MLP, batch norm, dropout"], "fit": {"epochs": 12, "batch_size": 32}}
    kill_one(stack, http, long)
    share(http, {**every["MLP"], "fit": {"epochs": 6, "batch_size": 32}}, 3)


def main() -> None:
    wanted = sys.argv[1:]
    with tempfile.TemporaryDirectory() as named:
        folder = Path(named)
        with running_stack(folder / "home", HORNGATE_WORKER_SLOTS="3") as stack, stack.http as http:
            try:
                measure(stack, http, folder, wanted)
            finally:
                print((folder / "home" / "up.err").read_text()[-1500:], file=sys.stderr)


if __name__ == "__main__":
    main()
