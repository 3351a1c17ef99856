"""Models inside models and Keras configs train to the numbers of a plain Keras script, and are saved and resumed."""

import csv
import json
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers

from models_lib.data import order
from models_lib.export.rows import RowPredictor
from tests.models_lib.train.attempts import houses, make_attempt, write_table

HEAD = """
dataset: houses
seed: 11
inputs: {left: {columns: [rooms, age], preprocess: null}, right: {columns: [age, rooms], preprocess: null}}
targets: price
split: {column: part}
compile: {optimizer: Adam(0.01), loss: mse, metrics: [mae]}
fit: {epochs: 3, tensorboard: false}
model:
"""
NESTED = f"""{HEAD}
  kind: functional
  layers:
    - name: tower
      inputs: [[left], [right]]
      model:
        kind: functional
        layers:
          - {{name: normal, layer: BatchNormalization(), inputs: x}}
          - {{name: deep, model: {{kind: sequential, layers: [Dense(8), Dropout(0.3)]}}, inputs: normal}}
          - {{name: bend, layer: 'Dense(4, activation="relu")', inputs: deep}}
        outputs: bend
    - {{name: both, layer: Concatenate(), inputs: [tower, tower@2]}}
    - {{name: price, layer: Dense(1), inputs: both}}
  outputs: price
  trainable: {{"tower/bend": false}}
"""


def _model() -> keras.Model:
    """The same by hand."""
    x = keras.Input((2,), name="x")
    normal = layers.BatchNormalization(name="normal")
    deep = keras.Sequential([layers.Dense(8, name="dense"), layers.Dropout(0.3, name="dropout")], name="deep")
    bend = layers.Dense(4, activation="relu", name="bend", trainable=False)
    tower = keras.Model(x, bend(deep(normal(x))), name="tower")
    left, right = keras.Input((2,), name="left"), keras.Input((2,), name="right")
    price = layers.Dense(1, name="price")(layers.Concatenate(name="both")([tower(left), tower(right)]))
    return keras.Model([left, right], price)


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    columns = houses(150, gaps=False)
    columns["part"] = ["validation" if at % 5 == 0 else "train" for at in range(150)]
    columns["price"] = [price / 100_000 for price in columns["price"]]
    return write_table(tmp_path_factory.mktemp("data") / "houses.csv", columns)


def _from_json(text: str) -> Callable[[], keras.Model]:
    return lambda: keras.models.model_from_json(text)


def test_models_inside_models_are_those_of_a_plain_script(tmp_path: Path, table: Path) -> None:
    _assert_equal(tmp_path, table, NESTED, _model)


def test_a_keras_config_is_what_keras_itself_makes_of_it(tmp_path: Path, table: Path) -> None:
    """Keras unfreezes nothing on its way through JSON, and neither do we."""
    text = _model().to_json()
    _assert_equal(tmp_path, table, f"{HEAD}  kind: keras\n  config: {json.dumps(text)}\n", _from_json(text))


def _assert_equal(folder: Path, table: Path, spec: str, make_model: Callable[[], keras.Model]) -> None:
    attempt = make_attempt(folder / "run", spec, {"houses": table})
    attempt.train()
    history, trained = _plain_script(table, make_model)
    assert [metrics for _, metrics in attempt.curves] == [
        {name: values[epoch] for name, values in history.items()} for epoch in range(3)
    ]
    saved = keras.models.load_model(attempt.artifacts / "model.keras")
    weights = saved.get_layer("core").get_weights()
    assert all(np.array_equal(ours, theirs) for ours, theirs in zip(weights, trained.get_weights(), strict=True))
    row = {"rooms": 3, "age": 12.5}
    [predicted] = RowPredictor(attempt.artifacts).predict([row])
    rows = {"left": np.array([[3, 12.5]], "float32"), "right": np.array([[12.5, 3]], "float32")}
    assert predicted == pytest.approx(float(trained(rows)[0, 0]), rel=1e-5)


def _plain_script(path: Path, make_model: Callable[[], keras.Model]) -> tuple[dict[str, list[float]], keras.Model]:
    with path.open() as file:
        rows = list(csv.DictReader(file))
    training = np.array([row["part"] == "train" for row in rows])
    rooms, age, price = (
        np.array([[float(row[name])] for row in rows], "float32") for name in ("rooms", "age", "price")
    )
    inputs = {"left": np.hstack([rooms, age]), "right": np.hstack([age, rooms])}

    keras.utils.set_random_seed(11)
    model = make_model()
    model.compile(keras.optimizers.Adam(0.01), "mse", metrics=["mae"])
    held = ({name: tensor[~training] for name, tensor in inputs.items()}, price[~training])
    curves: dict[str, list[float]] = {}
    for epoch in range(3):
        at = np.flatnonzero(training)[order(11, epoch, int(training.sum()))]
        history = model.fit(
            {name: tensor[at] for name, tensor in inputs.items()}, price[at], batch_size=32, shuffle=False, verbose=0,
            validation_data=held, initial_epoch=epoch, epochs=epoch + 1,
        ).history  # fmt: skip
        for name, values in history.items():
            curves.setdefault(name, []).extend(values)
    return curves, model
