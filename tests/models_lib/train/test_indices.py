"""An Embedding that is too small for what its input was found to hold."""

from pathlib import Path

import pytest

from models_lib.data.faults import DataFault
from models_lib.export.rows import RowPredictor
from tests.models_lib.train.attempts import houses, make_attempt, write_table

SPEC = """
dataset: houses
inputs: {place: {column: place name, preprocess: StringLookup()}}
targets: {grade: {column: grade}}
model:
  kind: sequential
  layers: ['Embedding(ROWS, 2)', Flatten(), 'Dense(UNITS, activation="softmax")']
compile: {loss: sparse_categorical_crossentropy}
fit: {epochs: 1}
"""


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_table(tmp_path_factory.mktemp("data") / "houses.csv", houses(60))


def test_it_is_refused_before_the_first_step_with_the_size_that_is_needed(tmp_path: Path, table: Path) -> None:
    text = SPEC.replace("ROWS", "3").replace("UNITS", "3")
    attempt = make_attempt(tmp_path / "run", text, {"houses": table})

    with pytest.raises(DataFault, match="'place' gives 1 to 3: write input_dim=4") as refused:
        attempt.train()

    [fault] = refused.value.faults
    assert fault.pointer == "/model/layers/0"
    assert attempt.curves == []


def test_units_beyond_the_labels_stand_for_nothing(tmp_path: Path, table: Path) -> None:
    text = SPEC.replace("ROWS", "4").replace("UNITS", "7")
    attempt = make_attempt(tmp_path / "run", text, {"houses": table})
    attempt.train()

    [prediction] = RowPredictor(attempt.artifacts).predict([{"place name": "bay"}])

    assert list(prediction["probabilities"]) == ["low", "mid", "top"]
    assert prediction["label"] in ("low", "mid", "top")
