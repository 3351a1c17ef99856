"""The script that a run leaves ends with the run's weights, to the last bit, without any of our code."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.models_lib.data.photos import digit_files, write_zip
from tests.models_lib.eject.conftest import Alone, trained_digest
from tests.models_lib.eject.own import OWN
from tests.models_lib.train.attempts import houses, make_attempt, write_table
from tests.models_lib.train.test_list_runs import SPEC as LISTS
from tests.models_lib.train.test_list_runs import visits, write_lines
from tests.models_lib.train.test_windows import SPEC as WINDOWS
from tests.models_lib.train.test_windows import waves

FULL = """
name: all of it
dataset: houses
seed: 5
inputs:
  numbers: {columns: [rooms, age], missing: median, preprocess: Normalization()}
  place: {column: place name, missing: most_frequent, preprocess: StringLookup(output_mode="one_hot")}
targets: {price: {column: price, normalize: true}, grade: {column: grade, classes: auto}}
split: {validation: 0.2, test: 0.1}
model:
  kind: functional
  layers:
    - {name: hidden, layer: 'Dense(8, activation="relu", kernel_initializer="he_normal")', inputs: numbers}
    - {name: wide, layer: Concatenate(), inputs: [hidden, place]}
    - {name: dropped, layer: Dropout(0.2), inputs: wide}
    - {name: normal, layer: BatchNormalization(), inputs: dropped}
    - {name: price, layer: 'Dense(1, kernel_regularizer=L2(1e-3))', inputs: normal}
    - {name: grade, layer: 'Dense(3, activation="softmax")', inputs: normal}
  outputs: [price, grade]
compile:
  optimizer: Adam(ExponentialDecay(0.01, 20, 0.9), clipnorm=1.0)
  loss: {price: huber, grade: sparse_categorical_crossentropy}
  loss_weights: {price: 0.7}
  metrics: {price: [mae], grade: [accuracy]}
fit:
  epochs: 4
  batch_size: 15
  fixed_batches: [train, validation]
  class_weight: {grade: {top: 2.5, low: 0.5}}
  early_stopping: {patience: 1, restore_best_weights: true}
  callbacks: [ReduceLROnPlateau(patience=1)]
"""
BASE = """
dataset: houses
seed: 3
inputs: {numbers: {columns: [rooms, age], missing: mean, preprocess: 'Normalization()'}}
targets: {price: {column: price, normalize: true}}
split: {validation: 0.2}
fit: {epochs: 2, tensorboard: false}
"""


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    columns = houses(150)
    columns["place name"] = [None if at % 15 == 4 else place for at, place in enumerate(columns["place name"])]
    columns["part"] = [("train", "validation", "test")[min(2, at % 7 // 5 + at % 7 // 6)] for at in range(150)]
    columns["when"] = [(at * 37) % 150 for at in range(150)]
    columns["weight"] = [1 + at % 3 for at in range(150)]
    return write_table(tmp_path_factory.mktemp("data") / "houses.csv", columns)


def test_a_run_with_much_in_it_is_ejected_bit_for_bit(tmp_path: Path, table: Path) -> None:
    """This one as its owner will run it: by Python itself, in a folder of its own."""
    attempt = make_attempt(tmp_path / "run", FULL, {"houses": table})
    attempt.train()
    folder = attempt.artifacts / "eject"

    done = subprocess.run(
        [sys.executable, "-I", str(folder / "train.py"), str(attempt.folder / "in" / "train.csv")],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "These are the weights of the run" in done.stdout
    assert done.stdout.split()[-1] == trained_digest(attempt)
    lock = (folder / "requirements.txt").read_text()
    assert {"keras", "numpy", "duckdb"} <= {line.split("==")[0] for line in lock.splitlines()}


SPECS = {
    "objects of a component": """
inputs: {numbers: {columns: [rooms, age], missing: mean, preprocess: 'Center()'}}
model:
  kind: sequential
  layers: ['Scale(0.5, activation="tanh")', 'Dense(4)', {name: price, layer: Dense(1)}]
compile: {optimizer: adam, loss: soft, metrics: [mae]}
fit: {epochs: 2, tensorboard: false, callbacks: [Noise(0.05)]}
""",
    "a component's model with two outputs": """
targets: {price: {column: price, normalize: true}, sold: {column: sold, classes: auto}}
model: {kind: component, class_name: Two, config: {units: 5}}
compile:
  optimizer: {heads: {use: SGD(0.01), layers: ['dense_*']}, rest: {use: Adam(0.01)}}
  loss: {price: mse, sold: 'BinaryCrossentropy(from_logits=True)'}
  metrics: {sold: [accuracy]}
""",
    "a component's model that compiles itself": """
