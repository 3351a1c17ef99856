"""Exports, weights and explanations of a run on the running stack."""

import hashlib
import json
import subprocess
import sys

import pytest

from horngate.client.runs import Run
from tests.stack import Stack

SPEC = """
name: explained
dataset: slopes
inputs: {x: {columns: [a, b], preprocess: null}}
targets: y
model: {kind: sequential, layers: [{name: y, layer: Dense(1)}]}
compile: {optimizer: SGD(0.1), loss: mse}
fit: {epochs: 3, checkpoint: {keep: all}, tensorboard: false}
export: [keras, weights, onnx, {format: litert, inputs: tensors}, h5, tf_saved_model]
"""
ROW = {"a": 0.5, "b": -1.0}


@pytest.fixture(scope="module")
def run(stack: Stack) -> Run:
    table = stack.home / "slopes.csv"
    rows = "\n".join(f"{i % 7 / 7},{i % 5 / 5},{2 * (i % 7) / 7 - (i % 5) / 5}" for i in range(200))
    table.write_text(f"a,b,y\n{rows}\n")
    stack.remote.datasets.add(table)
    return stack.remote.runs.create(SPEC).wait()


def test_the_listing_says_how_near_each_export_came_and_how_fast_it_is(stack: Stack, run: Run) -> None:
    listed = stack.http.get(f"/v1/runs/{run.id}/artifacts").json()["data"]

    tried = {file["export"]["format"]: (file["path"], file["export"]) for file in listed if file["export"]}
    assert {name: path for name, (path, _) in tried.items()} == {
        "keras": "model.keras",
        "weights": "core.weights.h5",
        "onnx": "model.onnx",
        "litert": "core.tflite",
        "h5": "model.h5",
        "tf_saved_model": "model_saved_model/saved_model.pb",
    }
    assert all(found["max_difference"] < 1e-5 and found["latency_ms"] > 0 for _, found in tried.values())
    events = [event for event in run.events() if event["kind"] == "artifact"]
    assert {event["path"] for event in events if event.get("export")} == {path for path, _ in tried.values()}


def test_gradients_of_a_linear_model_are_the_weights_that_are_listed(stack: Stack, run: Run) -> None:
    answer = stack.http.post(f"/v1/runs/{run.id}:explain", json={"instances": [ROW], "output": "y"})
    told = stack.horngate("explain", run.id, json.dumps(ROW), "--method", "jacobian", "--json")

    assert answer.status_code == 200, answer.text
    gradients = answer.json()["explanations"][0]["y"]["gradients"]
    kernel = next(part for part in run.weights("last")["data"] if part["name"].endswith("kernel"))
    assert kernel["mean"] == pytest.approx((gradients["a"] + gradients["b"]) / 2, rel=1e-5)
    assert kernel["max"] == pytest.approx(max(gradients.values()), rel=1e-5)
    assert json.loads(told.stdout)[0]["y"]["jacobian"] == {name: [value] for name, value in gradients.items()}


def test_weights_are_compared_between_epochs(stack: Stack, run: Run) -> None:
    answer = stack.http.get(f"/v1/runs/{run.id}/weights", params={"checkpoint": 3, "against": 1})
    shown = stack.horngate("weights", run.id, "--against", "1", "--against-run", run.id)

    assert answer.status_code == 200, answer.text
    assert answer.json()["checkpoint"]["epoch"] == 3
    assert answer.json()["against"]["epoch"] == 1
    assert all(part["difference"]["max"] > 0 and part["non_finite"] == 0 for part in answer.json()["data"])
    assert "DIFFERENCE" in shown.stdout


def test_weights_are_compared_with_another_runs_where_they_have_the_same_name_and_shape(stack: Stack, run: Run) -> None:
    deeper = {"layers": ["Dense(4)", {"name": "y", "layer": "Dense(1)"}]}
    other = run.clone({"model": deeper, "fit": {"epochs": 1}, "export": ["keras"]}).wait()
    same, different = run.weights(against="last", against_run=run.id), other.weights("last", against_run=run.id)
    unknown = stack.http.get(f"/v1/runs/{run.id}/weights", params={"against_run": "run_x"})

    assert same["against"] == {"run": run.id, "name": "last", "epoch": same["against"]["epoch"]}
    assert different["against"]["run"] == run.id
    compared = {part["name"]: part["difference"] is not None for part in different["data"]}
    assert compared == {"dense/kernel": False, "dense/bias": False, "y/kernel": False, "y/bias": True}
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_run")


def test_a_run_is_ejected_as_a_script_that_ends_with_its_weights(stack: Stack, run: Run) -> None:
    answer = stack.horngate("eject", run.id, "--to", "left")
    folder = stack.home / "left"
    assert answer.returncode == 0, answer.stderr
    assert {path.name for path in folder.iterdir()} == {"train.py", "requirements.txt", "data.json"}
    manifest = json.loads((folder / "data.json").read_text())

    done = subprocess.run(
        [sys.executable, "-I", "train.py", str(stack.home / "slopes.csv")],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[-1] in (folder / "train.py").read_text()
    assert manifest["sha256"] == hashlib.sha256((stack.home / "slopes.csv").read_bytes()).hexdigest()


def test_what_is_not_there_is_told_as_such(stack: Stack, run: Run) -> None:
    unknown = stack.http.get(f"/v1/runs/{run.id}/weights", params={"checkpoint": "first"})
    wrong = stack.http.post(f"/v1/runs/{run.id}:explain", json={"instances": [ROW], "output": "z"})

    assert unknown.status_code == 404
    assert wrong.status_code == 422
    assert wrong.json()["errors"][0]["pointer"] == "/output"
