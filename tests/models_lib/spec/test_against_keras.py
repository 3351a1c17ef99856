"""What the spec says about Keras is what Keras does. The only tests of the spec that load it."""

from typing import Any

import keras
import numpy as np
import pytest

from models_lib.build.catalog_generator import render_catalog
from models_lib.spec.catalog import CATALOG_PATH, load_catalog
from models_lib.spec.monitors import expected_metrics
from models_lib.spec.names import snake_case

ROWS = 16


def test_generating_the_catalog_again_changes_nothing() -> None:
    assert render_catalog() == CATALOG_PATH.read_text(encoding="utf-8"), (
        "run python -m models_lib.build.catalog_generator"
    )


def _single() -> keras.Model:
    return keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, activation="sigmoid", name="dense_1")])


def _double() -> keras.Model:
    x = keras.Input((3,))
    outputs = [keras.layers.Dense(1, activation="sigmoid", name=name)(x) for name in ("main_output", "aux_output")]
    return keras.Model(x, outputs)


def _logged(model: keras.Model, **compiled: Any) -> set[str]:
    x = np.linspace(0, 1, ROWS * 3, dtype="float32").reshape(ROWS, 3)
    y = (np.arange(ROWS) % 2).astype("float32").reshape(ROWS, 1)
    outputs = len(model.outputs)
    model.compile(optimizer="sgd", **compiled)
    targets = y if outputs == 1 else [y] * outputs
    return set(model.fit(x, targets, validation_split=0.25, epochs=1, verbose=0).history)


METRICS = keras.metrics
SINGLE = [
    ({"loss": "mse"}, {"loss": "mse"}),
    (
        {"loss": "mse", "metrics": ["mae", "RootMeanSquaredError()", "MeanAbsoluteError()"]},
        {"loss": "mse", "metrics": ["mae", METRICS.RootMeanSquaredError(), METRICS.MeanAbsoluteError()]},
    ),
    (
        {"loss": "bce", "metrics": ["accuracy", "acc", "BinaryAccuracy", "AUC()"], "weighted_metrics": "accuracy"},
        {
            "loss": "bce",
            "metrics": ["accuracy", "acc", "BinaryAccuracy", METRICS.AUC(name="auc")],
            "weighted_metrics": ["accuracy"],
        },
    ),
    (
        {"loss": "bce", "metrics": ["Precision()", "Precision()", "F1Score(threshold=0.5)"]},
        {
            "loss": "bce",
            "metrics": [
                METRICS.Precision(name="precision"),
                METRICS.Precision(name="precision"),
                METRICS.F1Score(threshold=0.5),
            ],
        },
    ),
]
DOUBLE = [
    ({"loss": "mse"}, {"loss": "mse"}),
    (
        {
            "loss": {"main_output": "mse", "aux_output": "mae"},
            "metrics": {"aux_output": ["RootMeanSquaredError()", "mae"]},
            "weighted_metrics": {"aux_output": "mae", "main_output": ["mse"]},
        },
        {
            "loss": ["mse", "mae"],
            "metrics": {"aux_output": [METRICS.RootMeanSquaredError(), "mae"]},
            "weighted_metrics": {"aux_output": ["mae"], "main_output": ["mse"]},
        },
    ),
    (
        {"loss": "bce", "metrics": [["mae"], ["accuracy", "accuracy"]], "loss_weights": [0.9, 0.1]},
        {"loss": ["bce", "bce"], "metrics": [["mae"], ["accuracy", "accuracy"]], "loss_weights": [0.9, 0.1]},
    ),
]


@pytest.mark.parametrize(("written", "plain"), SINGLE)
def test_the_curves_of_one_output_are_those_that_fit_logs(desk, small, written, plain) -> None:
    small["compile"] = written
    assert set(expected_metrics(desk.resolve(small).spec)) == _logged(_single(), **plain)


@pytest.mark.parametrize(("written", "plain"), DOUBLE)
def test_the_curves_of_several_outputs_are_those_that_fit_logs(desk, california, written, plain) -> None:
    california["compile"] = written
    assert set(expected_metrics(desk.resolve(california).spec)) == _logged(_double(), **plain)


def test_layers_are_named_as_keras_names_them() -> None:
    from keras.src.utils.naming import to_snake_case

    names = load_catalog().names("layer")
    assert {name: snake_case(name) for name in names} == {name: to_snake_case(name) for name in names}


@pytest.mark.parametrize("family", ["loss", "activation", "constraint"])
def test_every_alias_is_what_keras_gets_by_it(family) -> None:
    catalog = load_catalog()
    module = keras.losses if family == "loss" else getattr(keras, f"{family}s")
    for alias in set(catalog.aliases(family)) - {"ce"}:
        got = module.get(alias)
        name = getattr(got, "__name__", type(got).__name__)
        assert catalog.canonical_name(family, name) == catalog.canonical_name(family, alias)


@pytest.mark.parametrize("family", ["optimizer", "schedule", "initializer", "regularizer", "constraint"])
def test_what_needs_no_argument_is_built_from_its_resolved_defaults(family) -> None:
    catalog = load_catalog()
    module = keras.optimizers.schedules if family == "schedule" else getattr(keras, f"{family}s")
    for name in catalog.names(family):
        entry = catalog.find(family, name)
        assert entry is not None
        if not any(argument.required for argument in entry.arguments.values()):
            defaults = {a.name: a.default for a in entry.arguments.values() if a.default is not None}
            getattr(module, name)(**defaults)
