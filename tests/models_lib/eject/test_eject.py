"""The script that a run leaves ends with the run's weights, to the last bit, without any of our code."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from models_lib.eject.script import digest_weights
from tests.models_lib.train.attempts import Attempt, houses, make_attempt, write_table

EXAMPLES = int(os.environ.get("HORNGATE_EJECT_EXAMPLES", "3"))
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
  early_stopping: {patience: 1, restore_best_weights: true}
  callbacks: [ReduceLROnPlateau(patience=1)]
"""
GOALS = (
    ("{price: {column: price, normalize: true}}", "mse", "Dense(1)"),
    ("{sold: {column: sold, classes: auto}}", "binary_crossentropy", 'Dense(1, activation="sigmoid")'),
    ("{grade: {column: grade, classes: auto}}", "categorical_crossentropy", 'Dense(3, activation="softmax")'),
)


def eject(attempt: Attempt, at: Path) -> str:
    """What the script prints last, run alone beside the data."""
    attempt.train()
    script = attempt.artifacts / "eject" / "train.py"
    assert "models_lib" not in script.read_text()
    done = subprocess.run(
        [sys.executable, "-I", str(script), str(attempt.folder / "in" / "train.csv")],
        cwd=at,
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr + script.read_text()
    return done.stdout.split()[-1]


def trained_digest(attempt: Attempt) -> str:
    import keras

    return digest_weights(keras.models.load_model(attempt.artifacts / "model.keras").get_layer("core"))


def test_a_run_with_much_in_it_is_ejected_bit_for_bit(tmp_path: Path) -> None:
    columns = houses(150)
    columns["place name"] = [None if at % 15 == 4 else place for at, place in enumerate(columns["place name"])]
    attempt = make_attempt(tmp_path / "run", FULL, {"houses": write_table(tmp_path / "houses.csv", columns)})

    printed = eject(attempt, tmp_path)

    assert printed == trained_digest(attempt)
    assert printed in (attempt.artifacts / "eject" / "train.py").read_text()
    lock = (attempt.artifacts / "eject" / "requirements.txt").read_text()
    assert {"keras", "numpy", "duckdb"} <= {line.split("==")[0] for line in lock.splitlines()}


@st.composite
def specs(draw: st.DrawFn) -> str:
    """A small spec: what is prepared how, which layers, which loss, how it is fitted."""
    layers = draw(
        st.lists(
            st.sampled_from(
                [
                    'Dense(6, activation="relu")', 'Dense(4, activation="gelu", kernel_initializer="lecun_normal")',
                    "Dropout(0.3)", "BatchNormalization()", "GaussianNoise(0.1)", "LayerNormalization()",
                    "Dense(5, kernel_regularizer=L1L2(1e-4, 1e-3), kernel_constraint=MaxNorm(2))",
                ]
            ),
            max_size=4,
        )
    )  # fmt: skip
    target, loss, head = draw(st.sampled_from(GOALS))
    split = draw(
        st.sampled_from(["{validation: 0.2}", "{validation: 0.25, test: 0.1}", "{validation: 0.0}", "{time: rooms}"])
    )
    missing = draw(st.sampled_from(["median", "mean", "drop", "17.5"]))
    prepare = draw(st.sampled_from(["Normalization()", "null", "[Normalization(), Rescaling(0.5)]"]))
    optimizer = draw(
        st.sampled_from(["SGD(0.01, momentum=0.9)", "Adam(0.01)", "RMSprop(0.001, clipvalue=0.5)", "AdamW()"])
    )
    fit = draw(st.sampled_from(["{epochs: 3}", "{epochs: 2, shuffle: false}", "{epochs: 3, batch_size: 7}"]))
    listed = "\n".join(f"    - '{layer}'" for layer in layers)
    return f"""
dataset: houses
seed: {draw(st.integers(0, 2**31))}
inputs:
  numbers: {{columns: [rooms, age], missing: {missing}, preprocess: {prepare}}}
  place: {{column: place name, preprocess: StringLookup(output_mode="one_hot")}}
targets: {target}
split: {split}
model:
  kind: sequential
  layers:
{listed}
    - {{name: {target.split(":")[0][1:]}, layer: '{head}'}}
compile: {{optimizer: '{optimizer}', loss: {loss}}}
fit: {fit}
"""


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(text=specs())
def test_random_specs_are_ejected_bit_for_bit(tmp_path_factory: Any, text: str) -> None:
    folder = tmp_path_factory.mktemp("ejected")
    attempt = make_attempt(folder / "run", text, {"houses": write_table(folder / "houses.csv", houses(90))})

    assert eject(attempt, folder) == trained_digest(attempt)
