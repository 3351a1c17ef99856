"""Lists of any length: sequences that are padded, and sets that are marked."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models_lib.data.faults import DataFault
from models_lib.data.profile import profile_dataset
from models_lib.data.sequences import SequenceShape
from models_lib.export.instances import InstancesRefused
from models_lib.export.rows import RowPredictor
from models_lib.spec.faults import SpecRefused
from tests.models_lib.train.attempts import Attempt, make_attempt, write_table

SPEC = """
dataset: visits
inputs:
  pages: {sequence: pages, maxlen: 6, padding: post}
  words: {sequence: words}
  tags: {sparse: tags}
  shops: {sparse: shops}
  when: {column: hour}
targets: {bought: {column: bought}}
split: {validation: 0.2}
model:
  kind: functional
  layers:
    - {name: pages_seen, layer: 'Embedding(10, 4, mask_zero=True)', inputs: pages}
    - {name: pages_told, layer: LSTM(4), inputs: pages_seen}
    - {name: words_seen, layer: 'Embedding(10, 4, mask_zero=True)', inputs: words}
    - {name: words_told, layer: GlobalMaxPooling1D(), inputs: words_seen}
    - {name: joined, layer: Concatenate(), inputs: [pages_told, words_told, tags, shops, when]}
    - {name: bought, layer: 'Dense(1, activation="sigmoid")', inputs: joined}
  outputs: bought
compile: {optimizer: Adam(0.05), loss: binary_crossentropy, metrics: [accuracy]}
fit: {epochs: 10, tensorboard: false}
"""
ROW = {"pages": [1, 2], "words": "good shop", "tags": ["new", "red"], "shops": [7], "hour": 3}


def visits(count: int = 150) -> list[dict[str, Any]]:
    """Who sees a red thing buys it."""
    generator = np.random.default_rng(1)
    rows = []
    for at in range(count):
        tags = [tag for tag in ("new", "red", "öko") if generator.random() < 0.5]
        rows.append(
            {
                "pages": generator.integers(1, 10, at % 9).tolist(),
                "words": " ".join(["good", "bad", "shop"][: at % 4]),
                "tags": tags,
                "shops": [int(shop) for shop in generator.choice([7, 11, 13], at % 3, replace=False)],
                "hour": at % 24,
                "bought": "yes" if "red" in tags else "no",
            }
        )
    return rows


def write_lines(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    return path


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_lines(tmp_path_factory.mktemp("visits") / "visits.jsonl", visits())


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, lines: Path) -> Attempt:
    attempt = make_attempt(tmp_path_factory.mktemp("lists") / "run", SPEC, {"visits": lines})
    attempt.train()
    return attempt


def test_json_lines_are_a_table_with_columns_of_lists(lines: Path) -> None:
    profile = profile_dataset(lines, "visits.jsonl")

    pages, words, tags, shops, hour, bought = profile.columns
    assert (profile.format, profile.rows) == ("jsonl", 150)
    assert (pages.dtype, pages.longest, pages.min, pages.max) == ("list[int64]", 8, 1, 9)
    assert (tags.dtype, tags.unique, shops.dtype) == ("list[string]", 3, "list[int64]")
    assert (words.dtype, hour.dtype, bought.dtype) == ("string", "int64", "string")
    assert profile.head[3][0] == visits()[3]["pages"]


def test_one_json_list_of_objects_is_the_same_table(tmp_path: Path, lines: Path) -> None:
    path = tmp_path / "visits.json"
    path.write_text(json.dumps(visits()))

    assert profile_dataset(path, "visits.json").columns == profile_dataset(lines, "visits.jsonl").columns


def test_what_lists_leave_out_is_written_out_as_in_keras(trained: Attempt) -> None:
    inputs = trained.job.spec.inputs

    pages, words, tags, shops = (inputs[name] for name in ("pages", "words", "tags", "shops"))
    assert (pages.padding, pages.truncating, pages.value, pages.dtype) == ("post", "pre", 0, "int64")
    assert (words.delimiter, words.padding, words.value, words.dtype) == (" ", "pre", "", "string")
    assert [part.class_name for part in (tags.preprocess or ())] == ["StringLookup"]
    assert [part.class_name for part in (shops.preprocess or ())] == ["IntegerLookup"]
    assert (pages.preprocess, shops.dtype) == ((), "int64")


def test_a_model_learns_from_sequences_and_sets(trained: Attempt) -> None:
    assert trained.curves[-1][1]["val_accuracy"] > 0.9


def test_rows_bring_their_lists_at_any_length(trained: Attempt) -> None:
    predictor = RowPredictor(trained.artifacts)
    rows = [ROW, ROW | {"tags": ["new"]}, ROW | {"pages": [], "tags": [], "shops": [], "words": ""}]
    rows += [ROW | {"pages": list(range(1, 10)) * 3, "tags": ["unheard of", "red"], "shops": [7, 99]}]

    assert [found["label"] for found in predictor.predict(rows)] == ["yes", "no", "no", "yes"]


@pytest.mark.parametrize(
    ("column", "value"), [("pages", 3), ("pages", [1.5]), ("pages", ["a"]), ("tags", "new"), ("tags", None)]
)
def test_a_row_whose_list_is_none_is_refused_by_its_pointer(trained: Attempt, column: str, value: object) -> None:
    with pytest.raises(InstancesRefused) as refused:
        RowPredictor(trained.artifacts).predict([ROW | {column: value}])

    assert [fault.pointer for fault in refused.value.faults] == [f"/instances/0/{column}"]


def test_the_snippet_pads_as_training_did(trained: Attempt) -> None:
    ran = subprocess.run(
        [sys.executable, "load_model.py"], cwd=trained.artifacts, capture_output=True, text=True, check=False
    )

    assert ran.returncode == 0, ran.stderr


def test_a_table_may_hold_lists_as_words_between_delimiters(tmp_path: Path) -> None:
    rows = visits(60)
    table = {
        "pages": ["; ".join(map(str, row["pages"])) for row in rows],
        "bought": [row["bought"] for row in rows],
    }
    spec = """
