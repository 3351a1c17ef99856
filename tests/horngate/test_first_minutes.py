"""A newcomer's first minutes, typed on the command line: upload, guess, train, watch, predict, download, load."""

import csv
import json
import random
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import horngate
from horngate.errors import Refused
from tests.stack import Stack, clean_environment

SPEC = """\
name: plane
dataset: {dataset}
targets: {{column: z, normalize: true}}
split: {{validation: 0.2, test: 0.1}}
model:
  kind: sequential
  layers:
    - Dense(8, activation="relu")
    - Dense(1)
compile:
  optimizer: Adam(1e-2)
  loss: mse
fit:
  epochs: 5
  early_stopping: {{patience: 3}}
"""


@pytest.fixture(scope="module")
def homes(stack: Stack) -> Path:
    """A little table with numbers, words and a price that follows from them."""
    chance = random.Random(7)
    file = stack.home / "homes.csv"
    with file.open("w", newline="") as table:
        writer = csv.writer(table)
        writer.writerow(("area", "rooms", "town", "price"))
        for _ in range(400):
            area, rooms, town = chance.uniform(30, 200), chance.randint(1, 7), chance.choice(("Ulm", "Jena", "Kiel"))
            price = 1000 * area + 5000 * rooms + {"Ulm": 9e4, "Jena": 2e4, "Kiel": 5e4}[town] + chance.gauss(0, 2e3)
            writer.writerow((round(area, 1), rooms, town, round(price)))
    return file


@pytest.fixture(scope="module")
def trained(stack: Stack, homes: Path) -> Mapping[str, Any]:
    """What `horngate train --data … --watch` answers; the talk beside it is kept under `talk`."""
    answer = stack.horngate(
        "train", "--data", str(homes), "--target", "price", "--watch", "--json", "--set", "fit.epochs=8"
    )
    assert answer.returncode == 0, answer.stderr
    return {**json.loads(answer.stdout), "talk": answer.stderr}


def test_training_a_table_shows_what_was_guessed_and_each_epoch(trained: Mapping[str, Any]) -> None:
    talk = trained["talk"]

    assert trained["status"] == "succeeded"
    assert "homes@1: 400 rows, 4 columns" in talk
    assert "target" in talk
    assert "loss" in talk
    assert "epoch 8/8  " in talk or trained["ended_by"] == "early_stopping"


def test_the_guessed_spec_is_kept_beside_the_data_and_trains_again(stack: Stack, trained: Mapping[str, Any]) -> None:
    kept = stack.home / "homes.horngate.yaml"
    assert str(kept) in trained["talk"]

    assert stack.horngate("validate", str(kept)).returncode == 0


def test_a_kept_spec_that_was_changed_is_not_overwritten(stack: Stack, homes: Path, trained: Mapping[str, Any]) -> None:
    kept = stack.home / "homes.horngate.yaml"
    mine = kept.read_text() + "# mine\n"
    kept.write_text(mine)

    answer = stack.horngate("train", "--data", str(homes), "--target", "price", "--set", "fit.epochs=1")

    assert answer.returncode == 0, answer.stderr
    assert kept.read_text() == mine
    assert (stack.home / "homes-2.horngate.yaml").is_file()


def test_raw_rows_are_predicted_from_text_and_from_a_table(
    stack: Stack, homes: Path, trained: Mapping[str, Any]
) -> None:
    row = '{"area": 100, "rooms": 4, "town": "Ulm"}'

    one = stack.horngate("predict", trained["id"], row, "--json")
    all_of_them = stack.horngate("predict", trained["id"], str(homes), "--json")

    assert one.returncode == 0, one.stderr
    (price,) = json.loads(one.stdout)
    assert 50_000 < price < 500_000
    assert len(json.loads(all_of_them.stdout)) == 400


def test_a_row_that_lacks_a_column_is_refused_by_name(stack: Stack, trained: Mapping[str, Any]) -> None:
    answer = stack.horngate("predict", trained["id"], '{"area": 100, "town": "Ulm"}')

    assert answer.returncode == 2
    assert "rooms" in answer.stderr
    assert answer.stdout == ""


def test_the_downloaded_model_loads_in_plain_keras_and_predicts_alike(
    stack: Stack, trained: Mapping[str, Any], tmp_path: Path
) -> None:
    row = {"area": 100.0, "rooms": 4, "town": "Ulm"}
    (served,) = stack.remote.runs.get(trained["id"]).predict([row])

    answer = stack.horngate("download", trained["id"], "--to", str(tmp_path / "model"))
    assert answer.returncode == 0, answer.stderr

    script = f"import load_model as m; print(m.model.predict(m.to_tensors([{row!r}]), verbose=0).item())"
    loaded = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path / "model",
        env=clean_environment(tmp_path),
        capture_output=True,
        text=True,
        check=False,
    )
    assert loaded.returncode == 0, loaded.stderr
    assert float(loaded.stdout) == pytest.approx(served, rel=1e-5)


def test_a_spec_is_trained_from_python(stack: Stack, tmp_path: Path) -> None:
    import numpy as np

    remote = horngate.connect(stack.url, stack.key)
    x = np.random.default_rng(0).normal(size=(200, 2)).astype("float32")
    file = tmp_path / "plane.csv"
    np.savetxt(file, np.column_stack([x, x @ [2, -1]]), delimiter=",", header="x,y,z", comments="", fmt="%.4f")
    dataset = remote.datasets.add(file)

    run = remote.runs.create(SPEC.format(dataset=dataset.reference)).wait()

    assert run.status == "succeeded"
    assert len(run.metrics(["loss"])["loss"]) == run.about["last"]["epoch"]
    kinds = [event["kind"] for event in run.events()]
    assert kinds[-1] == "end"
    assert next(run.events(after=3))["seq"] == 4
    assert isinstance(run.predict([{"x": 1.0, "y": 0.5}])[0], float)
    assert run.download(tmp_path / "files").joinpath("model.keras").is_file()
    dataset.delete()
    run.delete()


def test_a_refused_spec_names_every_fault_with_its_line(stack: Stack, homes: Path, trained: object) -> None:
    spec = SPEC.format(dataset="homes").replace("Dense(8", "Dens(8").replace("loss: mse", "loss: msee")
    file = stack.home / "bad.yaml"
    file.write_text(spec)

    answer = stack.horngate("train", str(file))

    assert answer.returncode == 2
    assert "bad.yaml:8" in answer.stderr
    assert "Dense" in answer.stderr
    assert "msee" in answer.stderr
    assert "Traceback" not in answer.stderr
    with pytest.raises(Refused) as caught:
        stack.remote.runs.create(spec)
    assert len(caught.value.faults) >= 2


def test_stopping_a_run_keeps_its_work(stack: Stack, homes: Path, trained: object) -> None:
    remote = stack.remote
    run = remote.runs.create(
        SPEC.format(dataset="homes")
        .replace("column: z", "column: price")
        .replace("epochs: 5", "epochs: 5000")
        .replace("  early_stopping: {patience: 3}\n", "")
    )
    next(event for event in run.events() if event["kind"] == "metrics")

    assert stack.horngate("runs", "stop", run.id).returncode == 0

    run.wait()
    assert run.about["ended_by"] == "stop"
