"""Models of every kind through the running service: sent, judged, trained, summed up, called."""

import io
import time
from typing import Any

import httpx
import keras
import numpy as np
import pytest
from keras import layers

from tests.stack import Stack, until

ROWS = 120


@pytest.fixture(scope="module")
def http(stack: Stack) -> httpx.Client:
    generator = np.random.default_rng(4)
    left, right = generator.normal(size=ROWS), generator.normal(size=ROWS)
    lines = [f"{a:.4f},{b:.4f},{2 * a - b:.4f}" for a, b in zip(left, right, strict=True)]
    table = io.BytesIO("\n".join(["a,b,y", *lines]).encode())
    client = stack.http
    sent = client.post("/v1/datasets", files={"file": ("line.csv", table)}, data={"name": "line"})
    assert sent.status_code == 201, sent.text
    return client


def _run(http: httpx.Client, spec: dict[str, Any]) -> dict[str, Any]:
    sent = http.post("/v1/runs", json={"spec": spec})
    assert sent.status_code == 201, sent.text
    address = f"/v1/runs/{sent.json()['id']}"

    def ended() -> Any:
        run = http.get(address).json()
        return run if run["status"] in ("succeeded", "failed", "cancelled") else None

    run: dict[str, Any] = until(ended, 120)
    assert run["status"] == "succeeded", run["failure"]
    return run


def _config() -> str:
    """A shared tower, operators, and what it was compiled with."""
    a, b = keras.Input((1,), name="a"), keras.Input((1,), name="b")
    tower = keras.Sequential([keras.Input((1,)), layers.Dense(4, activation="tanh"), layers.Dense(2)], name="tower")
    joined = keras.ops.concatenate([tower(a) * 2.0, tower(b)], axis=-1)
    model = keras.Model([a, b], layers.Dense(1, name="y")(joined))
    model.compile(keras.optimizers.SGD(0.01), "mse", metrics=["mae"])
    return str(model.to_json())


def test_a_keras_config_is_trained_as_it_was_compiled_and_called(http: httpx.Client) -> None:
    run = _run(
        http,
        {
            "dataset": "line",
            "inputs": {name: {"column": name, "preprocess": None} for name in ("a", "b")},
            "targets": "y",
            "model": {"kind": "keras", "config": _config(), "trainable": {"tower/dense_*": False}},
            "fit": {"epochs": 2},
        },
    )
    assert run["spec"]["model"]["kind"] == "keras"
    assert run["spec"]["compile"]["optimizer"]["class_name"] == "SGD"
    assert set(run["last"]["metrics"]) == {"loss", "mae", "val_loss", "val_mae"}
    summary = http.get(f"/v1/runs/{run['id']}/summary").json()
    assert summary["parameters"] == (4 + 4 + 4 * 2 + 2) + (4 + 1)
    answer = http.post(f"/v1/runs/{run['id']}:predict", json={"instances": [{"a": 0.5, "b": -1.0}]})
    assert isinstance(answer.json()["predictions"][0], float)


def test_several_optimizers_train_a_model_inside_a_model(http: httpx.Client) -> None:
    tower = {"kind": "sequential", "layers": ['Dense(4, activation="relu")', "Dense(2)"]}
    run = _run(
        http,
        {
            "dataset": "line",
            "inputs": {"a": {"column": "a"}, "b": {"column": "b"}},
            "targets": "y",
            "model": {
                "kind": "functional",
                "layers": [
                    {"name": "tower", "model": tower, "inputs": [["a"], ["b"]]},
                    {"name": "both", "layer": "Concatenate()", "inputs": ["tower", "tower@2"]},
                    {"name": "y", "layer": "Dense(1)", "inputs": "both"},
                ],
                "outputs": "y",
            },
            "compile": {
                "optimizer": {"slow": {"use": "SGD(0.01)", "layers": ["tower/*"]}, "fast": {"use": "Adam(0.1)"}},
                "loss": "mse",
            },
            "fit": {"epochs": 2},
        },
    )
    curves = http.get(f"/v1/runs/{run['id']}/metrics", params={"names": "learning_rate/slow"}).json()
    [series] = curves["series"]
    assert [round(value, 5) for _, value in series["points"]] == [0.01, 0.01]


def test_the_largest_configs_are_judged_within_the_request_and_refused_where_they_do_not_fit(
    http: httpx.Client,
) -> None:
    with keras.StatelessScope(initialize_variables=False):
        text = keras.applications.NASNetLarge(weights=None).to_json()
    spec = {
        "dataset": "line",
        "inputs": {"a": {"column": "a"}},
        "targets": "y",
        "model": {"kind": "keras", "config": text},
        "compile": {"loss": "mse"},
    }
    began = time.monotonic()
    answer = http.post("/v1/specs:validate", json={"spec": spec})
    assert time.monotonic() - began < 30
    assert answer.status_code == 422, answer.text
    [error] = answer.json()["errors"]
    assert (error["pointer"], error["allowed"]) == ("/inputs/a", [None, 331, 331, 3])