split: {validation: 0}
model:
  kind: component
  class_name: Stepper
  config:
    bodies:
      - class_name: Sequential
        config:
          name: body
          layers:
            - {class_name: InputLayer, config: {batch_shape: [null, 2], name: numbers}}
            - {class_name: Dense, config: {units: 4, activation: tanh, name: first}}
            - {class_name: Dropout, config: {rate: 0.1, name: dropped}}
            - {class_name: Dense, config: {units: 3, name: second}}
      - class_name: Sequential
        config:
          name: body
          layers:
            - {class_name: InputLayer, config: {batch_shape: [null, 2], name: numbers}}
            - {class_name: Dense, config: {units: 3, name: only}}
    noise: GaussianNoise(0.1)
compile: {body_optimizer: Adam(0.01), loss_fn: soft}
""",
    "models inside models, several optimizers, frozen layers": """
model:
  kind: functional
  layers:
    - name: tower
      inputs: [[numbers], [numbers]]
      model:
        kind: functional
        layers:
          - {name: normal, layer: BatchNormalization(), inputs: x}
          - {name: deep, model: {kind: sequential, layers: [Dense(8), Dropout(0.3)]}, inputs: normal}
          - {name: bend, layer: 'Dense(4, activation="relu")', inputs: deep}
        outputs: [bend, deep]
    - {name: both, layer: Concatenate(), inputs: [tower, 'tower@2:1']}
    - {name: price, layer: Dense(1), inputs: both}
  outputs: price
  trainable: {"tower/bend": false}
compile:
  optimizer: {deep: {use: 'Adam(0.01)', layers: ['tower/*']}, rest: {use: 'SGD(0.1, momentum=0.9)'}}
  loss: mse
""",
    "weights of rows, targets with gaps, groups": """
targets: {price: {column: price, normalize: true}, grade: {column: grade, classes: auto}}
split: {validation: 0.2, test: 0.1, group: when}
model:
  kind: functional
  layers:
    - {name: price, layer: Dense(1), inputs: numbers}
    - {name: grade, layer: 'Dense(3, activation="softmax")', inputs: numbers}
  outputs: [price, grade]
compile:
  optimizer: Adam(0.02, use_ema=True)
  loss: {price: mae, grade: sparse_categorical_crossentropy}
  jit_compile: true
fit: {epochs: 2, tensorboard: false, sample_weight: weight, callbacks: [SwapEMAWeights()],
  class_weight: {grade: {low: 3.0}}}
""",
    "mixed precision, every option of compile, epochs of more batches than there are": """
split: {validation: 0.25, stratify: grade}
model: {kind: sequential, layers: [Dense(6), {name: price, layer: 'Dense(1, dtype="float32")'}]}
compile: {optimizer: 'SGD(0.01, gradient_accumulation_steps=2)', loss: mse, dtype_policy: mixed_float16,
  steps_per_execution: 3, weighted_metrics: [mae]}
fit: {epochs: 3, initial_epoch: 1, tensorboard: false, validation_batch_size: 11, validation_freq: [2],
  steps_per_epoch: 6, validation_steps: 2,
  callbacks: [TerminateOnNaN(), CSVLogger()], sample_weight: weight}
""",
}


@pytest.mark.parametrize("name", SPECS)
def test_it_is_ejected_bit_for_bit(tmp_path: Path, table: Path, alone: Alone, name: str) -> None:
    spec = merge(BASE, SPECS[name])
    own = {"ejected_own": OWN} if "component" in name else {}
    attempt = make_attempt(tmp_path / "run", spec, {"houses": table}, components=own)

    assert alone.eject(attempt) == trained_digest(attempt)


def merge(base: str, more: str) -> str:
    """A spec whose sections are those of `more`, else those of `base`."""
    named = {line.partition(":")[0] for line in more.splitlines() if line[:1].isalpha()}
    kept = [line for line in base.strip().splitlines() if line.partition(":")[0] not in named]
    return "\n".join([*kept, more.strip()]) + "\n"


def test_lists_and_sets_are_ejected_bit_for_bit(tmp_path: Path, alone: Alone) -> None:
    lines = write_lines(tmp_path / "visits.jsonl", visits(60))
    attempt = make_attempt(tmp_path / "run", LISTS.replace("epochs: 10", "epochs: 2"), {"visits": lines})

    assert alone.eject(attempt) == trained_digest(attempt)


def test_windows_over_time_are_ejected_bit_for_bit(tmp_path: Path, alone: Alone) -> None:
    table = write_table(tmp_path / "waves.csv", waves(60))
    attempt = make_attempt(tmp_path / "run", WINDOWS.replace("epochs: 12", "epochs: 2"), {"waves": table})

    assert alone.eject(attempt) == trained_digest(attempt)


def test_images_are_ejected_bit_for_bit(tmp_path: Path, alone: Alone) -> None:
    spec = """
dataset: digits
inputs: {image: {image: image, image_size: [6, 6], color_mode: grayscale, crop_to_aspect_ratio: true}}
targets: label
split: {validation: 0.2, test: 0.1, stratify: label}
model:
  kind: sequential
  layers:
    - Rescaling(1/255)
    - RandomFlip("horizontal")
    - Flatten()
    - {name: label, layer: 'Dense(3, activation="softmax")'}
