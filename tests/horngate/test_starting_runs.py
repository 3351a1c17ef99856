"""Runs that begin with what another run has learned: its model, its weights, its preprocessing."""

import hashlib
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import keras
import numpy as np
import pytest

from tests.stack import Stack, until

ROWS = 96
INSTANCES = [{"a": 0.3, "b": -0.2}, {"a": 5.0, "b": 1.0}]


def _slope(shift: float) -> bytes:
    generator = np.random.default_rng(4)
    a, b = generator.normal(shift, 3, ROWS), generator.normal(shift, 1, ROWS)
    lines = [f"{x:.4f},{y:.4f},{2 * x - y:.4f},{'up' if x > shift else 'down'}" for x, y in zip(a, b, strict=True)]
    return "\n".join(["a,b,y,way", *lines]).encode()


@pytest.fixture(scope="module")
def http(stack: Stack) -> httpx.Client:
    for name, shift in (("old-slope", 0.0), ("new-slope", 40.0)):
        table = io.BytesIO(_slope(shift))
        sent = stack.http.post("/v1/datasets", files={"file": (f"{name}.csv", table)}, data={"name": name})
        assert sent.status_code == 201, sent.text
    return stack.http


def _submit(http: httpx.Client, spec: dict[str, Any]) -> dict[str, Any]:
    sent = http.post("/v1/runs", json={"spec": spec})
    assert sent.status_code == 201, sent.text
    return dict(sent.json())


def _train(http: httpx.Client, spec: dict[str, Any]) -> dict[str, Any]:
    address = f"/v1/runs/{_submit(http, spec)['id']}"
    run: dict[str, Any] = until(lambda: (r := http.get(address).json())["ended_at"] and r, 120)
    assert run["status"] == "succeeded", run["failure"]
    return run


def _predict(http: httpx.Client, run: dict[str, Any]) -> list[float]:
    return list(http.post(f"/v1/runs/{run['id']}:predict", json={"instances": INSTANCES}).json()["predictions"])


def _core(http: httpx.Client, run: dict[str, Any], folder: Path) -> keras.Model:
    saved = folder / f"{run['id']}.keras"
    saved.write_bytes(http.get(f"/v1/runs/{run['id']}/artifacts/model.keras").content)
    return keras.models.load_model(saved).get_layer("core")


@pytest.fixture(scope="module")
def base(http: httpx.Client) -> dict[str, Any]:
    return _train(
        http,
        {
            "dataset": "old-slope",
            "inputs": {"x": {"columns": ["a", "b"]}},
            "targets": {"y": {"column": "y", "normalize": True}},
            "model": {
                "kind": "functional",
                "layers": [
                    {"name": "hidden", "layer": 'Dense(6, activation="tanh")', "inputs": "x"},
                    {"name": "y", "layer": "Dense(1)", "inputs": "hidden"},
                ],
                "outputs": "y",
            },
            "compile": {"optimizer": "Adam(0.05)", "loss": "mse"},
            "fit": {"epochs": 4, "tensorboard": False},
        },
    )


def test_a_whole_run_goes_on_with_what_it_learned_of_inputs_and_targets(http: httpx.Client, base, tmp_path) -> None:
    spec = {
        "dataset": "new-slope",
        "model": {"kind": "run", "run": base["id"], "checkpoint": "last"},
        "compile": {"optimizer": "SGD(0.0)", "loss": "mse"},
        "fit": {"epochs": 1, "tensorboard": False},
    }
    kept = _train(http, spec)
    anew = _train(http, {**spec, "model": {**spec["model"], "readapt": True}})

    assert (kept["spec"]["model"]["run"], kept["spec"]["model"]["checkpoint"]) == (base["id"], "last")
    assert kept["spec"]["inputs"] == base["spec"]["inputs"]
    assert np.allclose(_predict(http, kept), _predict(http, base), rtol=1e-5)
    assert not np.allclose(_predict(http, anew), _predict(http, base), rtol=1e-2)
    one, other = _core(http, base, tmp_path), _core(http, kept, tmp_path)
    assert all(np.array_equal(x, y) for x, y in zip(one.get_weights(), other.get_weights(), strict=True))
    again = _train(http, kept["spec"] | {"name": "clone"})
    assert again["spec"]["model"] == kept["spec"]["model"]


def test_a_run_that_began_with_another_leaves_with_the_weights_of_that_one(stack: Stack, base: dict[str, Any]) -> None:
    run = _train(
        stack.http,
        {
            "dataset": "new-slope",
            "model": {"kind": "run", "run": base["id"], "checkpoint": "last"},
            "fit": {"epochs": 1, "tensorboard": False},
        },
    )
    answer = stack.horngate("eject", run["id"], "--to", "left_begun")
    folder = stack.home / "left_begun"
    assert answer.returncode == 0, answer.stderr
    (folder / "new-slope.csv").write_bytes(_slope(40.0))

    done = subprocess.run(
        [sys.executable, "-I", "train.py", "new-slope.csv"], cwd=folder, capture_output=True, text=True, check=False
    )

    [start] = json.loads((folder / "data.json").read_text())["starts"]
    assert (start["run"], start["checkpoint"]) == (base["id"], "last")
    assert start["sha256"] == hashlib.sha256((folder / start["file"]).read_bytes()).hexdigest()
    assert done.returncode == 0, done.stderr
    assert "These are the weights of the run" in done.stdout


