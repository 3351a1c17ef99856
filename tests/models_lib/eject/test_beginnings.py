"""A script begins with the weights that its run began with: a file's, or another run's."""

import hashlib
import json
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers

from tests.models_lib.eject.conftest import Alone, trained_digest
from tests.models_lib.eject.own import OWN
from tests.models_lib.train.attempts import houses, make_attempt, write_table

HEAD = """
dataset: houses
seed: 5
inputs:
  numbers: {columns: [rooms, age], missing: median, preprocess: Normalization()}
  place: {column: place name, preprocess: StringLookup(output_mode="one_hot")}
targets: {price: {column: price, normalize: true}}
fit: {epochs: 2, tensorboard: false}
compile: {optimizer: Adam(0.01), loss: mse, metrics: [mae]}
"""
SOURCE = """model:
  kind: functional
  layers:
    - {name: all, layer: Concatenate(), inputs: [numbers, place]}
    - {name: hidden, layer: 'Dense(6, activation="relu")', inputs: all}
    - {name: dropped, layer: Dropout(0.2), inputs: hidden}
    - {name: price, layer: Dense(1), inputs: dropped}
  outputs: price
"""


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return write_table(tmp_path / "houses.csv", houses(80))


def indented(text: str, by: int) -> str:
    return "\n".join(" " * by + line for line in text.splitlines())


def test_a_run_that_goes_on_from_another_is_ejected_with_what_that_one_learned(
    tmp_path: Path, table: Path, alone: Alone
) -> None:
    """On other rows, whose own means and words are others."""
    before = make_attempt(tmp_path / "before", HEAD + SOURCE, {"houses": table})
    before.train()
    keras.backend.clear_session(free_memory=False)
    other = write_table(tmp_path / "other.csv", houses(60, seed=9))
    whole = (
        f"model:\n  kind: run\n  run: run_1\n  checkpoint: last\n  trainable: {{hidden: false}}\n{indented(SOURCE, 2)}"
    )
    attempt = make_attempt(tmp_path / "run", f"{HEAD}\n{whole}\n", {"houses": other}, starts={"run_1/last": before})

    assert alone.eject(attempt) == trained_digest(attempt)

    folder = attempt.artifacts / "eject"
    [start] = json.loads((folder / "data.json").read_text())["starts"]
    assert (start["run"], start["checkpoint"], start["file"]) == ("run_1", "last", "start-0.npz")
    assert start["sha256"] == hashlib.sha256((folder / "start-0.npz").read_bytes()).hexdigest()
    assert "adapt(" not in (folder / "train.py").read_text()


def test_a_run_under_a_new_head_is_ejected_bit_for_bit(tmp_path: Path, table: Path, alone: Alone) -> None:
    before = make_attempt(tmp_path / "before", HEAD + SOURCE, {"houses": table})
    before.train()
    keras.backend.clear_session(free_memory=False)
    inner = SOURCE.replace("  kind: functional\n", "  kind: functional\n  inputs: [numbers, place]\n")
    head = f"""model:
  kind: functional
  layers:
    - name: base
      inputs: [numbers, place]
      model:
        kind: run
        run: run_1
        checkpoint: best
        readapt: true
        outputs: hidden
{indented(inner, 8)}
    - {{name: more, layer: Dense(4), inputs: base}}
    - {{name: price, layer: Dense(1), inputs: more}}
  outputs: price
  trainable: {{"base/*": false}}
"""
    attempt = make_attempt(tmp_path / "run", HEAD + head, {"houses": table}, starts={"run_1/best": before})

    assert alone.eject(attempt) == trained_digest(attempt)
    assert "adapt(" in (attempt.artifacts / "eject" / "train.py").read_text()


