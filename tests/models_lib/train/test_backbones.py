"""A model of `keras.applications` under a head, partly frozen."""

import functools
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from models_lib.build.check import check_model
from models_lib.data import order
from models_lib.data.profile import profile_dataset
from models_lib.spec.reading import read_document
from models_lib.spec.resolve import resolve_spec
from tests.models_lib.train.attempts import make_attempt

ROWS = 48
SPEC = """
dataset: pictures
seed: 3
inputs: {{picture: {{array: pictures, preprocess: null, dtype: float32}}}}
targets: {{bright: {{array: bright}}}}
split: {{validation: 0}}
model:
  kind: functional
  layers:
    - {{name: scaled, layer: 'Rescaling(1/127.5, offset=-1)', inputs: picture}}
    - name: backbone
      model:
        kind: application
        class_name: MobileNet
        config: {{include_top: false, pooling: avg, alpha: 0.25, input_shape: [32, 32, 3]}}
      inputs: scaled
    - {{name: bright, layer: 'Dense(1, activation="sigmoid")', inputs: backbone}}
  outputs: bright
  trainable: {trainable}
compile: {{optimizer: SGD(0.1), loss: bce}}
fit: {{epochs: 1, batch_size: 16, tensorboard: false}}
"""
FROZEN = '{"backbone/*": false, "backbone/conv_pw_13*": true}'


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("data") / "pictures.npz"
    generator = np.random.default_rng(0)
    bright = generator.integers(0, 2, ROWS)
    values = generator.integers(0, 128, (ROWS, 32, 32, 3)) + 127 * bright[:, None, None, None]
    np.savez(path, pictures=values.astype("uint8"), bright=bright.astype("float32"))
    return path


def _plain_script(path: Path) -> tuple[float, list[Any], list[Any]]:
    """Loss, weights before and weights after an epoch."""
    data = np.load(path)
    keras.utils.set_random_seed(3)
    inputs = keras.Input((32, 32, 3), name="picture")
    scaled = layers.Rescaling(1 / 127.5, offset=-1)
    base = keras.applications.MobileNet(
        weights=None, include_top=False, pooling="avg", alpha=0.25, input_shape=(32, 32, 3)
    )
    for layer in base.layers:
        layer.trainable = layer.name.startswith("conv_pw_13")
    model = keras.Model(inputs, layers.Dense(1, activation="sigmoid")(base(scaled(inputs))))
    model.compile(keras.optimizers.SGD(0.1), "binary_crossentropy", jit_compile=False)
    before = model.get_weights()
    rows = order(3, 0, ROWS)
    x, y = data["pictures"].astype("float32")[rows], data["bright"][rows][:, None]
    history = model.fit(x, y, batch_size=16, shuffle=False, verbose=0)
    return history.history["loss"][0], before, model.get_weights()


def test_a_partly_frozen_backbone_trains_as_in_a_plain_script(tmp_path: Path, pictures: Path) -> None:
    attempt = make_attempt(tmp_path / "run", SPEC.format(trainable=FROZEN), {"pictures": pictures})
    attempt.train()
    loss, before, after = _plain_script(pictures)
    [(_, metrics)] = attempt.curves
    assert metrics["loss"] == loss
    core = keras.models.load_model(attempt.artifacts / "model.keras").get_layer("core")
    assert all(np.array_equal(ours, theirs) for ours, theirs in zip(core.get_weights(), after, strict=True))
    moved = {w.path for w, old in zip(core.weights, before, strict=True) if not np.array_equal(w, old)}
    layers_moved = {path.split("/")[-2] for path in moved}
    assert {"conv_pw_13_bn", "bright"} <= layers_moved <= {"conv_pw_13", "conv_pw_13_bn", "bright"}


def test_a_glob_that_no_layer_of_the_backbone_matches_is_refused_by_the_check(pictures: Path) -> None:
    profiles = {"pictures": profile_dataset(pictures, pictures.name)}
    check = functools.partial(check_model, profiles=profiles)
    text = SPEC.format(trainable='{"backbone/block99*": false}')
    [fault] = check(resolve_spec(read_document(text), profiles).spec).faults
    assert (fault.pointer, fault.code) == ("/model/layers/1/model", "out_of_range")
    assert "'backbone/block99*'" in fault.message


def test_a_shape_that_the_backbone_does_not_take_is_a_fault_of_it(pictures: Path) -> None:
    profiles = {"pictures": profile_dataset(pictures, pictures.name)}
    text = SPEC.format(trainable="{}").replace("[32, 32, 3]", "[64, 64, 1]")
    [fault] = check_model(resolve_spec(read_document(text), profiles).spec, profiles).faults
    assert fault.pointer == "/model/layers/1"