def test_a_new_head_stands_on_layers_that_another_run_trained_and_that_stay_as_they_are(
    http: httpx.Client, base, tmp_path
) -> None:
    source = {"kind": "run", "run": base["id"], "checkpoint": "last", "outputs": "hidden"}
    spec = {
        "dataset": "new-slope",
        "targets": {"way": {"column": "way"}},
        "model": {
            "kind": "functional",
            "layers": [
                {"name": "base", "model": source, "inputs": "x"},
                {"name": "way", "layer": 'Dense(1, activation="sigmoid")', "inputs": "base"},
            ],
            "outputs": "way",
            "trainable": {"base/*": False},
        },
        "compile": {"optimizer": "adam", "loss": "bce"},
        "fit": {"epochs": 1, "tensorboard": False},
    }
    flown = http.post("/v1/specs:preflight", json={"spec": spec})
    assert flown.status_code == 200, flown.text
    run = _train(http, spec)

    trained, source = _core(http, run, tmp_path).get_layer("base"), _core(http, base, tmp_path)
    assert [layer.name for layer in trained.layers if layer.weights] == ["hidden"]
    hidden = source.get_layer("hidden").get_weights()
    assert all(np.array_equal(x, y) for x, y in zip(trained.get_weights(), hidden, strict=True))
    summary = http.get(f"/v1/runs/{run['id']}/summary").json()
    assert (summary["parameters"], summary["trainable_parameters"]) == (3 * 6 + 7, 7)


def test_an_application_run_becomes_the_backbone_of_another(http: httpx.Client, tmp_path: Path) -> None:
    arrays = io.BytesIO()
    generator = np.random.default_rng(0)
    np.savez(arrays, picture=generator.random((24, 32, 32, 3), "float32"), kind=generator.integers(0, 4, 24))
    http.post("/v1/datasets", files={"file": ("shots.npz", arrays.getvalue())}, data={"name": "shots"})
    common = {
        "dataset": "shots",
        "inputs": {"picture": {"array": "picture", "preprocess": None, "dtype": "float32"}},
        "targets": {"kind": {"array": "kind"}},
        "split": {"validation": 0},
        "compile": {"optimizer": "adam", "loss": "sparse_categorical_crossentropy"},
        "fit": {"epochs": 1, "batch_size": 8, "tensorboard": False},
    }
    config = {"alpha": 0.25, "classes": 4, "input_shape": [32, 32, 3]}
    first = _train(http, common | {"model": {"kind": "application", "class_name": "MobileNet", "config": config}})
    backbone = {"kind": "run", "run": first["id"], "checkpoint": 1, "outputs": "global_average_pooling2d"}
    head = {
        "kind": "functional",
        "layers": [
            {"name": "backbone", "model": backbone, "inputs": "picture"},
            {"name": "flat", "layer": "Flatten()", "inputs": "backbone"},
            {"name": "kind", "layer": 'Dense(4, activation="softmax")', "inputs": "flat"},
        ],
        "outputs": "kind",
        "trainable": {"backbone/*": False, "backbone/conv_pw_13*": True},
    }
    second = _train(http, common | {"model": head})

    source = _core(http, first, tmp_path).layers[-1]
    trained = _core(http, second, tmp_path).get_layer("backbone")
    for name in ("conv1", "conv_dw_6_bn"):
        pairs = zip(source.get_layer(name).get_weights(), trained.get_layer(name).get_weights(), strict=True)
        assert all(np.array_equal(x, y) for x, y in pairs)
    moved = source.get_layer("conv_pw_13").get_weights(), trained.get_layer("conv_pw_13").get_weights()
    assert not np.array_equal(moved[0][0], moved[1][0])


def _faults(http: httpx.Client, spec: dict[str, Any]) -> dict[str, str]:
    answer = http.post("/v1/runs", json={"spec": spec})
    assert answer.status_code == 422, answer.text
    return {error["pointer"]: error["message"] for error in answer.json()["errors"]}


def test_what_cannot_be_begun_with_is_refused_where_it_stands(http: httpx.Client, base) -> None:
    def spec(**model: Any) -> dict[str, Any]:
        return {"dataset": "new-slope", "model": {"kind": "run", "run": base["id"], **model}}

    waiting = _submit(http, spec() | {"queue": "nobody"})
    cancelled = _submit(http, base["spec"] | {"queue": "nobody"})
    http.post(f"/v1/runs/{cancelled['id']}:cancel")

    assert "There is no run" in _faults(http, spec(run="run_gone"))["/model/run"]
    assert "is queued" in _faults(http, spec(run=waiting["id"]))["/model/run"]
    assert "has no checkpoint" in _faults(http, spec(run=cancelled["id"]))["/model/run"]
    assert "it has best, last" in _faults(http, spec(checkpoint=77))["/model/checkpoint"]
    assert "'hidden' has 12 parameters" in _faults(http, spec() | {"inputs": {"x": {"columns": ["a"]}}})["/model/run"]
    assert "cut where it stands inside" in _faults(http, spec(outputs="hidden"))["/model/outputs"]
    assert "/model/trainable/hiden*" in _faults(http, spec(trainable={"hiden*": False}))
    assert "did you mean" in _faults(http, spec(checkpont="best"))["/model/checkpont"]
    inner = {"name": "base", "model": {"kind": "run", "run": base["id"], "outputs": "hiden"}}
    stack = {"kind": "sequential", "layers": [inner, "Dense(1)"]}
    nested = {"dataset": "new-slope", "targets": "y", "compile": {"optimizer": "adam", "loss": "mse"}, "model": stack}
    assert "did you mean 'hidden'?" in _faults(http, nested)["/model/layers/0/model/outputs"]
    kept = http.delete(f"/v1/runs/{base['id']}")
    assert (kept.status_code, kept.json()["code"]) == (409, "run_in_use")
    http.post(f"/v1/runs/{waiting['id']}:cancel")
