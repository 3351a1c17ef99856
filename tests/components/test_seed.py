"""The seed's own code, uploaded as it stands but for Keras 3's renames, and trained through the REST API."""

import io
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.components.conftest import Shop

DENSE = (
    'Dense(8, activation="my_softplus", kernel_initializer="my_glorot_initializer", '
    'kernel_regularizer="my_l1_regularizer", kernel_constraint="my_positive_weights")'
)
CHECK = """
import sys
import keras
from components import custom_objects

model = keras.models.load_model("model.keras", custom_objects=custom_objects)
assert not any(name.split(".")[0] in ("models_lib", "worker", "horngate") for name in sys.modules)
"""


def stack_of(*layers: object) -> dict[str, object]:
    return {"kind": "sequential", "layers": list(layers)}


def load_alone(shop: Shop, run_id: str, tmp_path: Path, check: str) -> str:
    """Download a run's artifacts, and run lines on them in a clean folder with plain Keras; what they print."""
    for artifact in shop.http.get(f"/v1/runs/{run_id}/artifacts").json()["data"]:
        path = tmp_path / artifact["path"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(shop.http.get(f"/v1/runs/{run_id}/artifacts/{artifact['path']}").content)
    (tmp_path / "check.py").write_text(CHECK + check)
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(
        [sys.executable, "check.py"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_huber_loss_trains_and_keeps_its_threshold_in_the_saved_model(shop: Shop, tmp_path: Path) -> None:
    """T4, T5, T6, T7: the loss, the streaming metric and four functions on one Dense."""
    run = shop.train(
        model=stack_of(DENSE, "Dense(1, kernel_regularizer=MyL1Regularizer(0.02))"),
        compile={"optimizer": "nadam", "loss": "HuberLoss(2.0)", "metrics": ["HuberMetric(2.0)", "robust.huber_fn"]},
        fit={"epochs": 2},
    )

    assert run["spec"]["components"] == ["robust@1"]
    assert run["spec"]["compile"]["loss"]["dense_1"]["class_name"] == "robust.HuberLoss"
    assert {"loss", "huber_metric", "huber_fn", "val_huber_metric"} <= shop.curves(run["id"])
    printed = load_alone(
        shop,
        run["id"],
        tmp_path,
        "print(type(model.loss).__name__, model.loss.threshold)\n"
        "print(model.get_layer('core').layers[-1].kernel_regularizer.factor)\n",
    )
    assert printed.split() == ["HuberLoss", "2.0", "0.02"]
    row = {"instances": [{"a": 1, "b": 2, "c": 0}]}
    assert isinstance(shop.http.post(f"/v1/runs/{run['id']}:predict", json=row).json()["predictions"][0], float)


def test_a_factory_of_losses_and_a_function_train_as_losses(shop: Shop) -> None:
    """T4, T5: create_huber(2.0) returns the loss; huber_fn is it."""
    made = shop.train(
        model=stack_of("Dense(1)"),
        compile={"loss": "create_huber(2.0)", "metrics": ["create_huber(2.0)"]},
        fit={"epochs": 1},
    )
    plain = shop.train(model=stack_of("Dense(1)"), compile={"loss": "robust.huber_fn"}, fit={"epochs": 1})

    assert "val_huber_fn" in shop.curves(made["id"])
    assert made["last"]["metrics"]["loss"] > plain["last"]["metrics"]["loss"]


def test_layers_of_a_component_stand_in_stacks_and_graphs(shop: Shop, tmp_path: Path) -> None:
    """T8: MyDense and noise in a stack; two tensors in, three out in a graph."""
    run = shop.train(
        inputs={"one": {"columns": ["a", "b"]}, "other": {"columns": ["b", "c"]}},
        model={
            "kind": "functional",
            "layers": [
                {"name": "multi", "layer": "MyMultiLayer()", "inputs": ["one", "shifted"]},
                {"name": "shifted", "layer": "Rescaling(1.0, offset=9.0)", "inputs": "other"},
                {"name": "noisy", "layer": "MyGaussianNoise(0.1)", "inputs": "multi:1"},
                {"name": "joined", "layer": "Concatenate()", "inputs": ["multi", "noisy", "multi:2"]},
                {"name": "hidden", "layer": 'parts.MyDense(6, activation="my_softplus")', "inputs": "joined"},
                {"name": "block", "layer": "ResidualBlock(2, 6)", "inputs": "hidden"},
                {"name": "total", "layer": "Dense(1)", "inputs": "block"},
            ],
            "outputs": "total",
        },
        components=["robust"],
        compile={"optimizer": "adam", "loss": "mse"},
        fit={"epochs": 1},
    )

    assert run["spec"]["components"] == ["parts@1", "robust@1"]
    printed = load_alone(
        shop, run["id"], tmp_path, "layer = model.get_layer('core').get_layer('hidden')\nprint(layer.units)\n"
    )
    assert printed.strip() == "6"


def test_a_subclassed_wide_and_deep_model_has_two_named_outputs(shop: Shop, tmp_path: Path) -> None:
    """K5: constructed from the spec, its inputs as a tuple, its outputs named by their targets."""
    run = shop.train(
        inputs={"wide": {"columns": ["a", "b"]}, "deep": {"columns": ["b", "c"]}},
        targets={"main_output": "total", "aux_output": "total"},
        model={"kind": "component", "class_name": "WideAndDeepModel", "config": {"units": 8}},
        compile={"loss": ["mse", "huber_fn"], "loss_weights": [0.9, 0.1], "optimizer": "nadam"},
        fit={"epochs": 2, "callbacks": ["PrintValTrainRatioCallback()"]},
    )

    assert run["spec"]["model"]["class_name"] == "parts.WideAndDeepModel"
    assert {"main_output_loss", "aux_output_loss", "val_aux_output_loss"} <= shop.curves(run["id"])
    assert shop.log(run["id"]).count("val/train: ") == 2
    row = {"instances": [{"a": 1, "b": 2, "c": 0}]}
    predicted = shop.http.post(f"/v1/runs/{run['id']}:predict", json=row).json()["predictions"][0]
    assert set(predicted) == {"main_output", "aux_output"}
    printed = load_alone(
        shop,
        run["id"],
        tmp_path,
        "import subprocess\nmodel_class = custom_objects['WideAndDeepModel']\n"
        "print(any(isinstance(layer, model_class) for layer in model.layers))\n",
    )
    assert printed.strip() == "True"


@pytest.mark.parametrize("eagerly", [False, True])
def test_a_model_with_loops_trains_in_graph_mode_and_eagerly(shop: Shop, *, eagerly: bool) -> None:
    """K6, T9: a block that is called four times."""
    run = shop.train(
        model={"kind": "component", "class_name": "parts.ResidualRegressor", "config": {"output_dim": 1}},
        compile={"optimizer": "nadam", "loss": "mse", "run_eagerly": eagerly},
        fit={"epochs": 1, "batch_size": 64},
    )

    assert run["spec"]["compile"]["run_eagerly"] is eagerly


def test_losses_and_metrics_from_inside_a_model_have_curves(shop: Shop) -> None:
    """T10: add_loss counts in the total, and the metric that the model holds is a curve that can be watched."""
    run = shop.train(
        model={"kind": "component", "class_name": "ReconstructingRegressor", "config": {"output_dim": 1}},
        compile={"optimizer": "nadam", "loss": "mse"},
        fit={"epochs": 2, "monitor": "val_reconstruction_error", "mode": "min"},
    )

    assert {"reconstruction_error", "val_reconstruction_error"} <= shop.curves(run["id"])
    assert run["best"]["metrics"]["val_reconstruction_error"] > 0


def test_the_better_softplus_trains_as_an_activation_and_loads_back(shop: Shop) -> None:
    """T12: a function with a gradient of its own."""
    run = shop.train(
        model=stack_of('Dense(4, activation="robust.my_better_softplus")', "Dense(1)"),
        compile={"loss": "mse"},
        fit={"epochs": 1},
    )

    artifact = next(
        a for a in shop.http.get(f"/v1/runs/{run['id']}/artifacts").json()["data"] if a["path"] == "model.keras"
    )
    saved = shop.http.get(f"/v1/runs/{run['id']}/artifacts/{artifact['path']}").content
    assert b"my_better_softplus" in zipfile.ZipFile(io.BytesIO(saved)).read("config.json")
