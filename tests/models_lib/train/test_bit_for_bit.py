"""Our numbers are those of a plain Keras script that feeds the published order."""

import csv
from pathlib import Path
from typing import Any

import keras
import numpy as np

from models_lib.data import order
from tests.models_lib.train.attempts import houses, make_attempt, write_table

SPEC = """
dataset: houses
seed: 11
inputs:
  numbers: {columns: [rooms, age], missing: median, preprocess: Normalization()}
  place: {column: place name, preprocess: StringLookup(output_mode="one_hot")}
targets: {price: {column: price, normalize: true}}
split: {column: part}
model:
  kind: functional
  layers:
    - {name: wide, layer: Concatenate(), inputs: [numbers, place]}
    - {name: hidden, layer: 'Dense(16, activation="relu", kernel_initializer="he_normal")', inputs: wide}
    - {name: dropped, layer: Dropout(0.3), inputs: hidden}
    - {name: normal, layer: BatchNormalization(), inputs: dropped}
    - {name: price, layer: 'Dense(1, kernel_regularizer=L2(1e-3))', inputs: normal}
  outputs: price
compile: {optimizer: 'Adam(ExponentialDecay(0.01, 20, 0.9))', loss: mse, metrics: [mae]}
fit: {epochs: 4, batch_size: 32}
"""


def test_a_run_is_bit_for_bit_a_plain_keras_script(tmp_path: Path) -> None:
    """With gaps, words, dropout, batch normalisation, a schedule, a penalty and a smaller last batch."""
    columns = houses(210)
    columns["part"] = ["validation" if at % 5 == 0 else "train" for at in range(210)]
    attempt = make_attempt(tmp_path / "run", SPEC, {"houses": write_table(tmp_path / "houses.csv", columns)})

    attempt.train()
    history, weights = _plain_script(tmp_path / "houses.csv")

    assert [metrics for _, metrics in attempt.curves] == [
        {name: values[epoch] for name, values in history.items()} for epoch in range(4)
    ]
    saved = keras.models.load_model(attempt.artifacts / "model.keras").get_layer("core").get_weights()
    assert all(np.array_equal(ours, theirs) for ours, theirs in zip(saved, weights, strict=True))


def _plain_script(path: Path) -> tuple[dict[str, list[float]], list[Any]]:
    """As a user would write it: Keras, NumPy and the order, nothing else of ours."""
    with path.open() as file:
        rows = list(csv.DictReader(file))
    training = np.array([row["part"] == "train" for row in rows])
    numbers = np.array([[float(row["rooms"]), float(row["age"] or "nan")] for row in rows])
    medians = np.nanmedian(numbers[training], axis=0)
    numbers = np.where(np.isnan(numbers), medians, numbers).astype("float32")
    places = np.array([[row["place name"]] for row in rows], dtype=object)
    price = np.array([[float(row["price"])] for row in rows])
    price = ((price - price[training].mean()) / price[training].std()).astype("float32")

    scale = keras.layers.Normalization()
    scale.adapt(numbers[training])
    lookup = keras.layers.StringLookup(output_mode="one_hot")
    lookup.adapt(places[training])
    inputs = {"numbers": np.asarray(scale(numbers)), "place": np.asarray(lookup(places), dtype="float32")}

    keras.utils.set_random_seed(11)
    numbers_in, place_in = keras.Input((2,), name="numbers"), keras.Input((4,), name="place")
    x = keras.layers.Concatenate()([numbers_in, place_in])
    x = keras.layers.Dense(16, activation="relu", kernel_initializer="he_normal")(x)
    x = keras.layers.Dropout(0.3)(x)
    x = keras.layers.BatchNormalization()(x)
    y = keras.layers.Dense(1, kernel_regularizer=keras.regularizers.L2(1e-3))(x)
    model = keras.Model({"numbers": numbers_in, "place": place_in}, y)
    schedule = keras.optimizers.schedules.ExponentialDecay(0.01, 20, 0.9)
    model.compile(keras.optimizers.Adam(schedule), "mse", metrics=["mae"])

    train = {name: tensor[training] for name, tensor in inputs.items()}
    validation = ({name: tensor[~training] for name, tensor in inputs.items()}, price[~training])
    curves: dict[str, list[float]] = {}
    for epoch in range(4):
        rows_in_order = order(11, epoch, int(training.sum()))
        epoch_inputs = {name: tensor[rows_in_order] for name, tensor in train.items()}
        history = model.fit(
            epoch_inputs, price[training][rows_in_order], batch_size=32, shuffle=False, verbose=0,
            validation_data=validation, initial_epoch=epoch, epochs=epoch + 1,
        ).history  # fmt: skip
        for name, values in history.items():
            curves.setdefault(name, []).extend(values)
    return curves, model.get_weights()
