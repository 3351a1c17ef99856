"""The california example of the language, and a profile of its data set."""

from copy import deepcopy
from typing import Any

import pytest

from models_lib.spec.dataset import Column, DatasetProfile
from models_lib.spec.faults import Fault, SpecRefused
from models_lib.spec.reading import read_document
from models_lib.spec.resolve import Resolved, resolve_spec

CALIFORNIA = """
name: california wide & deep
dataset: california
seed: 42
inputs:
  wide_input: {columns: [longitude, latitude, housing_median_age, total_rooms, total_bedrooms], missing: median, preprocess: Normalization()}
  deep_input: {columns: [housing_median_age, total_rooms, total_bedrooms, population, households, median_income], missing: median, preprocess: Normalization()}
targets:
  main_output: {column: median_house_value, normalize: true}
  aux_output: {column: median_house_value, normalize: true}
split: {validation: 0.2, test: 0.1}
model:
  kind: functional
  layers:                              # in any order
    - {name: hidden1, layer: 'Dense(30, activation="relu")', inputs: deep_input}
    - {name: hidden2, layer: 'Dense(30, activation="relu")', inputs: hidden1}
    - {name: concat, layer: Concatenate(), inputs: [wide_input, hidden2]}
    - {name: main_output, layer: Dense(1), inputs: concat}
    - {name: aux_output, layer: Dense(1), inputs: hidden2}
  outputs: [main_output, aux_output]
compile:
  optimizer: SGD(0.01, clipnorm=1.0)
  loss: {main_output: mse, aux_output: mse}
  loss_weights: {main_output: 0.9, aux_output: 0.1}
  metrics: {main_output: [RootMeanSquaredError()]}
fit:
  epochs: 100
  batch_size: 32
  monitor: val_loss
  early_stopping: {patience: 10, restore_best_weights: true}
  checkpoint: {keep: best}
  callbacks: [ReduceLROnPlateau(patience=4)]
export: [keras]
"""  # noqa: E501

NUMBERS = (
    "longitude", "latitude", "housing_median_age", "total_rooms", "total_bedrooms", "population", "households",
    "median_income", "median_house_value",
)  # fmt: skip


def _california_profile() -> DatasetProfile:
    numbers = [
        Column(
            name=name, dtype="float64", missing=207 if name == "total_bedrooms" else 0, unique=5000, min=0.4999, max=9e5
        )
        for name in NUMBERS
    ]
    top = [("<1H OCEAN", 9136), ("INLAND", 6551), ("NEAR OCEAN", 2658), ("NEAR BAY", 2290), ("ISLAND", 5)]
    words = Column(name="ocean_proximity", dtype="string", unique=5, top=top)
    return DatasetProfile(format="csv", rows=20640, columns=(*numbers, words))


PROFILE = _california_profile()


class Desk:
    """Resolves documents against the profiles of a few data sets, and collects what is said about them."""

    def __init__(self, profiles: dict[str, DatasetProfile]) -> None:
        self.profiles = profiles

    def resolve(self, document: object, **options: Any) -> Resolved:
        return resolve_spec(document, self.profiles, **options)

    def faults(self, document: object, **options: Any) -> dict[str, Fault]:
        """The faults by pointer; empty where the document is fine."""
        try:
            self.resolve(document, **options)
        except SpecRefused as refused:
            return {fault.pointer: fault for fault in refused.faults}
        return {}

    def messages(self, document: object, **options: Any) -> dict[str, str]:
        return {pointer: fault.message for pointer, fault in self.faults(document, **options).items()}


@pytest.fixture
def california() -> dict[str, Any]:
    """The example of the language, as plain data that a test may change."""
    document = read_document(CALIFORNIA)
    assert isinstance(document, dict)
    return document


@pytest.fixture
def small() -> dict[str, Any]:
    """The least that a person writes: everything else is a default."""
    return deepcopy(
        {
            "dataset": "california",
            "inputs": {"x": {"columns": ["longitude", "latitude", "median_income"]}},
            "targets": "median_house_value",
            "model": {"kind": "sequential", "layers": ['Dense(8, activation="relu")', "Dense(1)"]},
            "compile": {"optimizer": "adam", "loss": "mse"},
        }
    )


@pytest.fixture
def desk() -> Desk:
    return Desk({"california": PROFILE})
