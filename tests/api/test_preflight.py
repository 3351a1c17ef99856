"""A run tried in small before it is queued."""

from pathlib import Path

import pytest

from tests.stack import Stack

SPEC = """
name: flight
dataset: flights
inputs:
  numbers: {columns: [a, b], missing: median}
  town: {column: town, preprocess: StringLookup(output_mode="one_hot")}
targets: {y: {column: y, normalize: true}}
split: {validation: 0.2, test: 0.1}
model:
  kind: functional
  layers:
    - {name: wide, layer: Concatenate(), inputs: [numbers, town]}
    - {name: hidden, layer: 'Dense(4, activation="relu")', inputs: wide}
    - {name: y, layer: Dense(1), inputs: hidden}
  outputs: y
compile: {optimizer: adam, loss: mse}
fit: {epochs: 30, batch_size: 16, early_stopping: {patience: 3}, callbacks: [ReduceLROnPlateau(), CSVLogger()]}
export: [keras, onnx, {format: onnx, inputs: tensors}]
"""


@pytest.fixture(scope="module")
def spec(stack: Stack) -> Path:
    table = stack.home / "flights.csv"
    rows = "\n".join(
        f"{i % 7},{'' if i % 9 == 0 else i % 5},{'Ulm' if i % 2 else 'Jena'},{i % 7 + i % 5}" for i in range(200)
    )
    table.write_text(f"a,b,town,y\n{rows}\n")
    stack.remote.datasets.add(table)
    file = stack.home / "flight.yaml"
    file.write_text(SPEC)
    return file


def test_a_preflight_trains_a_batch_saves_loads_exports_and_estimates(stack: Stack, spec: Path) -> None:
    answer = stack.http.post("/v1/specs:preflight", json={"text": SPEC})

    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert [step["name"].split()[0] for step in told["steps"]] == ["load", "build", "train", "load", "export", "time"]
    assert {layer["name"]: layer["bytes"] for layer in told["summary"]["layers"]}["hidden"] == (5 * 4 + 4) * 4
    assert [(e["format"], e["inputs"], e["ok"]) for e in told["exports"]] == [
        ("keras", "rows", True), ("onnx", "rows", False), ("onnx", "tensors", True),
    ]  # fmt: skip
    [warning] = [warning for warning in told["warnings"] if warning["code"] == "export_failed"]
    assert warning["pointer"] == "/export/1"
    assert (told["estimate"]["epochs"], told["estimate"]["steps"]) == (30, 9)
    assert told["estimate"]["seconds"] > 0
    assert told["estimate"]["memory_bytes"] > 1000
    assert not any(run.name == "flight" for run in stack.remote.runs.list())


def test_the_command_line_shows_it(stack: Stack, spec: Path) -> None:
    answer = stack.horngate("validate", str(spec), "--preflight")

    assert answer.returncode == 0, answer.stderr
    assert "export onnx" in answer.stderr
    assert "30 epochs" in answer.stderr


def test_what_only_training_finds_out_is_refused_with_its_place(stack: Stack, spec: Path) -> None:
    wrong = SPEC.replace("{column: y, normalize: true}", "{column: town, classes: auto}").replace(
        "loss: mse", "loss: binary_crossentropy"
    ).replace("split: {validation: 0.2, test: 0.1}", "split: {column: town}")  # fmt: skip
    answer = stack.http.post("/v1/specs:preflight", json={"text": wrong})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/split/column"
