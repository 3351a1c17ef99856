"""Train through a running team stack: three runs on three workers, a prediction, a board. Usage: … URL KEY."""

import csv
import io
import random
import sys
import time
from collections.abc import Callable
from typing import Any, TypeVar

import httpx

T = TypeVar("T")
FINAL = {"succeeded", "failed", "cancelled"}


def houses(rows: int = 2000) -> str:
    """A small table with a linear truth, a gap now and then, and a column of words."""
    draw = random.Random(7)
    lines = [["rooms", "age", "district", "price"]]
    for _ in range(rows):
        rooms, age, district = draw.uniform(1, 9), draw.uniform(0, 90), draw.choice(["north", "south"])
        price = 50 * rooms - 0.5 * age + (30 if district == "north" else 0) + draw.gauss(0, 5)
        lines.append([f"{rooms:.3f}", "" if draw.random() < 0.02 else f"{age:.1f}", district, f"{price:.2f}"])
    table = io.StringIO()
    csv.writer(table).writerows(lines)
    return table.getvalue()


def spec(dataset: str, seed: int) -> dict[str, Any]:
    """A regression that takes some seconds, so that three of them are seen to run at the same time."""
    return {
        "name": f"compose {seed}",
        "dataset": dataset,
        "seed": seed,
        "inputs": {
            "numbers": {"columns": ["rooms", "age"], "missing": "median"},
            "district": {"column": "district"},
        },
        "targets": {"price": {"column": "price", "normalize": True}},
        "split": {"validation": 0.2, "test": 0.1},
        "model": {"kind": "sequential", "layers": ['Dense(16, activation="relu")', "Dense(1, name='price')"]},
        "compile": {"optimizer": "Adam(1e-2)", "loss": "mse"},
        "fit": {"epochs": 40, "batch_size": 32, "early_stopping": {"patience": 39}},
    }


def wait_until(what: str, ask: Callable[[], T | None], seconds: float = 180) -> T:
    """The first answer that is not None."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if (answer := ask()) is not None:
            return answer
        time.sleep(0.5)
    raise SystemExit(f"gave up after {seconds:.0f} s waiting for {what}")


def is_ready(http: httpx.Client) -> bool | None:
    try:
        return http.get("/readyz").status_code == 200 or None
    except httpx.TransportError:
        return None


def get(http: httpx.Client, path: str) -> Any:
    answer = http.get(path)
    answer.raise_for_status()
    return answer.json()


def train_three(http: httpx.Client, dataset: str) -> list[dict[str, Any]]:
    """Three runs; all have to be seen running at once, on three workers."""
    runs = [post(http, "/v1/runs", {"spec": spec(dataset, seed)})["id"] for seed in (1, 2, 3)]

    def all_in(statuses: set[str]) -> list[dict[str, Any]] | None:
        now = [get(http, f"/v1/runs/{run}") for run in runs]
        return now if all(run["status"] in statuses for run in now) else None

    wait_until("all runs to be running at once", lambda: all_in({"running"}))
    return wait_until("all runs to end", lambda: all_in(FINAL))


def post(http: httpx.Client, path: str, body: Any) -> Any:
    answer = http.post(path, json=body)
    if answer.is_error:
        raise SystemExit(f"{path}: {answer.status_code} {answer.text}")
    return answer.json()


def main(url: str, key: str) -> None:
    with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {key.strip()}"}, timeout=30) as http:
        wait_until("the stack to be ready", lambda: is_ready(http))
        workers = wait_until(
            "three workers", lambda: found if len(found := get(http, "/v1/workers")["data"]) >= 3 else None
        )
        say(f"ready, {len(workers)} workers")
        upload = http.post("/v1/datasets", files={"file": ("houses.csv", houses())}, data={"name": "houses"})
        upload.raise_for_status()
        for run in train_three(http, "houses"):
            assert run["status"] == "succeeded", run["failure"]
            say(f"{run['name']}: {run['ended_by']}, test {run['test']['metrics']}")
        rows = [{"rooms": 5, "age": 10, "district": "north"}]
        answer = post(http, f"/v1/runs/{run['id']}:predict", {"instances": rows})
        say(f"prediction (the truth is about 275): {answer['predictions']}")
        board = http.get(f"/v1/runs/{run['id']}/tensorboard/data/runs")
        board.raise_for_status()
        say(f"board: {board.json()}")
    say("the team stack trains")


def say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
