"""What a run leaves behind works without us."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from models_lib.export.artifacts import ExportDiffers, to_yaml, verify_model
from models_lib.spec.reading import read_document
from models_lib.spec.resolve import resolve_spec
from tests.models_lib.train.attempts import Attempt, houses, make_attempt, write_table

SPEC = """
dataset: houses
inputs:
  numbers: {columns: [rooms, age], missing: median}
  place: {column: place name, missing: most_frequent}
targets: {price: {column: price, normalize: true}}
model: {kind: sequential, layers: ['Dense(8, activation="relu")', {name: price, layer: Dense(1)}]}
compile: {optimizer: Adam(0.05), loss: mse}
fit: {epochs: 2, tensorboard: false}
"""


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Attempt:
    folder = tmp_path_factory.mktemp("trained")
    columns = houses(120)
    columns["place name"] = [None if at % 15 == 4 else place for at, place in enumerate(columns["place name"])]
    attempt = make_attempt(folder / "run", SPEC, {"houses": write_table(folder / "houses.csv", columns)})
    attempt.train()
    return attempt


def test_the_snippet_loads_the_model_in_plain_keras_and_predicts_a_row(trained: Attempt) -> None:
    """In a process of its own, in which our code cannot be imported."""
    done = subprocess.run(
        [sys.executable, "-I", str(trained.artifacts / "load_model.py")], capture_output=True, text=True, check=True
    )

    [[price]] = json.loads(done.stdout)
    assert 50_000 < price < 450_000


def test_the_model_takes_raw_columns_under_names_that_every_format_accepts(trained: Attempt) -> None:
    model = keras.models.load_model(trained.artifacts / "model.keras")

    mapping = json.loads((trained.artifacts / "inputs.json").read_text())

    named = [(part["tensor"], part["column"], part["dtype"], part["takes_gaps"]) for part in mapping["inputs"]]
    assert named == [
        ("rooms", "rooms", "float32", True),
        ("age", "age", "float32", True),
        ("place_name", "place name", "string", True),
    ]
    assert set(model.input) == {"rooms", "age", "place_name"}
    assert mapping["ignored"] == ["price", "grade", "sold"]


def test_the_model_fills_gaps_as_the_training_did_and_answers_in_the_targets_units(trained: Attempt) -> None:
    model = keras.models.load_model(trained.artifacts / "model.keras")
    fill = np.median([age for age in trained_ages(trained) if age is not None])

    gaps, filled = model(_tensors(age=np.nan, place="")), model(_tensors(age=fill, place=_most_frequent(trained)))

    assert np.array_equal(gaps, filled)
    assert 50_000 < float(gaps[0, 0]) < 450_000


def trained_ages(trained: Attempt) -> list[float | None]:
    from models_lib.data.loading import load_rows

    rows = load_rows(trained.job.spec, trained.job.files_in(trained.folder))
    train = rows.parts["train"]
    return [None if np.isnan(age) else float(age) for age in train.values["age"]]


def _most_frequent(trained: Attempt) -> str:
    from models_lib.data.loading import load_rows

    train = load_rows(trained.job.spec, trained.job.files_in(trained.folder)).parts["train"]
    places, counts = np.unique(train.values["place name"][~train.gaps["place name"]].astype(str), return_counts=True)
    return str(places[counts.argmax()])


def _tensors(*, age: Any, place: str) -> dict[str, Any]:
    return {
        "rooms": tf.constant([[3.0]]),
        "age": tf.constant([[age]], dtype="float32"),
        "place_name": tf.constant([[place]]),
    }


def test_the_model_carries_no_optimizer(trained: Attempt) -> None:
    model = keras.models.load_model(trained.artifacts / "model.keras")

    assert not model.compiled
    assert not model.get_layer("core").compiled


def test_the_spec_beside_it_resolves_to_itself(trained: Attempt) -> None:
    text = (trained.artifacts / "spec.yaml").read_text()

    assert resolve_spec(read_document(text)).spec == trained.job.spec
    assert text == to_yaml(trained.job.spec)


def test_a_file_with_other_weights_is_not_let_out(tmp_path: Path) -> None:
    rows = keras.Input((2,), name="x")
    core = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)], name="core")
    serving = keras.Model({"x": rows}, core(rows))
    serving.save(tmp_path / "model.keras")
    core.layers[0].kernel.assign_add(keras.ops.ones((2, 1)))

    with pytest.raises(ExportDiffers, match="weights"):
        verify_model(tmp_path / "model.keras", serving, core, {"x": tf.zeros((1, 2))})


@pytest.mark.parametrize(
    "columns",
    [["class", "größe (m²)", "2nd/floor", "core"], ["a b", "a-b", "a.b", "日本"]],
    ids=["keywords, signs, digits", "names that fall together"],
)
def test_any_column_name_can_be_an_input(tmp_path: Path, columns: list[str]) -> None:
    generator = np.random.default_rng(0)
    table = {name: generator.normal(size=40).round(3).tolist() for name in [*columns, "y"]}
    text = f"""
dataset: t
inputs: {{x: {{columns: {json.dumps(columns)}}}}}
targets: y
model: {{kind: sequential, layers: [Dense(1)]}}
compile: {{loss: mse}}
fit: {{epochs: 1}}
"""
    attempt = make_attempt(tmp_path / "run", text, {"t": write_table(tmp_path / "t.csv", table)})

    attempt.train()

    mapping = json.loads((attempt.artifacts / "inputs.json").read_text())
    assert [part["column"] for part in mapping["inputs"]] == columns
    assert all(part["tensor"].isidentifier() and part["tensor"].isascii() for part in mapping["inputs"])
