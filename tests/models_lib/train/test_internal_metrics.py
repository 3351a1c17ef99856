"""Losses and metrics that layers keep inside themselves have their curves, in every kind of model, as in Keras."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np
import pytest

from models_lib.components.importing import find_component
from models_lib.data.profile import profile_dataset
from models_lib.spec.faults import SpecRefused
from models_lib.spec.reading import read_document
from models_lib.spec.resolve import resolve_spec
from tests.models_lib.train.attempts import houses, make_attempt, write_table

METERED = '''
import keras
from keras import ops


class Metered(keras.layers.Layer):
    """Adds a loss of its own, and counts how large what it lets through is."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.strength = keras.metrics.Mean(name="strength")

    def call(self, x):
        self.add_loss(0.01 * ops.mean(ops.square(x)))
        self.strength.update_state(ops.abs(x))
        return x

    def compute_output_shape(self, shape):
        return shape
'''
SPEC = """
dataset: houses
seed: 5
inputs: {x: {columns: [rooms, age], preprocess: null}}
targets: price
split: {column: part}
compile: {optimizer: SGD(0.00001), loss: mse}
fit: {epochs: 3, shuffle: false, tensorboard: false, monitor: val_strength, mode: min,
  callbacks: ['ReduceLROnPlateau(monitor="strength", factor=0.5, patience=1, mode="max", min_delta=100.0)']}
"""
MODELS = {
    "a stack": "{kind: sequential, layers: [Dense(4), Metered(), {name: price, layer: Dense(1)}]}",
    "a model inside a graph": """
  kind: functional
  layers:
    - {name: inner, model: {kind: sequential, layers: [Dense(4), Metered()]}, inputs: x}
    - {name: price, layer: Dense(1), inputs: inner}
  outputs: price
""",
}


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    columns = houses(80, gaps=False)
    columns["price"] = [price / 100_000 for price in columns["price"]]
    columns["part"] = ["validation" if at % 4 == 0 else "train" for at in range(80)]
    return write_table(tmp_path_factory.mktemp("data") / "houses.csv", columns)


@pytest.fixture(autouse=True)
def _nothing_left(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A trainer enters its folder and makes its components known to Keras, once in its life."""
    monkeypatch.chdir(Path.cwd())
    known = dict(keras.saving.get_custom_objects())
    yield
    keras.saving.get_custom_objects().clear()
    keras.saving.get_custom_objects().update(known)


@pytest.mark.parametrize("kind", MODELS)
def test_a_layers_own_loss_and_metric_are_kerass(tmp_path: Path, table: Path, kind: str) -> None:
    text = f"{SPEC}model: {MODELS[kind]}"
    attempt = make_attempt(tmp_path / "run", text, {"houses": table}, components={"metered_parts": METERED})

    attempt.train()

    assert [metrics for _, metrics in attempt.curves] == plain_script(table)
    assert {"strength", "val_strength"} <= set(attempt.curves[0][1])
    assert attempt.curves[-1][1]["learning_rate"] < 0.00001


def plain_script(table: Path) -> list[dict[str, float]]:
    """The logs of each epoch."""
    with table.open() as file:
        rows = list(csv.DictReader(file))
    training = np.array([row["part"] == "train" for row in rows])
    x = np.array([[float(row["rooms"]), float(row["age"])] for row in rows], "float32")
    y = np.array([[float(row["price"])] for row in rows], "float32")
    keras.utils.set_random_seed(5)
    layers = [keras.layers.Dense(4), find_component("metered_parts.Metered")(), keras.layers.Dense(1)]
    model = keras.Sequential([keras.Input((2,)), *layers])
    model.compile(keras.optimizers.SGD(0.00001), "mse", jit_compile=False)
    slower = keras.callbacks.ReduceLROnPlateau(monitor="strength", factor=0.5, patience=1, mode="max", min_delta=100.0)
    history = model.fit(
        x[training], y[training], validation_data=(x[~training], y[~training]), epochs=3, shuffle=False, verbose=0,
        callbacks=[slower],
    ).history  # fmt: skip
    return [{name: values[epoch] for name, values in history.items()} for epoch in range(3)]


def test_without_code_of_ones_own_a_curve_that_will_not_exist_is_refused(table: Path) -> None:
    config = keras.Sequential([keras.layers.Dense(1, name="price")]).to_json()
    text = f"{SPEC}model: {{kind: keras, config: {json.dumps(config)}}}"

    with pytest.raises(SpecRefused) as refused:
        resolve_spec(read_document(text), {"houses": profile_dataset(table, table.name)})

    assert "/fit/monitor" in {fault.pointer for fault in refused.value.faults}
