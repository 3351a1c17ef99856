"""A whole job: from `POST /v1/runs` to its end, against `python train.py`. `python -m bench.job 3`.

Both train the same MLP on the same rows for 30 epochs, one after the other, and leave a `.keras` file. The service is
warm, as it is for everybody but the first; a script is never warm.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx

from bench import houses
from tests.stack import running_stack

EPOCHS = 30
SCRIPT = f"""
import numpy as np
import keras

rows = np.genfromtxt("houses.csv", delimiter=",", skip_header=1, dtype="float32")
x, y = rows[:, :8], rows[:, 8:]
y = (y - y.mean()) / y.std()
x = (x - x.mean(0)) / x.std(0)
held, test = int(len(x) * 0.2), int(len(x) * 0.1)
model = keras.Sequential([
    keras.Input((8,)),
    keras.layers.Dense(30, "relu"),
    keras.layers.Dense(30, "relu"),
    keras.layers.Dense(1),
])
model.compile(keras.optimizers.Adam(1e-3), "mse", jit_compile=False)
first = slice(held + test, None)
best = keras.callbacks.ModelCheckpoint("best.keras", save_best_only=True)
model.fit(
    x[first], y[first], batch_size=32, epochs={EPOCHS}, verbose=2,
    validation_data=(x[:held], y[:held]), callbacks=[best, keras.callbacks.TensorBoard("logs")],
)
print(model.evaluate(x[held : held + test], y[held : held + test], verbose=0))
model.save("model.keras")
"""


def by_script(folder: Path) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "train.py"], cwd=folder, check=True, capture_output=True)
    return time.perf_counter() - began


def by_service(http: httpx.Client) -> float:
    """Until the run's last event has arrived, when its model can be downloaded."""
    began = time.perf_counter()
    run = http.post("/v1/runs", json={"spec": houses.spec(EPOCHS)}).raise_for_status().json()["id"]
    with http.stream("GET", f"/v1/runs/{run}/events", headers={"Accept": "text/event-stream"}) as stream:
        for line in stream.iter_lines():
            event = json.loads(line[5:]) if line.startswith("data:") else {}
            if event.get("kind") == "end":
                assert event["status"] == "succeeded", event
                return time.perf_counter() - began
    raise AssertionError("the stream ended before the run")


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    with tempfile.TemporaryDirectory() as named:
        folder = Path(named)
        (folder / "houses.csv").write_text(houses.table())
        (folder / "train.py").write_text(SCRIPT)
        with running_stack(folder / "home") as stack, stack.http as http:
            files = {"file": ("houses.csv", houses.table())}
            http.post("/v1/datasets", files=files, data={"name": "houses"}).raise_for_status()
            by_service(http)  # the first one warms what every later run finds warm
            pairs = [(by_script(folder), by_service(http)) for _ in range(rounds)]
    ratio = statistics.median(script / service for script, service in pairs)
    script, service = (statistics.median(seconds) for seconds in zip(*pairs, strict=True))
    told = f"python train.py {script:.1f} s, through the API {service:.1f} s"
    print(f"housing, {EPOCHS} epochs: {told}: {ratio:.1f} times sooner")


if __name__ == "__main__":
    main()
