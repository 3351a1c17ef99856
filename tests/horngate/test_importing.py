"""A model that was trained elsewhere becomes a run: served, explained, weighed, begun with."""

import io
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from horngate.errors import Refused
from tests.stack import Stack, until


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[keras.Model, Path]:
    keras.utils.set_random_seed(5)
    inputs = keras.Input((3,), name="numbers")
    hidden = layers.Dense(4, activation="tanh", name="hidden")(inputs)
    model = keras.Model(inputs, layers.Dense(1, name="score")(hidden))
    model.compile("adam", "mse")
    file = tmp_path_factory.mktemp("trained") / "scores.keras"
    model.save(file)
    return model, file


def test_an_imported_model_is_a_run_that_predicts_explains_and_begins_others(
    stack: Stack, trained: tuple[keras.Model, Path]
) -> None:
    model, file = trained
    run = stack.remote.runs.import_model(file)
    row = [0.5, -1.0, 2.0]

    assert (run.about["status"], run.about["name"], run.about["ended_by"]) == ("succeeded", "scores", "completed")
    [told] = run.predict([{"numbers": row}])
    assert told == pytest.approx(float(model(np.array([row]))[0, 0]), rel=1e-5)
    assert run.explain([{"numbers": row}])
    weights = {weight["name"]: weight["shape"] for weight in run.weights()["data"]}
    assert weights["hidden/kernel"] == [3, 4]
    address = f"/v1/runs/{run.id}"
    assert stack.http.get(f"{address}/summary").json()["parameters"] == model.count_params()
    kinds = [event["kind"] for event in stack.http.get(f"{address}/events").json()["data"]]
    assert (kinds[0], kinds[-1], kinds.count("checkpoint")) == ("status", "end", 2)
    assert (stack.http.get(f"{address}").json()["queue"], run.status) == ("default", "succeeded")

    ejected = stack.http.get(f"{address}/eject")
    assert (ejected.status_code, ejected.json()["errors"][0]["pointer"]) == (409, "/dataset")

    arrays = io.BytesIO()
    np.savez(arrays, numbers=np.ones((24, 3), "float32"), score=np.ones(24, "float32"))
    stack.http.post("/v1/datasets", files={"file": ("scores.npz", arrays.getvalue())}, data={"name": "scores"})
    spec = {
        "dataset": "scores",
        "targets": {"score": {"array": "score"}},
        "model": {"kind": "run", "run": run.id, "trainable": {"hidden": False}},
        "compile": {"optimizer": "sgd", "loss": "mse"},
        "fit": {"epochs": 1, "tensorboard": False},
    }
    child = stack.remote.runs.create(spec)
    until(lambda: child.refresh().about["ended_at"], 120)
    assert child.status == "succeeded", child.about["failure"]
    first = {weight["name"]: weight["mean"] for weight in run.weights()["data"]}
    after = {weight["name"]: weight["mean"] for weight in child.weights()["data"]}
    assert after["hidden/kernel"] == first["hidden/kernel"]
    assert after["score/kernel"] != first["score/kernel"]


def test_a_file_that_cannot_be_imported_is_refused_and_leaves_no_run(stack: Stack, tmp_path: Path) -> None:
    before = len(list(stack.remote.runs.list()))
    file = tmp_path / "custom.keras"
    inputs = keras.Input((2,))
    keras.Model(inputs, layers.Lambda(lambda x: x * 2)(inputs)).save(file)

    with pytest.raises(Refused) as raised:
        stack.remote.runs.import_model(file)

    assert "Lambda" in str(raised.value)
    assert len(list(stack.remote.runs.list())) == before


OWN = """
import keras


@keras.saving.register_keras_serializable(package="elsewhere")
class Doubled(keras.layers.Dense):
    def call(self, x):
        return super().call(x) * 2.0
"""


def test_own_classes_are_found_in_a_component_and_other_formats_left(stack: Stack, tmp_path: Path) -> None:
    (tmp_path / "imported_doubled.py").write_text(OWN)
    stack.remote.components.add(tmp_path / "imported_doubled.py")
    made: dict[str, Any] = {}
    exec(OWN, made)
    model = keras.Sequential([keras.Input((3,), name="numbers"), made["Doubled"](1, name="score")])
    model.save(tmp_path / "mine.keras")

    with pytest.raises(Refused, match="components=package@1"):
        stack.remote.runs.import_model(tmp_path / "mine.keras")
    with pytest.raises(Refused) as unknown:
        stack.remote.runs.import_model(tmp_path / "mine.keras", components=["imported_doubled@9"])
    with pytest.raises(Refused) as strange:
        stack.remote.runs.import_model(tmp_path / "mine.keras", components=["imported_doubled"], export=["h5", "onix"])
    run = stack.remote.runs.import_model(
        tmp_path / "mine.keras", components=["imported_doubled@1"], export=["tf_saved_model"]
    )

    row = [0.5, -1.0, 2.0]
    assert [fault.pointer for fault in unknown.value.faults] == ["/components/0"]
    assert [(fault.pointer, fault.did_you_mean) for fault in strange.value.faults] == [("/export/1", "onnx")]
    assert run.predict([{"numbers": row}]) == [pytest.approx(float(model(np.array([row]))[0, 0]), rel=1e-5)]
    about = stack.http.get(f"/v1/runs/{run.id}").json()
    assert about["spec"]["components"] == ["imported_doubled@1"]
    files = {file["path"]: file for file in stack.http.get(f"/v1/runs/{run.id}/artifacts").json()["data"]}
    assert "components/imported_doubled/__init__.py" in files
    assert any("saved_model" in path for path in files)
