"""Every format is loaded again by its own runtime, compared, and reported; what fails does not lose the training."""

import json
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from models_lib.export.comparing import ExportDiffers, compare
from models_lib.export.exportable import core_exportable
from models_lib.export.exporting import Exported, ExportFailed, try_export
from models_lib.spec.exports import Export
from tests.models_lib.train.attempts import Attempt, houses, make_attempt, write_table

SPEC = """
dataset: houses
inputs:
  numbers: {columns: [rooms, age], missing: median}
  place.of-it: {column: place name, preprocess: StringLookup(output_mode="one_hot")}
targets: {price: {column: price, normalize: true}, sold: {column: sold, classes: auto}}
model:
  kind: functional
  layers:
    - {name: wide, layer: Concatenate(), inputs: [numbers, place.of-it]}
    - {name: hidden, layer: 'Dense(8, activation="gelu")', inputs: wide}
    - {name: dropped, layer: Dropout(0.5), inputs: hidden}
    - {name: price, layer: Dense(1), inputs: dropped}
    - {name: sold, layer: 'Dense(1, activation="sigmoid")', inputs: dropped}
  outputs: [price, sold]
compile: {loss: {price: mse, sold: binary_crossentropy}}
fit: {epochs: 1, tensorboard: false}
export: [keras, weights, tf_saved_model, litert, onnx, {format: onnx, inputs: tensors}, {format: h5, inputs: tensors}]
"""
ALONE = """
import json, sys, numpy as np, onnxruntime, tensorflow as tf
from ai_edge_litert.interpreter import Interpreter
folder = sys.argv[1]
rows = {"rooms": np.array([[3.0]], "float32"), "age": np.array([[np.nan]], "float32")}
words = np.array([["bay"]], dtype=object)
served = tf.saved_model.load(folder + "/model_saved_model").signatures["serving_default"]
one = served(**{name: tf.constant(array) for name, array in rows.items()}, place_name=tf.constant(words))
other = Interpreter(folder + "/model.tflite").get_signature_runner()(**rows, place_name=words)
core = onnxruntime.InferenceSession(folder + "/core.onnx")
third = core.run(["price"], {"numbers": np.zeros((1, 2), "float32"), "place_of_it": np.eye(1, 4, 1, dtype="float32")})
names = sorted(part.name for part in core.get_inputs())
print(json.dumps([float(one["price"][0, 0]), float(other["price"][0, 0]), names, third[0].shape]))
"""


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Attempt:
    folder = tmp_path_factory.mktemp("exported")
    attempt = make_attempt(folder / "run", SPEC, {"houses": write_table(folder / "houses.csv", houses(80))})
    attempt.train()
    return attempt


def test_each_export_is_tried_on_real_rows_and_its_file_says_how_near_it_came(trained: Attempt) -> None:
    tried = {report["path"]: report["export"] for report in trained.of_kind("artifact") if "export" in report}

    assert set(tried) == {
        "model.keras", "core.weights.h5", "model_saved_model/saved_model.pb", "model.tflite", "core.onnx", "core.h5",
    }  # fmt: skip
    for export in tried.values():
        assert 0 <= export["max_difference"] < 1.0  # of prices about 200,000
        assert export["latency_ms"] > 0
        assert export["bytes"] > 500
        assert export["rows"] == 32


def test_an_export_that_fails_is_told_with_its_reason_and_pointer(trained: Attempt) -> None:
    [failed] = trained.of_kind("failed_export")

    assert (failed["format"], failed["inputs"], failed["pointer"]) == ("onnx", "rows", "/export/4")
    assert "LookupTableFind" in failed["reason"]
    assert "{format: onnx, inputs: tensors}" in failed["reason"]
    assert not (trained.artifacts / "model.onnx").exists()
    assert len(json.loads((trained.artifacts / "exports.json").read_text())) == 7


def test_the_files_work_in_their_own_runtimes_in_a_process_without_our_code(trained: Attempt) -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-c", ALONE, str(trained.artifacts)], capture_output=True, text=True, check=True
    )

    served, lite, names, shape = json.loads(done.stdout)
    assert served == pytest.approx(lite, rel=1e-5)
    assert names == ["numbers", "place_of_it"]
    assert shape == [1, 1]


def test_an_lstm_is_exported_to_litert_for_one_row_at_a_time(tmp_path: Path) -> None:
    keras.utils.set_random_seed(1)
    steps = keras.Input((6, 2), name="x")
    core = keras.Model(steps, keras.layers.Dense(1)(keras.layers.LSTM(3)(steps)))
    source = core_exportable(core, {"x": np.random.default_rng(0).normal(size=(3, 6, 2)).astype("float32")}, ["y"])

    found = try_export(Export(format="litert", inputs="tensors"), source, tmp_path, 0)

    assert isinstance(found, Exported), found
    assert found.rows_per_call == 1
    assert found.max_difference < 1e-5


def test_layers_that_are_random_while_training_are_still_in_a_saved_model(tmp_path: Path) -> None:
    """`Model.export` leaves the mode open, and a RandomFlip flips."""
    pixels = keras.Input((4, 4, 1), name="x")
    core = keras.Model(pixels, keras.layers.Dense(1)(keras.layers.Flatten()(keras.layers.RandomFlip()(pixels))))
    source = core_exportable(core, {"x": np.random.default_rng(0).normal(size=(4, 4, 4, 1)).astype("float32")}, ["y"])

    found = try_export(Export(format="tf_saved_model", inputs="tensors"), source, tmp_path, 0)

    assert isinstance(found, Exported), found


def test_an_export_that_answers_otherwise_is_refused() -> None:
    with pytest.raises(ExportDiffers, match=r"by up to 0\.5"):
        compare({"y": np.array([[1.0]])}, {"y": np.array([[1.5]])})
    assert compare({"y": np.array([[np.nan]])}, {"y": np.array([[np.nan]])}) == 0


def test_a_model_that_a_format_cannot_hold_leaves_no_file(tmp_path: Path) -> None:
    gaps = keras.Input((1,), name="x")
    filled = keras.ops.where(keras.ops.isnan(gaps), 0.0, gaps)
    source = core_exportable(keras.Model(gaps, keras.layers.Dense(1)(filled)), {"x": np.ones((2, 1), "float32")}, ["y"])

    found = try_export(Export(format="h5", inputs="tensors"), source, tmp_path, 3)

    assert isinstance(found, ExportFailed)
    assert found.pointer == "/export/3"
    assert "Isnan" in found.reason
    assert list(tmp_path.iterdir()) == []