STACK = HEAD.replace('  place: {column: place name, preprocess: StringLookup(output_mode="one_hot")}\n', "")
WITH_STATE = STACK.replace("metrics: [mae]", "metrics: [mae], optimizer_state: true")
GIVEN = """model:
  kind: sequential
  weights: given
  layers:
    - {model: {kind: sequential, layers: ['Dense(5, activation="relu")', Dropout(0.3)]}, name: inner}
    - BatchNormalization()
    - {name: price, layer: Dense(1)}
"""


def saved_stack(*, is_trained: bool = False) -> keras.Model:
    """The same as Keras' users write it, with other names, so that the file has its layers elsewhere."""
    inner = keras.Sequential([layers.Dense(5, activation="relu"), layers.Dropout(0.3)], name="other")
    model = keras.Sequential([keras.Input((2,)), inner, layers.BatchNormalization(), layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.02), "mse")
    if is_trained:
        generator = np.random.default_rng(0)
        model.fit(generator.normal(size=(40, 2)), generator.normal(size=(40, 1)), verbose=0)
    return model


@pytest.mark.parametrize("ending", [".weights.h5", ".keras", ".h5"])
def test_given_weights_are_ejected_as_the_file_to_bring(tmp_path: Path, table: Path, alone: Alone, ending: str) -> None:
    path = tmp_path / f"given{ending}"
    model = saved_stack(is_trained=True)
    (model.save_weights if ending == ".weights.h5" else model.save)(path)
    keras.backend.clear_session(free_memory=False)
    text = (WITH_STATE if ending == ".keras" else STACK) + GIVEN
    attempt = make_attempt(tmp_path / "run", text, {"houses": table, "given": path})

    assert alone.eject(attempt) == trained_digest(attempt)
    [told] = json.loads((attempt.artifacts / "eject" / "data.json").read_text())["weights"]
    assert (told["dataset"], told["file"]) == ("given", path.name)
    assert told["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_state_of_an_optimizer_inside_another_is_refused_at_its_place(tmp_path: Path, table: Path) -> None:
    model = saved_stack()
    model.compile(keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam(0.02)), "mse")
    model.fit(np.ones((8, 2)), np.ones((8, 1)), verbose=0)
    model.save(tmp_path / "given.keras")
    keras.backend.clear_session(free_memory=False)
    text = WITH_STATE.replace("loss: mse", "loss: mse, dtype_policy: mixed_float16") + GIVEN
    attempt = make_attempt(tmp_path / "run", text, {"houses": table, "given": tmp_path / "given.keras"})

    attempt.train()

    told = json.loads((attempt.artifacts / "eject" / "refused.json").read_text())
    assert told["pointer"] == "/compile/optimizer_state"
    assert "mixed precision" in told["reason"]


def test_given_weights_of_a_model_inside_and_of_a_components_are_ejected_bit_for_bit(
    tmp_path: Path, table: Path, alone: Alone
) -> None:
    inner = keras.Sequential([keras.Input((2,)), layers.Dense(5, activation="relu"), layers.Dropout(0.3)])
    inner.save_weights(tmp_path / "given.weights.h5")
    keras.backend.clear_session(free_memory=False)
    text = STACK + GIVEN.replace("  weights: given\n", "").replace("Dropout(0.3)]", "Dropout(0.3)], weights: given")
    attempt = make_attempt(tmp_path / "run", text, {"houses": table, "given": tmp_path / "given.weights.h5"})
    own = "model: {kind: component, class_name: Heads, config: {units: [1], activations: [linear]}, outputs: [price]}\n"

    assert alone.eject(attempt) == trained_digest(attempt)
    core = make_attempt(tmp_path / "first", STACK + own, {"houses": table}, components={"ejected_own": OWN})
    core.train()
    started = make_attempt(
        tmp_path / "second",
        STACK + f"model:\n  kind: run\n  run: run_1\n  checkpoint: last\n  {own}",
        {"houses": table},
        components={"ejected_own": OWN},
        starts={"run_1/last": core},
    )
    assert alone.eject(started) == trained_digest(started)
