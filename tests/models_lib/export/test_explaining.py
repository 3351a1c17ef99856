"""What outputs depend on, against numbers that can be told by hand."""

from typing import Any

import keras
import numpy as np
import pytest

from models_lib.export.explaining import Question
from models_lib.export.instances import InstancesRefused
from models_lib.export.rows import RowPredictor
from models_lib.train.weights import describe_weights
from tests.models_lib.train.attempts import Attempt, houses, make_attempt, write_table

SPEC = """
dataset: houses
inputs:
  numbers: {columns: [rooms, age], missing: 20, preprocess: null}
  place: {column: place name, preprocess: StringLookup(output_mode="one_hot")}
targets: {price: {column: price}, grade: {column: grade, classes: [low, mid, top]}}
model:
  kind: functional
  layers:
    - {name: price, layer: Dense(1), inputs: numbers}
    - {name: wide, layer: Concatenate(), inputs: [numbers, place]}
    - {name: hidden, layer: 'Dense(6, activation="tanh")', inputs: wide}
    - {name: grade, layer: 'Dense(3, activation="softmax")', inputs: hidden}
  outputs: [price, grade]
compile: {optimizer: Adam(0.1), loss: {price: mse, grade: sparse_categorical_crossentropy}}
fit: {epochs: 3, tensorboard: false, checkpoint: {keep: all}}
"""
ROWS = [{"rooms": 3, "age": 12.5, "place name": "bay"}, {"rooms": 7, "age": None, "place name": "inland"}]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Attempt:
    folder = tmp_path_factory.mktemp("explained")
    attempt = make_attempt(folder / "run", SPEC, {"houses": write_table(folder / "houses.csv", houses(80))})
    attempt.train()
    return attempt


@pytest.fixture(scope="module")
def predictor(trained: Attempt) -> RowPredictor:
    return RowPredictor(trained.artifacts)


def explain(predictor: RowPredictor, **question: Any) -> list[dict[str, Any]]:
    return predictor.explain(ROWS, Question(**question))


def test_the_gradients_of_a_linear_output_are_its_weights_by_column(trained: Attempt, predictor: RowPredictor) -> None:
    core = keras.models.load_model(trained.artifacts / "model.keras").get_layer("core")
    kernel = core.get_layer("price").get_weights()[0][:, 0]

    told = explain(predictor, output="price")

    for row in told:
        assert [row["price"]["gradients"][name] for name in ("rooms", "age")] == pytest.approx(kernel.tolist())
        assert row["price"]["gradients"]["place"] == [0, 0, 0, 0]


def test_integrated_gradients_sum_to_what_the_output_changed_by(trained: Attempt, predictor: RowPredictor) -> None:
    core = keras.models.load_model(trained.artifacts / "model.keras").get_layer("core")
    origin = core({"numbers": np.zeros((1, 2), "float32"), "place": np.zeros((1, 4), "float32")})["grade"].numpy()[0]

    told = explain(predictor, method="integrated_gradients", output="grade", unit="mid", steps=200)

    for row in told:
        parts = row["grade"]["integrated_gradients"]
        total = parts["rooms"] + parts["age"] + sum(parts["place"])
        assert total == pytest.approx(row["grade"]["value"] - origin[1], abs=5e-3)


def test_a_jacobian_has_a_row_per_label_and_agrees_with_finite_differences(predictor: RowPredictor) -> None:
    (row, _) = explain(predictor, method="jacobian", output="grade")
    step = 0.01
    up, down = (
        predictor.predict([{**ROWS[0], "age": ROWS[0]["age"] + way}])[0]["grade"]["probabilities"]
        for way in (step, -step)
    )

    assert row["grade"]["units"] == ["low", "mid", "top"]
    numeric = [(up[label] - down[label]) / (2 * step) for label in ("low", "mid", "top")]
    assert row["grade"]["jacobian"]["age"] == pytest.approx(numeric, abs=1e-3)
    assert np.shape(row["grade"]["jacobian"]["place"]) == (3, 4)


def test_without_a_unit_the_likeliest_label_is_explained(predictor: RowPredictor) -> None:
    likeliest = [row["grade"]["label"] for row in predictor.predict(ROWS)]

    assert [row["grade"]["unit"] for row in explain(predictor)] == likeliest


@pytest.mark.parametrize("asked", [{"output": "prize"}, {"output": "grade", "unit": "best"}])
def test_what_the_model_does_not_have_is_refused_by_name(predictor: RowPredictor, asked: dict[str, Any]) -> None:
    with pytest.raises(InstancesRefused) as caught:
        explain(predictor, **asked)

    (fault,) = caught.value.faults
    assert fault.pointer == ("/unit" if "unit" in asked else "/output")
    assert fault.allowed


def test_weights_are_told_in_numbers_and_compared_between_checkpoints(trained: Attempt) -> None:
    first, last = (trained.folder / "out" / "checkpoints" / name for name in ("epoch-0001", "epoch-0003"))

    told = {part["name"]: part for part in describe_weights(last, first)}
    saved = keras.models.load_model(trained.artifacts / "model.keras").get_layer("core").get_layer("hidden").kernel

    hidden = told["hidden/kernel"]
    assert (hidden["shape"], hidden["dtype"], hidden["count"], hidden["non_finite"]) == ([6, 6], "float32", 36, 0)
    assert hidden["mean"] == pytest.approx(float(np.mean(saved)))
    assert hidden["spread"] == pytest.approx(float(np.std(saved)))
    assert (hidden["min"], hidden["max"]) == (float(np.min(saved)), float(np.max(saved)))
    assert 0 < hidden["difference"]["mean"] <= hidden["difference"]["max"]
    assert hidden["difference"]["changed"] <= 36
    assert {part["difference"]["changed"] for part in describe_weights(last, last)} == {0}
