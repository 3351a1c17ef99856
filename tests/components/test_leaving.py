"""A run with code of its own leaves as a plain Keras script with that code beside it, or says why it cannot."""

import os
import subprocess
import sys

from tests.components.conftest import COUNTS, Shop
from tests.components.test_seed import stack_of


def test_a_run_with_components_leaves_with_their_source(shop: Shop) -> None:
    run = shop.train(
        model=stack_of("Dense(4)", "Dense(1)"),
        compile={"loss": "HuberLoss(0.7)", "optimizer": "nadam", "metrics": ["mae"]},
        fit={"epochs": 2, "loop": {"function": "loops.train", "config": {"n_steps": 2}}},
    )
    answer = shop.stack.horngate("eject", run["id"], "--to", "left_own")
    folder = shop.stack.home / "left_own"
    assert answer.returncode == 0, answer.stderr
    (folder / "counts.csv").write_text(COUNTS)

    done = subprocess.run(
        [sys.executable, "-I", "train.py", "counts.csv"],
        cwd=folder,
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (folder / "components" / "robust" / "__init__.py").exists()
    assert "robust.HuberLoss(threshold=0.7" in (folder / "train.py").read_text()
    assert done.returncode == 0, done.stderr
    assert "These are the weights of the run" in done.stdout


def test_a_run_that_cannot_leave_says_where_and_why(shop: Shop) -> None:
    first = shop.train(model=stack_of("Dense(1)"), compile={"loss": "mse"}, fit={"epochs": 1})
    more = shop.http.post(f"/v1/runs/{first['id']}:extend", json={"epochs": 1})
    run = shop.wait(more.json()["id"])

    answer = shop.http.get(f"/v1/runs/{run['id']}/eject")

    assert (answer.status_code, answer.json()["code"]) == (409, "not_ejectable")
    [fault] = answer.json()["errors"]
    assert fault["pointer"] == "/fit"
    assert "goes on from another" in fault["message"]


UNSAVED = """
import keras


class Unsaved(keras.layers.Dense):
    def get_config(self):
        raise NotImplementedError("Unsaved keeps to itself")
"""


def test_a_run_whose_model_keras_cannot_save_says_so_and_keeps_its_weights(shop: Shop) -> None:
    """It succeeds, since what it learned is there; it is loud about the rest, and leaves as a script all the same."""
    shop.upload("unsaved", UNSAVED)
    run = shop.train(model=stack_of("Unsaved(2)", "Dense(1)"), compile={"loss": "mse"}, fit={"epochs": 1})
    address = f"/v1/runs/{run['id']}"

    [warning] = [said for said in shop.http.get(address).json()["warnings"] if said["code"] == "model_not_saved"]
    files = {file["path"] for file in shop.http.get(f"{address}/artifacts").json()["data"]}
    answer = shop.http.post(f"{address}:predict", json={"instances": [{}]})
    watched = shop.stack.horngate("runs", "watch", run["id"])

    assert warning["pointer"] == "/export/0"
    assert "Unsaved keeps to itself" in warning["message"]
    assert "core.weights.h5" in files
    assert "model.keras" not in files
    assert (answer.status_code, answer.json()["code"]) == (409, "no_model")
    assert "Unsaved keeps to itself" in answer.json()["detail"]
    assert "could not be saved" in watched.stderr
    assert shop.http.get(f"{address}/eject").status_code == 200
