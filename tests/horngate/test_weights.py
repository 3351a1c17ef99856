"""Weights that were trained elsewhere: uploaded as a data set, named in a spec, the beginning of a run."""

import io
from pathlib import Path
from typing import Any

import httpx
import keras
import numpy as np
import pytest

from tests.stack import Stack, until

ROWS = 24
CONFIG = {"include_top": False, "pooling": "avg", "alpha": 0.25, "input_shape": [32, 32, 3]}


def _backbone() -> keras.Model:
    backbone: keras.Model = keras.applications.MobileNet(weights=None, **CONFIG)
    return backbone


def _spec(weights: str) -> dict[str, Any]:
    model = {"kind": "application", "class_name": "MobileNet", "config": CONFIG, "weights": weights}
    return {
        "dataset": "snaps",
        "inputs": {"picture": {"array": "pictures", "preprocess": None, "dtype": "float32"}},
        "targets": {"bright": {"array": "bright"}},
        "split": {"validation": 0},
        "model": {
            "kind": "functional",
            "layers": [
                {"name": "backbone", "model": model, "inputs": "picture"},
                {"name": "bright", "layer": 'Dense(1, activation="sigmoid")', "inputs": "backbone"},
            ],
            "outputs": "bright",
            "trainable": {"backbone/*": False},
        },
        "compile": {"optimizer": "adam", "loss": "bce"},
        "fit": {"epochs": 1, "batch_size": 8, "tensorboard": False},
    }


@pytest.fixture(scope="module")
def source(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> keras.Model:
    """The backbone whose weights were uploaded."""
    folder = tmp_path_factory.mktemp("weights")
    keras.utils.set_random_seed(11)
    source = _backbone()
    generator = np.random.default_rng(0)
    arrays = io.BytesIO()
    np.savez(arrays, pictures=generator.random((ROWS, 32, 32, 3), "float32"), bright=generator.integers(0, 2, ROWS))
    _upload(stack.http, "snaps", "snaps.npz", arrays.getvalue())
    source.save_weights(folder / "mobile.weights.h5")
    _upload(stack.http, "mobile", "mobile.weights.h5", (folder / "mobile.weights.h5").read_bytes())
    return source


def _upload(http: httpx.Client, name: str, filename: str, content: bytes) -> dict[str, Any]:
    sent = http.post("/v1/datasets", files={"file": (filename, content)}, data={"name": name})
    assert sent.status_code == 201, sent.text
    return dict(sent.json())


def test_an_uploaded_file_of_weights_says_what_it_holds(stack: Stack, source: keras.Model) -> None:
    dataset = stack.http.get("/v1/datasets/mobile").json()
    profile = stack.http.get("/v1/datasets/mobile/profile").json()

    assert (dataset["format"], dataset["rows"], dataset["columns"]) == ("weights", 0, [])
    assert sum(stored["count"] for stored in profile["weights"]) == source.count_params()
    first = next(stored for stored in profile["weights"] if stored["layer"] == "conv1")
    assert (first["shape"], first["dtype"]) == ([3, 3, 3, 8], "float32")


def test_a_frozen_backbone_begins_and_ends_with_the_weights_that_it_was_given(
    stack: Stack, source: keras.Model, tmp_path: Path
) -> None:
    sent = stack.http.post("/v1/runs", json={"spec": _spec("mobile")})
    assert sent.status_code == 201, sent.text
    told = sent.json()
    assert told["spec"]["model"]["layers"][0]["model"]["weights"] == "mobile@1"
    assert {pin["part"]: pin["name"] for pin in told["datasets"]} == {"train": "snaps", "weights": "mobile"}

    address = f"/v1/runs/{told['id']}"
    run = until(lambda: (r := stack.http.get(address).json())["status"] in ("succeeded", "failed") and r, 120)

    assert run["status"] == "succeeded", run["failure"]
    saved = tmp_path / "model.keras"
    saved.write_bytes(stack.http.get(f"{address}/artifacts/model.keras").content)
    trained = keras.models.load_model(saved).get_layer("core").get_layer("backbone")
    assert all(np.array_equal(a, b) for a, b in zip(trained.get_weights(), source.get_weights(), strict=True))


def test_weights_that_do_not_fit_are_refused_before_anything_is_queued(stack: Stack, source: keras.Model) -> None:
    spec = _spec("mobile")
    spec["model"]["layers"][0]["model"]["config"] = {**CONFIG, "alpha": 0.5}
    for address in ("/v1/runs", "/v1/specs:preflight", "/v1/specs:validate"):
        refused = stack.http.post(address, json={"spec": spec})
        assert refused.status_code == 422, refused.text
        first = refused.json()["errors"][0]
        assert first["pointer"] == "/model/layers/0/model/weights"
        assert "wants its kernel of shape (3, 3, 3, 16), and the file holds (3, 3, 3, 8)" in first["message"]


def test_a_preflight_tries_the_weights_too(stack: Stack, source: keras.Model) -> None:
    answer = stack.http.post("/v1/specs:preflight", json={"spec": _spec("mobile")})
    assert answer.status_code == 200, answer.text


def test_rows_are_no_weights_and_weights_no_rows(stack: Stack, source: keras.Model) -> None:
    spec = _spec("snaps") | {"dataset": "mobile"}
    errors = stack.http.post("/v1/runs", json={"spec": spec}).json()["errors"]
    assert {"/dataset", "/model/layers/0/model/weights"} <= {error["pointer"] for error in errors}
    unknown = stack.http.post("/v1/runs", json={"spec": _spec("mobil")}).json()["errors"]
    assert ("/model/layers/0/model/weights", "mobile") in {(e["pointer"], e["did_you_mean"]) for e in unknown}
