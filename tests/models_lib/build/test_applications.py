"""Every model of `keras.applications`, by name and by its config, has the parameters that Keras gives it."""

import math
import os
import random
from typing import Any

import keras
import pytest

from models_lib.build.check import check_model
from models_lib.build.weightless import without_weights
from models_lib.spec.catalog import load_catalog
from models_lib.spec.dataset import Column, DatasetProfile
from models_lib.spec.resolve import resolve_spec

NAMES = load_catalog().names("application")
EXAMINED = NAMES if os.environ.get("HORNGATE_SWEEP") == "all" else random.Random(11).sample(NAMES, 5)

OPEN_SIZE = 224


def judged(model: dict[str, Any], shape: tuple[int, ...]) -> dict[str, Any]:
    """The summary of Keras' judgement over pictures of this shape."""
    pictures = Column(name="pictures", dtype="uint8", shape=shape, min=0, max=255)
    label = Column(name="label", dtype="int64", min=0, max=9, unique=10)
    profile = DatasetProfile(format="npz", rows=100, columns=(pictures, label))
    document = {
        "dataset": "d",
        "inputs": {"pictures": {"array": "pictures", "preprocess": None}},
        "targets": "label",
        "model": model,
        "compile": {"loss": "sparse_categorical_crossentropy"},
    }
    checked = check_model(resolve_spec(document, {"d": profile}).spec, {"d": profile})
    assert checked.faults == ()
    assert checked.summary is not None
    return checked.summary


def test_every_function_of_keras_applications_is_in_the_catalog() -> None:
    made = {name for name, value in vars(keras.applications).items() if callable(value)}

    assert made == set(NAMES)


@pytest.mark.parametrize("name", EXAMINED)
def test_an_application_has_as_many_parameters_as_keras_says_by_name_and_by_config(name: str) -> None:
    with without_weights():
        model = getattr(keras.applications, name)(weights=None)
    shape = tuple(size or OPEN_SIZE for size in model.input_shape[1:])
    wanted = {"parameters": model.count_params(), "trainable_parameters": _count(model.trainable_weights)}

    by_name = judged({"kind": "application", "class_name": name, "config": {}}, shape)
    by_config = judged({"kind": "keras", "config": model.to_json()}, shape)

    assert {key: by_name[key] for key in wanted} == wanted
    assert {key: by_config[key] for key in wanted} == wanted


def _count(weights: list[Any]) -> int:
    return sum(math.prod(weight.shape) for weight in weights)
