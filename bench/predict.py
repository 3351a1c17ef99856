"""Predictions: `model.predict` per request, a plain FastAPI service around it, and ours. `python -m bench.predict [N]`.

One run of the housing MLP is trained; the three serve its `model.keras`, one row a request, in turns.
"""

import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import httpx

from bench import houses
from bench.asking import Timed, ask_in_turns, free_port, write_request
from bench.service import post, to_first_batch
from tests.stack import running_stack, until

ROUNDS: Final = 3
AT_ONCE: Final = 32
ROW: Final = dict.fromkeys(houses.COLUMNS, 0.5)
PLAIN: Final = """
import sys, keras, numpy as np, uvicorn
from fastapi import FastAPI
model = keras.models.load_model(sys.argv[1])
names = [tensor.name for tensor in model.inputs]
widths = [tensor.shape[1] for tensor in model.inputs]
app = FastAPI()

@app.post("/predict")
def predict(body: dict):
    rows = [list(row.values()) for row in body["instances"]]
    x = np.array(rows, dtype="float32").reshape(len(rows), -1)
    columns, at = {}, 0
    for name, width in zip(names, widths):
        columns[name] = x[:, at : at + width]
        at += width
    return {"predictions": np.asarray(model.predict(columns, verbose=0)).reshape(-1).tolist()}

@app.get("/time/{count}")
def time_predict(count: int):
    import time
    columns = {name: np.full((1, width), 0.5, "float32") for name, width in zip(names, widths)}
    model.predict(columns, verbose=0)
    began = time.perf_counter()
    for _ in range(count):
        model.predict(columns, verbose=0)
    return {"seconds": time.perf_counter() - began}

uvicorn.run(app, port=int(sys.argv[2]), log_level="error")
"""


@contextmanager
def plain_service(model: Path) -> Iterator[str]:
    """What one writes oneself in ten minutes."""
    port = free_port()
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": "", "TF_CPP_MIN_LOG_LEVEL": "3"}
    process = subprocess.Popen([sys.executable, "-c", PLAIN, str(model), str(port)], env=environment)
    url = f"http://127.0.0.1:{port}"

    def answers() -> bool:
        try:
            return httpx.get(f"{url}/openapi.json").status_code == 200
        except httpx.TransportError:
            return False

    try:
        until(answers, 180)
        yield url
    finally:
        process.terminate()
        process.wait(15)


def ask(url: str, key: str, *, count: int, at_once: int) -> Timed:
    request = write_request(url, "POST", key, json.dumps({"instances": [ROW]}).encode())
    return asyncio.run(ask_in_turns(lambda _: request, url, count=count, at_once=at_once))


def measure(http: httpx.Client, key: str, folder: Path, count: int) -> dict[str, Any]:
    """Print a line for each way of asking; the ratios of requests a second."""
    http.post(
        "/v1/datasets", files={"file": ("houses.csv", houses.table())}, data={"name": "houses"}
    ).raise_for_status()
    _, run = to_first_batch(http)
    (folder / "model.keras").write_bytes(http.get(f"/v1/runs/{run}/artifacts/model.keras").content)
    ours = f"{http.base_url}/v1/runs/{run}:predict"
    post(http, ours, {"instances": [ROW]})
    rates: dict[str, list[float]] = {"model.predict": [], "plain": [], "ours": []}
    with plain_service(folder / "model.keras") as plain, httpx.Client(timeout=600) as own:
        for _ in range(ROUNDS):
            few = max(5, count // 20)
            rates["model.predict"].append(few / own.get(f"{plain}/time/{few}").json()["seconds"])
            print(f"{'model.predict, one row after the other':44} {rates['model.predict'][-1]:8.1f} a second")
            for name, url, times in (("plain", f"{plain}/predict", few), ("ours", ours, count)):
                print(ask(url, key, count=times, at_once=1).tell(f"{name}, one after the other"))
                crowd = ask(url, key, count=4 * times, at_once=AT_ONCE)
                print(crowd.tell(f"{name}, {AT_ONCE} at once"), flush=True)
                rates[name].append(crowd.per_second)
    return {name: statistics.median(o / b for o, b in zip(rates["ours"], rates[name], strict=True)) for name in rates}


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 400
    began = time.monotonic()
    settings = {"HORNGATE_RATE_LIMIT": "100000000"}
    with (
        tempfile.TemporaryDirectory() as folder,
        running_stack(Path(folder) / "home", **settings) as stack,
        stack.http as http,
    ):
        ratios = measure(http, stack.key, Path(folder), count)
    for name in ("model.predict", "plain"):
        print(f"ours, {AT_ONCE} at once: {ratios[name]:.1f} times the requests a second of {name}")
    print(f"in {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
