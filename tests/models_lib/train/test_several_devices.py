"""Several devices share each batch, and compute what one computes, within rounding; the processor stands for two."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.models_lib.train.attempts import houses, write_table
from tests.stack import ROOT

HEAD = """
dataset: houses
seed: 5
inputs: {{rooms: {{column: rooms, preprocess: Normalization()}}, age: {{column: age, preprocess: Normalization()}}}}
targets: {target}
split: {{validation: 0.2, test: 0.2}}
"""
PRICE = HEAD.format(target="{price: {column: price, normalize: true}}")
MLP = """model: {kind: sequential, layers: ['Dense(8, activation="relu")', Dense(1)]}\n"""
CASES = {
    "plain": f"{PRICE}{MLP}compile: {{optimizer: Adam(0.01), loss: mse, metrics: [mae]}}\nfit: {{epochs: 3}}",
    "average of weights": f"""{PRICE}{MLP}compile: {{optimizer: 'Adam(0.01, use_ema=True)', loss: mse}}
fit: {{epochs: 3}}""",
    "several optimizers": f"""{PRICE}{MLP}
compile: {{optimizer: {{a: {{use: Adam(0.01), layers: [dense]}}, b: {{use: SGD(0.01)}}}}, loss: mse}}
fit: {{epochs: 3}}""",
    "stopped early": f"""{PRICE}{MLP}compile: {{optimizer: SGD(0.3), loss: mse}}
fit: {{epochs: 30, early_stopping: {{patience: 1, restore_best_weights: true}}}}""",
    "classes": f"""{HEAD.format(target="grade")}
model: {{kind: sequential, layers: [Dense(8), 'Dense(3, activation="softmax")']}}
compile: {{loss: sparse_categorical_crossentropy, metrics: [accuracy]}}
fit: {{epochs: 3}}
export: [tf_saved_model]""",
    "by Keras' own fit": f"""{PRICE}{MLP}compile: {{optimizer: Adam(0.01), loss: mse}}
fit: {{epochs: 3, engine: keras}}""",
    "a last batch of one row": f"{PRICE}{MLP}compile: {{loss: mse}}\nfit: {{epochs: 2, batch_size: 119}}",
}


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[int, dict[str, Any]]:
    """What became of each case on one device, and on two."""
    folder = tmp_path_factory.mktemp("devices")
    table = write_table(folder / "houses.csv", houses(200, gaps=False))
    cases = {name: {"spec": spec} for name, spec in CASES.items()}
    (folder / "cases.json").write_text(json.dumps({"tables": {"houses": str(table)}, "cases": cases}))
    return {devices: train_on(devices, folder) for devices in (1, 2)}


def train_on(devices: int, folder: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.models_lib.train.on_devices", str(devices), str(folder)]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads((folder / f"said-{devices}.json").read_text())
    return found


@pytest.mark.parametrize("case", CASES)
def test_two_devices_compute_what_one_computes(case: str, said: dict[int, dict[str, Any]]) -> None:
    one, two = said[1][case], said[2][case]
    assert "error" not in one, one
    assert "error" not in two, two

    # Of 119 rows one device has one more, which then weighs less; a lone row is computed on both, and counts twice.
    rough = case == "a last batch of one row"
    weights, theirs = (list(np.load(found["weights"]).values()) for found in (one, two))
    for ours, other in zip(weights, theirs, strict=True):
        np.testing.assert_allclose(ours, other, rtol=1e-3, atol=1e-3 if rough else 1e-5)
    for (epoch, curves), (their_epoch, their_curves) in zip(one["curves"], two["curves"], strict=True):
        assert (epoch, curves.keys()) == (their_epoch, their_curves.keys())
        np.testing.assert_allclose(
            list(curves.values()), list(their_curves.values()), rtol=0.05 if rough else 1e-3, atol=1e-5
        )
    assert one["artifacts"] == two["artifacts"]
    assert [warning["code"] for warning in two["warnings"]] == [warning["code"] for warning in one["warnings"]]


def test_the_run_says_how_many_share_a_batch(said: dict[int, dict[str, Any]]) -> None:
    assert "2 devices share each" in said[2]["plain"]["engine"]["why"]
    assert said[2]["by Keras' own fit"]["engine"]["name"] == "keras"


def test_a_checkpoint_of_two_devices_is_that_of_one(tmp_path: Path, said: dict[int, dict[str, Any]]) -> None:
    """Two epochs on two devices, and the rest on either number of them."""
    table = write_table(tmp_path / "houses.csv", houses(200, gaps=False))
    longer = CASES["plain"].replace("epochs: 3", "epochs: 5")
    checkpoint = said[2]["plain"]["checkpoint"]
    cases = {"whole": {"spec": longer}, "resumed": {"spec": longer, "resumes": checkpoint}}
    (tmp_path / "cases.json").write_text(json.dumps({"tables": {"houses": str(table)}, "cases": cases}))
    two, one = (train_on(devices, tmp_path) for devices in (2, 1))

    assert two["resumed"]["curves"] == two["whole"]["curves"][3:]
    np.testing.assert_allclose(
        [curves["loss"] for _, curves in one["resumed"]["curves"]],
        [curves["loss"] for _, curves in two["resumed"]["curves"]],
        rtol=1e-3,
    )
    assert np.load(two["resumed"]["weights"]).files == np.load(two["whole"]["weights"]).files
