"""What losses are given, and how much each row counts."""

from typing import Any

import numpy as np
import pytest

from models_lib.data.faults import DataFault
from models_lib.data.read import Table
from models_lib.data.targets import ModelTarget, learn_target
from models_lib.data.weights import weigh_rows
from models_lib.spec.bindings import Target
from models_lib.spec.reading import read_document
from models_lib.spec.resolve import resolve_spec
from models_lib.spec.types import RunSpec

GRADES = Table(4, {"grade": np.array(["mid", "low", "top", "mid"], dtype=object)}, {})
PRICES = Table(4, {"price": np.array([10.0, 20.0, 30.0, np.nan])}, {"price": np.array([False, False, False, True])})


def _learn(table: Table, loss: str, width: int | None, **target: Any) -> ModelTarget:
    return learn_target("y", Target(**target), table, np.arange(3), loss=loss, width=width)


@pytest.mark.parametrize(
    ("loss", "width", "encoded"),
    [
        ("SparseCategoricalCrossentropy", 3, [1, 0, 2, 1]),
        ("CategoricalGeneralizedCrossEntropy", 3, [1, 0, 2, 1]),
        ("crossentropy", 3, [1, 0, 2, 1]),
        ("CategoricalCrossentropy", 3, [[0, 1, 0], [1, 0, 0], [0, 0, 1], [0, 1, 0]]),
        ("BinaryCrossentropy", 3, [[0, 1, 0], [1, 0, 0], [0, 0, 1], [0, 1, 0]]),
    ],
)
def test_labels_are_coded_as_the_loss_wants_them(loss: str, width: int, encoded: list[Any]) -> None:
    target = _learn(GRADES, loss, width, column="grade", classes="auto")

    assert target.labels == ("low", "mid", "top")
    assert target.encode(GRADES).tolist() == encoded


def test_two_labels_of_one_unit_are_zero_and_one() -> None:
    table = Table(3, {"sold": np.array(["yes", "no", "yes"], dtype=object)}, {})

    target = _learn(table, "BinaryCrossentropy", 1, column="sold", classes=("no", "yes"))

    assert target.encode(table).tolist() == [[1], [0], [1]]


def test_one_unit_for_three_labels_is_refused() -> None:
    with pytest.raises(DataFault, match="3 labels where it needs exactly two"):
        _learn(GRADES, "BinaryCrossentropy", 1, column="grade", classes="auto")


def test_rows_with_a_label_that_is_not_among_the_classes_are_counted() -> None:
    target = _learn(GRADES, "SparseCategoricalCrossentropy", 3, column="grade", classes=("low", "top"))

    with pytest.raises(DataFault, match="2 rows of 'grade' hold no known label") as refused:
        target.encode(GRADES)

    assert refused.value.faults[0].found == ["mid"]


def test_a_target_is_standardised_by_the_training_rows() -> None:
    target = _learn(PRICES, "MeanSquaredError", 1, column="price", normalize=True)

    assert (target.mean, round(target.deviation, 4)) == (20.0, 8.165)
    assert target.encode(PRICES)[:, 0].tolist() == pytest.approx([-1.2247449, 0, 1.2247449, -2.4494898])


def test_whole_numbers_of_a_sparse_loss_stay_whole() -> None:
    table = Table(3, {"digit": np.array([3, 0, 9])}, {})

    encoded = _learn(table, "SparseCategoricalCrossentropy", 10, column="digit").encode(table)

    assert (encoded.tolist(), encoded.dtype) == ([3, 0, 9], np.int64)


def _spec(**fit: Any) -> RunSpec:
    fields = "".join(f"\n  {name}: {value}" for name, value in fit.items())
    text = f"""
inputs: {{x: {{column: x}}}}
targets: {{y: {{column: y, classes: [cat, dog]}}}}
model: {{kind: sequential, layers: [{{name: y, layer: Dense(1)}}]}}
compile: {{loss: binary_crossentropy}}
fit:{fields or " {}"}
dataset: pets
"""
    return resolve_spec(read_document(text)).spec


PETS = Table(
    4,
    {"y": np.array(["cat", "dog", "", "dog"], dtype=object), "w": np.array([1.0, 2.0, 3.0, 4.0])},
    {"y": np.array([False, False, True, False])},
)
LEARNED = {"y": ModelTarget("y", "y", "zero_one", labels=("cat", "dog"))}


def test_sample_weights_class_weights_and_ignored_targets_multiply() -> None:
    spec = _spec(sample_weight="w", class_weight="{dog: 10}")

    assert weigh_rows(spec, LEARNED, PETS, training=True)["y"].tolist() == [1, 20, 0, 40]
    assert weigh_rows(spec, LEARNED, PETS, training=False)["y"].tolist() == [1, 2, 0, 4]


def test_rows_that_all_count_the_same_have_no_weights() -> None:
    whole = Table(2, {"y": np.array(["cat", "dog"], dtype=object)}, {})

    assert weigh_rows(_spec(), LEARNED, whole, training=True) == {}


def test_a_negative_weight_is_refused() -> None:
    table = Table(4, {**PETS.values, "w": np.array([1.0, -1.0, 1.0, -2.0])}, PETS.gaps)

    with pytest.raises(DataFault, match="2 rows of 'w' are no weight"):
        weigh_rows(_spec(sample_weight="w"), LEARNED, table, training=True)
