"""A first spec for a table is sound, says what it decided, and reads like one that a person wrote."""

from typing import Any

import pytest

from models_lib.spec.dataset import Column, DatasetProfile
from models_lib.spec.faults import SpecRefused
from models_lib.spec.reading import read_document
from models_lib.spec.resolve import resolve_spec
from models_lib.spec.suggest import Suggestion, suggest_spec

from .conftest import PROFILE

TITANIC = DatasetProfile(
    format="csv",
    rows=891,
    columns=(
        Column(name="PassengerId", dtype="int64", unique=891, min=1, max=891),
        Column(name="Survived", dtype="int64", unique=2, min=0, max=1, top=[(0, 549), (1, 342)]),
        Column(name="Pclass", dtype="int64", unique=3, min=1, max=3, top=[(3, 491), (1, 216), (2, 184)]),
        Column(name="Name", dtype="string", unique=891),
        Column(name="Sex/性别", dtype="string", unique=2, top=[("male", 577), ("female", 314)]),
        Column(name="Age", dtype="float64", unique=88, missing=177, min=0.42, max=80.0),
        Column(name="Cabin", dtype="string", unique=147, missing=687),
        Column(name="Embarked", dtype="string", unique=3, missing=2, top=[("S", 644), ("C", 168), ("Q", 77)]),
        Column(name="alone", dtype="bool", unique=2, top=[(True, 537), (False, 354)]),
        Column(name="boarded", dtype="date", unique=3),
        Column(name="ship", dtype="string", unique=1),
        Column(name="evil\nmodel: x", dtype="float64", unique=80),
    ),
)


def _suggest(target: str, profile: DatasetProfile = TITANIC) -> Suggestion:
    suggestion = suggest_spec(profile, "titanic@2", target)
    assert not resolve_spec(suggestion.document, {"titanic@2": profile}).warnings
    assert read_document(suggestion.text) == suggestion.document
    return suggestion


@pytest.mark.parametrize(
    ("target", "loss", "last"),
    [
        ("Survived", "binary_crossentropy", 'Dense(1, activation="sigmoid")'),
        ("alone", "binary_crossentropy", 'Dense(1, activation="sigmoid")'),
        ("Sex/性别", "binary_crossentropy", 'Dense(1, activation="sigmoid")'),
        ("Embarked", "sparse_categorical_crossentropy", 'Dense(3, activation="softmax")'),
        ("Pclass", "sparse_categorical_crossentropy", 'Dense(3, activation="softmax")'),
        ("Age", "mse", "Dense(1)"),
    ],
)
def test_the_task_is_guessed_from_the_target(target: str, loss: str, last: str) -> None:
    document = _suggest(target).document
    assert document["compile"]["loss"] == loss
    assert document["model"]["layers"][-1] == last


def test_columns_that_cannot_help_are_left_out_and_named() -> None:
    suggestion = _suggest("Survived")
    used = str(suggestion.document["inputs"])
    for name in ("PassengerId", "Name", "Cabin", "boarded", "ship"):
        assert name not in used
        assert any(note.startswith(f"{name} is left out: ") for note in suggestion.notes)
        assert f"# {name} is left out" in suggestion.text


def test_gaps_are_filled_and_said() -> None:
    suggestion = _suggest("Survived")
    assert suggestion.document["inputs"]["numbers"]["missing"] == "median"
    assert suggestion.document["inputs"]["Embarked"]["missing"] == "most_frequent"
    assert "Gaps are filled with median values: 177 in Age." in suggestion.notes


def test_rows_without_a_target_are_left_out() -> None:
    suggestion = _suggest("Age")
    assert suggestion.document["targets"]["Age"] == {"column": "Age", "normalize": True, "missing": "drop"}
    assert "177 rows without Age are left out." in suggestion.notes


def test_a_column_keeps_its_name_and_its_input_gets_one_that_keras_takes() -> None:
    assert _suggest("Survived").document["inputs"]["Sex"]["column"] == "Sex/性别"
    assert _suggest("Sex/性别").document["targets"]["Sex"]["classes"] == ["female", "male"]


def test_classes_are_parted_evenly_where_there_are_enough() -> None:
    assert _suggest("Survived").document["split"] == {"validation": 0.2, "test": 0.1, "stratify": "Survived"}


def test_the_text_is_what_a_person_would_write() -> None:
    few = [column for column in PROFILE.columns if column.name not in ("longitude", "latitude", "population")]
    text = suggest_spec(PROFILE.model_copy(update={"columns": tuple(few)}), "california", "median_house_value").text
    assert (
        text
        == """\
# median_house_value is a number: regression.
# Gaps are filled with median values: 207 in total_bedrooms.
name: median_house_value from california
dataset: california
seed: 42
inputs:  # model input <- columns
  numbers:
    columns: [housing_median_age, total_rooms, total_bedrooms, households, median_income]
    missing: median  # gaps: 207 in total_bedrooms
    preprocess: Normalization()  # mean 0, deviation 1, learned from the training part
  ocean_proximity:
    column: ocean_proximity
    preprocess: StringLookup(output_mode="one_hot")
targets:  # model output <- column
  median_house_value:
    column: median_house_value
    normalize: true  # undone in the saved model: predictions come in the column's own units
split: {validation: 0.2, test: 0.1}
model:
  kind: sequential
  layers:
    - Dense(64, activation="relu")
    - Dense(64, activation="relu")
    - Dense(1)
compile:
  optimizer: Adam(1e-3)
  loss: mse
  metrics: [RootMeanSquaredError(), mae]
fit:
  epochs: 100
  batch_size: 32
  early_stopping: {patience: 10, restore_best_weights: true}  # stops when val_loss no longer falls
"""
    )


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("survived", "did you mean 'Survived'?"),
        ("ship", "it has one value only"),
        ("boarded", "it holds dates"),
        ("Name", "891 different labels in 891 rows"),
    ],
)
def test_a_target_that_cannot_be_learned_is_refused(target: str, words: str) -> None:
    with pytest.raises(SpecRefused, match=words.replace("?", r"\?")):
        suggest_spec(TITANIC, "titanic@2", target)


def test_a_table_with_nothing_to_learn_from_is_refused() -> None:
    columns: list[Any] = [Column(name="id", dtype="int64", unique=10, min=1, max=10), TITANIC.by_name["Survived"]]
    with pytest.raises(SpecRefused, match="no column is left to learn from: id is left out"):
        suggest_spec(DatasetProfile(format="csv", rows=10, columns=tuple(columns)), "t", "Survived")
