"""Every kind of data on its whole way: uploaded, looked at, trained on, predicted from raw rows."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from horngate.client.datasets import Dataset
from horngate.client.runs import Run
from horngate.errors import JobFailed, Refused
from tests.models_lib.data.photos import digit_files, write_zip
from tests.models_lib.train.attempts import write_table
from tests.models_lib.train.test_list_runs import visits, write_lines
from tests.models_lib.train.test_windows import waves
from tests.stack import Stack

QUICK = {"loss": "sparse_categorical_crossentropy", "optimizer": "Adam(0.01)", "metrics": ["accuracy"]}


def train(stack: Stack, spec: dict[str, Any]) -> Any:
    """The run, which has succeeded."""
    run = stack.remote.runs.create(spec)
    run.wait()
    assert run.about["status"] == "succeeded", run.about["failure"]
    return run


def test_a_folder_of_images_becomes_a_classifier_that_takes_image_files(stack: Stack, tmp_path: Path) -> None:
    files = digit_files(240, ("png", "jpeg"))
    dataset = stack.remote.datasets.add(write_zip(tmp_path / "digits.zip", files))
    run = train(
        stack,
        {
            "dataset": dataset.reference,
            "inputs": {"image": {"image": "image", "color_mode": "grayscale"}},
            "targets": "label",
            "model": {"kind": "sequential", "layers": ["Rescaling(1/255)", "Flatten()", 'Dense(3, "softmax")']},
            "compile": QUICK,
            "fit": {"epochs": 15, "tensorboard": False},
        },
    )

    assert dataset.preview(1)["rows"] == [["0/0000.png", "0"]]
    assert dataset.profile()["columns"][0]["top"] == [["8x8", 240]]
    shown = {name: base64.b64encode(files[name]).decode() for name in ("0/0000.png", "1/0001.jpeg", "2/0002.png")}
    served = run.predict([{"image": text} for text in shown.values()])
    assert [found["label"] for found in served] == ["0", "1", "2"]
    whole = predicted(run, dataset)
    assert agreeing([whole[sorted(files).index(name)] for name in shown], served)
    truth = [name[0] for name in sorted(files)]
    right = sum(found["label"] == label for found, label in zip(whole, truth, strict=True)) / len(truth)
    assert run.evaluate(dataset.reference)["accuracy"] == pytest.approx(right, abs=1e-6)


def test_texts_are_classified_by_words_that_the_model_keeps(stack: Stack, tmp_path: Path) -> None:
    good, bad = ("a fine day, 良い!", "so fine 🙂", "fine"), ("a dull day, 悪い", "dull and grey", "dull " * 400)
    texts = [*good, *bad] * 20
    table = {"text": texts, "mood": ["good" if "fine" in text else "bad" for text in texts]}
    dataset = stack.remote.datasets.add(write_table(tmp_path / "moods.csv", table))
    layers = ["Embedding(50, 8, mask_zero=True)", "GlobalAveragePooling1D()", 'Dense(2, "softmax")']
    vectorize = "TextVectorization(max_tokens=50, output_sequence_length=12)"
    run = train(
        stack,
        {
            "dataset": dataset.reference,
            "inputs": {"text": {"text": "text", "preprocess": vectorize}},
            "targets": "mood",
            "model": {"kind": "sequential", "layers": layers},
            "compile": QUICK,
            "fit": {"epochs": 25, "tensorboard": False},
        },
    )

    rows = [{"text": text} for text in ("what a fine 良い thing", "dull", "fine " * 5000)]
    assert [found["label"] for found in run.predict(rows)] == ["good", "bad", "good"]


def test_a_recurrent_model_takes_the_rows_of_a_window(stack: Stack, tmp_path: Path) -> None:
    dataset = stack.remote.datasets.add(write_table(tmp_path / "waves.csv", waves(120)))
    run = train(
        stack,
        {
            "dataset": dataset.reference,
            "inputs": {"now": {"columns": ["height", "wind"]}},
            "targets": "height",
            "windows": {"time": "hour", "by": "place", "sequence_length": 5},
            "model": {"kind": "sequential", "layers": ["LSTM(8)", "Dense(1)"]},
            "compile": {"loss": "mse", "optimizer": "Adam(0.02)"},
            "fit": {"epochs": 8, "tensorboard": False},
        },
    )

    (height,) = run.predict([[{"height": 0.1 * at, "wind": at % 3} for at in range(5)]])
    assert isinstance(height, float)
    table = waves(120)
    whole = predicted(run, dataset)
    here = [row for row, place in enumerate(table["place"]) if place == "bay"]
    rows = sorted(here, key=table["hour"].__getitem__)
    window = [{name: table[name][row] for name in ("height", "wind")} for row in rows[3:8]]
    assert [whole[row] is None for row in rows[:5]] == [True] * 4 + [False]
    assert [whole[rows[7]]] == pytest.approx(run.predict([window]), rel=1e-4)
    assert set(run.evaluate(dataset.reference)) == {"loss"}
    with pytest.raises(Refused) as refused:
        run.predict([[{"height": 0.1, "wind": 1}]])
    assert [fault.pointer for fault in refused.value.faults] == ["/instances/0"]


def test_lists_of_any_length_are_sequences_and_sets(stack: Stack, tmp_path: Path) -> None:
    dataset = stack.remote.datasets.add(write_lines(tmp_path / "visits.jsonl", visits()))
    layers = [
        {"name": "seen", "layer": "Embedding(10, 4, mask_zero=True)", "inputs": "pages"},
        {"name": "told", "layer": "LSTM(4)", "inputs": "seen"},
        {"name": "joined", "layer": "Concatenate()", "inputs": ["told", "tags"]},
        {"name": "bought", "layer": 'Dense(1, "sigmoid")', "inputs": "joined"},
    ]
    run = train(
        stack,
        {
            "dataset": dataset.reference,
            "inputs": {"pages": {"sequence": "pages"}, "tags": {"sparse": "tags"}},
            "targets": {"bought": "bought"},
            "model": {"kind": "functional", "layers": layers, "outputs": "bought"},
            "compile": {"loss": "binary_crossentropy", "optimizer": "Adam(0.05)"},
            "fit": {"epochs": 10, "tensorboard": False},
        },
    )

    rows = [{"pages": [1, 2], "tags": ["red", "new"]}, {"pages": [], "tags": []}]
    assert [found["label"] for found in run.predict(rows)] == ["yes", "no"]
    given = [json.loads(line) for line in (tmp_path / "visits.jsonl").read_text().splitlines()]
    whole = predicted(run, dataset)
    assert agreeing(whole[:3], run.predict([{name: row[name] for name in ("pages", "tags")} for row in given[:3]]))
    right = sum(found["label"] == row["bought"] for found, row in zip(whole, given, strict=True)) / len(given)
    assert right > 0.9
    words = stack.remote.datasets.add(write_table(tmp_path / "words.csv", {"pages": ["1;2"], "tags": [3]}))
    with pytest.raises(JobFailed, match="'pages' holds words, and the model takes lists"):
        run.predict_dataset(words.reference).wait()


def predicted(run: Run, dataset: Dataset) -> list[Any]:
    """What the run says of every row of a data set."""
    job = run.predict_dataset(dataset.reference).wait()
    found = list(job.predictions())
    assert len(found) == job.about["rows"] == dataset.about["rows"]
    return found


def agreeing(some: list[Any], others: list[Any]) -> bool:
    """Whether labels are equal, and probabilities but for the last digits."""
    return all(
        one["label"] == other["label"] and one["probabilities"] == pytest.approx(other["probabilities"], abs=1e-5)
        for one, other in zip(some, others, strict=True)
    )