compile: {loss: sparse_categorical_crossentropy}
fit: {epochs: 2, tensorboard: false}
"""
    attempt = make_attempt(tmp_path / "run", spec, {"digits": write_zip(tmp_path / "digits.zip", digit_files(60))})

    assert alone.eject(attempt) == trained_digest(attempt)


def test_a_data_set_of_its_own_for_validation_is_ejected_bit_for_bit(tmp_path: Path, alone: Alone) -> None:
    held = houses(40, seed=8)
    held["place name"][3] = "nowhere"
    tables = {
        "houses": write_table(tmp_path / "houses.csv", houses(90)),
        "held": write_table(tmp_path / "held.csv", held),
    }
    spec = merge(FULL, "split: {validation_dataset: held, test: 0.1}")
    attempt = make_attempt(tmp_path / "run", spec, tables)

    assert alone.eject(attempt) == trained_digest(attempt)
    manifest = json.loads((attempt.artifacts / "eject" / "data.json").read_text())
    assert manifest["parts"]["validation"]["rows"] == 40


BACKBONE = """
dataset: pictures
inputs: {picture: {array: pictures, preprocess: null, dtype: float32}}
targets: {bright: {array: bright}}
split: {validation: 0.25}
model:
  kind: functional
  layers:
    - name: backbone
      model: {kind: application, class_name: MobileNet, config: {include_top: false, pooling: avg, alpha: 0.25}}
      inputs: picture
    - {name: bright, layer: 'Dense(1, activation="sigmoid")', inputs: backbone}
  outputs: bright
  trainable: {"backbone/*": false, "backbone/conv_pw_13*": true}
compile: {optimizer: SGD(0.1), loss: bce}
fit: {epochs: 1, batch_size: 16, tensorboard: false}
"""


def test_a_backbone_and_an_operation_of_a_keras_config_are_ejected_bit_for_bit(tmp_path: Path, alone: Alone) -> None:
    import keras

    generator = np.random.default_rng(0)
    path = tmp_path / "pictures.npz"
    values = generator.integers(0, 255, (32, 32, 32, 3)).astype("uint8")
    np.savez(path, pictures=values, bright=generator.integers(0, 2, 32).astype("float32"))
    x = keras.Input((32, 32, 3), name="picture")
    halved = keras.ops.squeeze(keras.ops.expand_dims(x / 255.0, 1), 1)[:, ::2]
    query = keras.layers.Dense(4, name="dense")(keras.layers.Flatten(name="flat")(halved))
    model = keras.Model(x, keras.layers.Dense(1, activation="sigmoid", name="bright")(query * 2.0))
    head, _, rest = BACKBONE.partition("model:\n")
    config = f"{head}model: {{kind: keras, config: {json.dumps(model.to_json())}}}\n{rest[rest.index('compile:') :]}"

    for at, spec in enumerate((BACKBONE, config)):
        attempt = make_attempt(tmp_path / f"run{at}", spec, {"pictures": path})
        assert alone.eject(attempt) == trained_digest(attempt)


def test_a_keras_config_with_lists_of_tensors_is_ejected_bit_for_bit(tmp_path: Path, table: Path, alone: Alone) -> None:
    """Also where a class of the user's own takes the graph, as `keras.Model` does."""
    import keras

    left, right = keras.Input((2,), name="left"), keras.Input((1,), name="right")
    hidden = keras.layers.Dense(5, name="hidden")(keras.layers.Concatenate(name="both")([right, left]))
    heads = [keras.layers.Dense(1, name="price")(hidden), keras.layers.Dense(1, name="rooms")(hidden)]
    config = keras.Model([left, right], heads).to_json()
    text = """
inputs: {right: {column: rooms}, left: {columns: [rooms, age], missing: mean}}
targets: {price: {column: price, normalize: true}, rooms: rooms}
compile: {optimizer: Adam(0.01), loss: {price: mse, rooms: mae}, metrics: {rooms: [mae]}}
"""
    for at, more in enumerate(("", ", class_name: Graph")):
        keras.backend.clear_session(free_memory=False)
        spec = merge(BASE, f"{text}model: {{kind: keras, config: {json.dumps(config)}{more}}}")
        own = {"ejected_graph": GRAPH} if more else {}
        attempt = make_attempt(tmp_path / f"run{at}", spec, {"houses": table}, components=own)

        assert alone.eject(attempt) == trained_digest(attempt)


GRAPH = """
import keras


class Graph(keras.Model):
    def train_step(self, data):
        return super().train_step(data)
"""


def test_what_stays_refused_is_named_with_its_place_and_reason(tmp_path: Path, table: Path) -> None:
    model = "model: {kind: sequential, layers: [{name: price, layer: Dense(1)}]}\ncompile: {loss: mse}"
    attempt = make_attempt(tmp_path / "run", merge(BASE, model), {"houses": table})

    attempt.train(should_stop=lambda: True)

    told = json.loads((attempt.artifacts / "eject" / "refused.json").read_text())
    assert told["pointer"] == "/fit/epochs"
    assert len(told["reason"]) > 40
