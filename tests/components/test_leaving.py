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
