"""What is kept of the answers to the rows that were held back."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn import metrics

from models_lib.train import judging
from models_lib.train.judged import judge_classes, judge_numbers
from tests.models_lib.train.attempts import houses, make_attempt, write_table

SPEC = """
dataset: houses
inputs: {{numbers: {{columns: [rooms, age], missing: median}}}}
targets: {targets}
split: {{validation: 0.2, test: 0.2}}
model:
  kind: functional
  layers:
    - {{name: hidden, layer: 'Dense(8, activation="relu")', inputs: numbers}}
    - {{name: price, layer: Dense(1), inputs: hidden}}
    - {{name: grade, layer: Dense(3), inputs: hidden}}
    - {{name: sold, layer: 'Dense(1, activation="sigmoid")', inputs: hidden}}
  outputs: [price, grade, sold]
compile:
  optimizer: Adam(0.05)
  loss: {{price: mse, grade: 'SparseCategoricalCrossentropy(from_logits=True)', sold: binary_crossentropy}}
fit: {{epochs: 4}}
"""
TARGETS = """{price: {column: price, normalize: true}, grade: {column: grade, classes: auto},
  sold: {column: sold, classes: auto}}"""


@pytest.fixture(scope="module")
def evaluation(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("judged")
    table = write_table(folder / "houses.csv", houses(200))
    attempt = make_attempt(folder / "run", SPEC.format(targets=TARGETS), {"houses": table})
    attempt.train()
    return dict(json.loads((attempt.artifacts / "evaluation.json").read_text()))


def test_every_target_is_judged_over_the_test_part(evaluation: dict[str, Any]) -> None:
    assert (evaluation["part"], evaluation["rows"], evaluation["total"]) == ("test", 40, 40)
    price, grade, sold = (evaluation["outputs"][name] for name in ("price", "grade", "sold"))

    assert (price["column"], sum(price["residuals"]["counts"])) == ("price", 40)
    assert all(50_000 < truth < 500_000 for truth, _ in price["points"]), "in the column's own units"
    assert grade["labels"] == ["low", "mid", "top"]
    assert np.sum(grade["confusion"]) == 40
    assert "roc" not in grade
    assert [sold["roc"][0], sold["roc"][-1]] == [[0, 0], [1, 1]]


def test_the_worst_rows_come_with_what_stands_in_them(evaluation: dict[str, Any]) -> None:
    worst = evaluation["outputs"]["price"]["worst"]

    assert [row["off"] for row in worst] == sorted((row["off"] for row in worst), reverse=True)
    assert set(worst[0]["values"]) >= {"rooms", "age", "price"}
    assert worst[0]["values"]["price"] == pytest.approx(worst[0]["truth"], rel=1e-5)
    assert {row["answer"] for row in evaluation["outputs"]["sold"]["worst"]} <= {"no", "yes"}


def test_when_the_time_is_over_the_rest_is_left_and_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judging, "SECONDS", 0.0)
    table = write_table(tmp_path / "houses.csv", houses(400))
    attempt = make_attempt(tmp_path / "run", SPEC.format(targets=TARGETS), {"houses": table})
    attempt.train()
    found = json.loads((attempt.artifacts / "evaluation.json").read_text())
    assert (found["rows"], found["total"]) == (32, 80)


def test_areas_are_scikit_learns() -> None:
    generator = np.random.default_rng(3)
    truth = generator.integers(0, 2, 500)
    share = np.round(np.clip(truth * 0.3 + generator.uniform(0, 0.7, 500), 0, 1), 2)  # with ties

    judged = judge_classes(truth, np.stack([1 - share, share], axis=1), ("no", "yes"))

    assert judged["roc_auc"] == pytest.approx(metrics.roc_auc_score(truth, share))
    assert judged["average_precision"] == pytest.approx(metrics.average_precision_score(truth, share))
    assert judged["confusion"] == metrics.confusion_matrix(truth, share > 0.5).tolist()


def test_numbers_are_judged_as_scikit_learn_does_and_many_classes_by_their_pairs() -> None:
    generator = np.random.default_rng(3)
    truth = generator.normal(size=1000)
    judged = judge_numbers(truth, truth + 0.1)
    assert judged["r2"] == pytest.approx(metrics.r2_score(truth, truth + 0.1))
    assert judged["bias"] == pytest.approx(0.1)
    assert len(judged["points"]) == 400

    places = np.arange(50)
    shares = np.roll(np.eye(50), 1, axis=1)
    many = judge_classes(places, shares, tuple(range(50)))
    assert "confusion" not in many
    assert len(many["confused"]) == 20
