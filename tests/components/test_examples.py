"""The examples in docs/examples train as their specs stand, and load in plain Keras with the components beside them."""

import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ruamel.yaml import YAML

from tests.components.conftest import Shop

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
ROWS = 40
LOAD = """
import sys
sys.path = [path for path in sys.path if path != {root!r}]
import keras
from components import custom_objects
model = keras.models.load_model({file!r}, custom_objects=custom_objects)
assert "models_lib" not in sys.modules
print(len(model.get_weights()))
"""


def arrays(name: str) -> dict[str, np.ndarray[Any, Any]]:
    random = np.random.default_rng(0)
    match name:
        case "example_images":
            return {"image": random.random((ROWS, 16, 16, 1), "float32"), "label": np.arange(ROWS) % 2}
        case "example_tokens":
            numbers = (np.arange(17) * 3 + np.arange(ROWS)[:, None]) % 32
            return {"x": numbers[:, :-1].astype("int32"), "y": numbers[:, 1:].astype("int32")}
        case "example_numbers":
            numbers = np.arange(ROWS * 4).reshape(ROWS, 4) % 7
            return {"x": numbers.astype("float32"), "y": numbers.sum(axis=1).astype("float32")}
        case _:
            parts = ("anchor", "positive", "negative")
            return {part: random.random((ROWS, 6), "float32") for part in parts}


def upload(shop: Shop, name: str) -> None:
    data = io.BytesIO()
    np.savez(data, **arrays(name))
    answer = shop.http.post("/v1/datasets", data={"name": name}, files={"file": (f"{name}.npz", data.getvalue())})
    assert answer.status_code in (200, 201), answer.text


def load_alone(shop: Shop, run_id: str, folder: Path) -> int:
    """How many weights the downloaded model has, loaded where there is nothing of ours."""
    for artifact in shop.http.get(f"/v1/runs/{run_id}/artifacts").json()["data"]:
        path = folder / artifact["path"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(shop.http.get(f"/v1/runs/{run_id}/artifacts/{artifact['path']}").content)
    file = "model.keras" if (folder / "model.keras").exists() else "core.keras"
    script = f"import sys; sys.path.insert(0, {str(folder)!r})" + LOAD.format(root=str(EXAMPLES.parents[1]), file=file)
    done = subprocess.run(
        [sys.executable, "-I", "-c", script], cwd=folder, capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return int(done.stdout.split()[-1])


@pytest.mark.parametrize(
    ("example", "components", "curve"),
    [
        ("wgan_gp", ["wgan_gp"], "g_loss"),
        ("vae", ["vae"], "kl_loss"),
        ("distillation", ["distillation"], "val_sparse_categorical_accuracy"),
        ("language_model", ["transformer", "tabular"], "val_loss"),
        ("triplets", ["similarity"], "val_loss"),
        ("structures", ["structures"], "curvature"),
    ],
)
def test_an_example_trains_and_its_model_loads_alone(
    shop: Shop, tmp_path: Path, example: str, components: list[str], curve: str
) -> None:
    spec = YAML(typ="safe").load((EXAMPLES / f"{example}.yaml").read_text())
    ids = [shop.upload(name, (EXAMPLES / f"{name}.py").read_text())["id"] for name in components]
    upload(shop, spec["dataset"])
    run = shop.train(**spec)

    assert curve in shop.curves(run["id"])
    assert load_alone(shop, run["id"], tmp_path) > 3
    for component in ids:
        assert shop.http.delete(f"/v1/components/{component}").status_code == 204