dataset: visits
inputs: {pages: {sparse: pages, missing: ""}}
targets: bought
model: {kind: sequential, layers: ['Dense(1, activation="sigmoid")']}
compile: {loss: binary_crossentropy}
fit: {epochs: 1, tensorboard: false}
"""
    attempt = make_attempt(tmp_path / "run", spec, {"visits": write_table(tmp_path / "visits.csv", table)})
    attempt.train()

    assert (attempt.job.spec.inputs["pages"].delimiter, attempt.job.spec.inputs["pages"].dtype) == (";", "int64")
    one, same, none = RowPredictor(attempt.artifacts).predict([{"pages": "3; 4"}, {"pages": [4, 3]}, {"pages": None}])
    assert one == same
    assert one != none


def test_an_item_of_another_type_is_refused_by_column_found_and_expected() -> None:
    with pytest.raises(DataFault, match="'pages' holds lists of int64, and 'x' is no whole number"):
        SequenceShape("int64", delimiter=",").pad_column(["1,2", "1,x"], "pages")


@pytest.mark.parametrize(
    ("old", "new", "pointer"),
    [
        ("{sparse: tags}", "{column: tags}", "/inputs/tags/column"),
        ("{column: hour}", "{sequence: hour}", "/inputs/when/sequence"),
        ("{column: hour}", "{column: hour, maxlen: 3}", "/inputs/when/maxlen"),
        ("{sparse: tags}", "{sparse: tags, missing: mean}", "/inputs/tags/missing"),
        ("{sparse: tags}", "{sparse: tags, padding: post}", "/inputs/tags/padding"),
        ("{column: bought}", "{column: pages}", "/targets/bought"),
    ],
)
def test_a_list_that_is_bound_wrongly_is_refused_by_its_pointer(
    tmp_path: Path, lines: Path, old: str, new: str, pointer: str
) -> None:
    with pytest.raises(SpecRefused) as refused:
        make_attempt(tmp_path / "run", SPEC.replace(old, new), {"visits": lines})

    assert pointer in [fault.pointer for fault in refused.value.faults]
