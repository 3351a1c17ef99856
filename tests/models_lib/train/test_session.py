"""One attempt from its folder to its artifacts."""

import json
import re
import time
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from sklearn import datasets

from models_lib.data.faults import DataFault
from models_lib.export.rows import RowPredictor
from models_lib.train.failures import NonFinite
from models_lib.train.job import read_job
from models_lib.train.recording import epoch_line
from tests.models_lib.train.attempts import houses, make_attempt, write_table

SPEC = """
dataset: houses
inputs: {numbers: {columns: [rooms, age], missing: median}}
targets: {price: {column: price, normalize: true}}
split: {validation: 0.2, test: 0.1}
model: {kind: sequential, layers: ['Dense(8, activation="relu")', {name: price, layer: Dense(1)}]}
compile: {optimizer: 'Adam(0.05)', loss: mse, metrics: [RootMeanSquaredError()]}
fit: {epochs: 3}
"""


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_table(tmp_path_factory.mktemp("data") / "houses.csv", houses(200))


def test_a_run_goes_through_its_phases_and_leaves_its_files(tmp_path: Path, table: Path) -> None:
    attempt = make_attempt(tmp_path / "run", SPEC, {"houses": table})

    outcome = attempt.train()

    assert outcome.ended_by == "completed"
    assert [report["phase"] for report in attempt.of_kind("phase")] == [
        "preparing",
        "building",
        "training",
        "evaluating",
        "exporting",
    ]
    assert {report["path"] for report in attempt.of_kind("artifact")} == {
        "model.keras",
        "inputs.json",
        "load_model.py",
        "history.json",
        "exports.json",
        "evaluation.json",
        "preprocessing.json",
        "eject/train.py",
        "eject/requirements.txt",
        "eject/data.json",
        "spec.yaml",
    }
    history = json.loads((attempt.artifacts / "history.json").read_text())
    assert history["epoch"] == [1, 2, 3]
    assert [metrics["val_loss"] for _, metrics in attempt.curves] == history["val_loss"]
    [summary] = attempt.of_kind("summary")
    assert [layer["class"] for layer in summary["summary"]["layers"]] == ["InputLayer", "Dense", "Dense"]
    assert summary["summary"]["parameters"] == 2 * 8 + 8 + 8 + 1
    # Every report is plain JSON.
    assert json.loads(json.dumps(attempt.reports, allow_nan=False)) == attempt.reports


def test_the_log_has_a_line_for_each_epoch(tmp_path: Path, table: Path, capfd: pytest.CaptureFixture[str]) -> None:
    attempt = make_attempt(tmp_path / "run", SPEC, {"houses": table})

    attempt.train()

    lines = [line for line in capfd.readouterr().out.splitlines() if line.startswith("Epoch ")]
    assert [line.split(" - ")[0] for line in lines] == ["Epoch 1/3", "Epoch 2/3", "Epoch 3/3"]
    _, last = attempt.curves[-1]
    assert re.fullmatch(r"Epoch 3/3 - \d+\.\ds - " + " - ".join(f"{n}: {v:.4f}" for n, v in last.items()), lines[-1])


@pytest.mark.parametrize(
    ("value", "shown"), [(0.35, "0.3500"), (2e-5, "2.0000e-05"), (0.0, "0.0000"), (-3.0, "-3.0000")]
)
def test_small_numbers_have_an_exponent_in_the_log(value: float, shown: str) -> None:
    assert epoch_line(3, 100, 1.32, {"loss": value}) == f"Epoch 3/100 - 1.3s - loss: {shown}"


def test_a_job_is_read_back_as_it_was_written(tmp_path: Path, table: Path) -> None:
    job = make_attempt(tmp_path / "run", SPEC, {"houses": table}).job
    path = tmp_path / "job.json"
    path.write_text(json.dumps(job.model_dump(mode="json")))

    assert read_job(path) == job


def test_scores_are_kept_apart_and_the_restored_weights_are_the_best_ones(tmp_path: Path, table: Path) -> None:
    text = SPEC.replace("Adam(0.05)", "Adam(0.3)").replace(
        "epochs: 3", "epochs: 60, early_stopping: {patience: 3, restore_best_weights: true}"
    )
    attempt = make_attempt(tmp_path / "run", text, {"houses": table})

    outcome = attempt.train()

    scores = attempt.of_kind("scores")[-1]
    losses = [metrics["val_loss"] for _, metrics in attempt.curves]
    best = int(np.argmin(losses))
    assert outcome.ended_by == "early_stopping"
    assert len(losses) == best + 1 + 3
    assert (scores["best"]["epoch"], scores["last"]["epoch"]) == (best + 1, len(losses))
    assert scores["restored"]["epoch"] == best + 1
    assert scores["restored"]["metrics"]["val_loss"] == scores["best"]["metrics"]["val_loss"]
    assert set(scores["test"]["metrics"]) == {"loss", "root_mean_squared_error"}


def test_a_wish_to_stop_ends_the_run_and_keeps_its_work(tmp_path: Path, table: Path) -> None:
    attempt = make_attempt(tmp_path / "run", SPEC.replace("epochs: 3", "epochs: 1000"), {"houses": table})

    outcome = attempt.train(should_stop=lambda: len(attempt.curves) >= 2)

    assert outcome.ended_by == "stop"
    assert len(attempt.curves) == 3
    assert (attempt.artifacts / "model.keras").exists()


def test_a_loss_that_is_no_number_fails_at_its_batch(tmp_path: Path, table: Path) -> None:
    text = SPEC.replace("Adam(0.05)", "SGD(1e30)").replace("epochs: 3", "epochs: 3, batch_size: 8")
    attempt = make_attempt(tmp_path / "run", text, {"houses": table})

    with pytest.raises(NonFinite, match="in epoch 1, batch") as failed:
        attempt.train()

    assert 1 < failed.value.batch <= 140 // 8
    assert attempt.of_kind("checkpoint") == []


def test_gaps_that_nobody_spoke_of_are_refused_with_count_and_column(tmp_path: Path, table: Path) -> None:
    attempt = make_attempt(tmp_path / "run", SPEC, {"houses": table})
    spec = attempt.job.spec
    inputs = {"numbers": spec.inputs["numbers"].model_copy(update={"missing": None})}
    attempt.job = attempt.job.model_copy(update={"spec": spec.model_copy(update={"inputs": inputs})})

    with pytest.raises(DataFault, match="Column 'age' has no value in 20 of 200 rows") as refused:
        attempt.train()

    [fault] = refused.value.faults
    assert (fault.pointer, fault.found) == ("/inputs/numbers/missing", 20)


def test_progress_is_reported_at_once_then_at_most_ten_times_a_second_and_at_the_end(
    tmp_path: Path, table: Path
) -> None:
    attempt = make_attempt(tmp_path / "run", SPEC.replace("epochs: 3", "epochs: 40, batch_size: 4"), {"houses": table})
    began = time.monotonic()

    attempt.train()
    seconds = time.monotonic() - began

    first, *rest = attempt.of_kind("progress")
    assert (first["epoch"], first["step"], first["steps"], first["epochs"]) == (1, 1, 35, 40)
    assert rest
    assert len(rest) <= seconds / 0.1 + 1  # with the one at the end
    assert (rest[-1]["epoch"], rest[-1]["step"]) == (40, 35)
    assert rest[-1]["eta_seconds"] >= 0


def test_gpus_that_tensorflow_does_not_see_are_told(
    tmp_path: Path, table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No test machine has the GPU of this number."""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "7")
    attempt = make_attempt(tmp_path / "run", SPEC.replace("epochs: 3", "epochs: 1"), {"houses": table})

    attempt.train()

    (warned,) = attempt.of_kind("warning")
    assert (warned["pointer"], warned["code"]) == ("/resources/gpus", "gpus_not_seen")


def test_tensorboard_has_curves_histograms_and_the_graph(tmp_path: Path, table: Path) -> None:
    text = SPEC.replace("epochs: 3", "epochs: 2")
    attempt = make_attempt(tmp_path / "run", text, {"houses": table})

    attempt.train()

    told = {part: _told(attempt.folder / "out" / "tensorboard" / part) for part in ("train", "validation")}
    tags = {part: set(about["tensors"]) for part, about in told.items()}
    assert {"epoch_loss", "epoch_root_mean_squared_error", "epoch_learning_rate", "keras"} <= tags["train"]
    assert {"dense/kernel/histogram", "price/bias/histogram"} <= tags["train"]
    assert {"epoch_loss", "epoch_root_mean_squared_error"} <= tags["validation"]
    assert told["train"]["graph"]


def _told(folder: Path) -> dict[str, Any]:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(folder), size_guidance={"tensors": 0})
    events.Reload()
    return dict(events.Tags())


def test_two_inputs_two_outputs_and_weights_train_together(tmp_path: Path, table: Path) -> None:
    text = """
dataset: houses
inputs:
  numbers: {columns: [rooms, age], missing: median}
  place: {column: place name}
targets: {price: {column: price, normalize: true}, grade: {column: grade}}
model:
  kind: functional
  layers:
    - {name: shared, layer: 'Dense(6, activation="relu")', inputs: [[numbers], [narrow]]}
    - {name: narrow, layer: Dense(2), inputs: place}
    - {name: joined, layer: Concatenate(), inputs: [shared, shared@2]}
    - {name: price, layer: Dense(1), inputs: joined}
    - {name: grade, layer: 'Dense(3, activation="softmax")', inputs: joined}
  outputs: [price, grade]
compile:
  optimizer: Adam(0.02)
  loss: {price: mse, grade: sparse_categorical_crossentropy}
  loss_weights: {price: 0.5}
  metrics: {grade: accuracy}
fit: {epochs: 3, sample_weight: rooms, class_weight: {grade: {top: 3}}, monitor: val_grade_accuracy}
"""
    attempt = make_attempt(tmp_path / "run", text, {"houses": table})

    attempt.train()

    _, metrics = attempt.curves[-1]
    assert {"loss", "price_loss", "grade_loss", "grade_accuracy", "val_grade_accuracy"} <= set(metrics)
    accuracies = [metrics["val_grade_accuracy"] for _, metrics in attempt.curves]
    assert attempt.of_kind("scores")[-1]["best"]["epoch"] == int(np.argmax(accuracies)) + 1


def test_images_of_an_npz_file_train_a_convolution(tmp_path: Path) -> None:
    digits = datasets.load_digits()
    path = tmp_path / "digits.npz"
    np.savez(path, images=digits.images[:300, :, :, None].astype("uint8"), digit=digits.target[:300])
    text = """
dataset: digits
inputs: {images: {array: images, preprocess: Rescaling(1/16)}}
targets: {digit: {array: digit}}
model:
  kind: sequential
  layers: ['Conv2D(8, 3, activation="relu")', Flatten(), {name: digit, layer: 'Dense(10, activation="softmax")'}]
compile: {optimizer: Adam(0.01), loss: sparse_categorical_crossentropy, metrics: [accuracy]}
fit: {epochs: 3}
"""
    attempt = make_attempt(tmp_path / "run", text, {"digits": path})

    attempt.train()

    assert attempt.curves[-1][1]["accuracy"] > attempt.curves[0][1]["accuracy"]


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16", "bfloat16"])
def test_a_policy_holds_for_the_core_alone_and_is_gone_afterwards(tmp_path: Path, table: Path, policy: str) -> None:
    text = SPEC.replace("loss: mse", f"loss: mse, dtype_policy: {policy}")
    attempt = make_attempt(tmp_path / "run", text, {"houses": table})

    attempt.train()

    model = keras.models.load_model(attempt.artifacts / "model.keras")
    assert model.get_layer("core").get_layer("price").dtype_policy.name == policy
    assert model.get_layer("numbers.prepare_0").dtype_policy.name == "float32"
    assert keras.config.dtype_policy().name == "float32"


def test_a_validation_set_of_its_own_validates(tmp_path: Path, table: Path) -> None:
    later = write_table(tmp_path / "later.csv", houses(50, seed=9))
    text = SPEC.replace("{validation: 0.2, test: 0.1}", "{validation_dataset: later, test_dataset: later}")
    attempt = make_attempt(tmp_path / "run", text, {"houses": table, "later": later})

    attempt.train()

    scores: dict[str, Any] = attempt.of_kind("scores")[-1]
    validated = {
        name.removeprefix("val_"): value for name, value in scores["last"]["metrics"].items() if "val_" in name
    }
    assert validated == scores["test"]["metrics"]


@pytest.mark.parametrize(
    ("there", "here"),
    [
        ("loss: mse", "loss: mse, steps_per_execution: 3"),
        ("loss: mse", "loss: mse, run_eagerly: true"),
        ("loss: mse", "loss: mse, loss_weights: 0.5"),
        ("epochs: 3", "epochs: 3, validation_freq: 2, shuffle: false"),
        ("{columns: [rooms, age], missing: median}", "{columns: [rooms, age], missing: drop}"),
        ("{columns: [rooms, age], missing: median}", "{column: place name, preprocess: TextVectorization()}"),
        (
            "{columns: [rooms, age], missing: median}",
            "{column: place name, preprocess: 'TextVectorization(output_mode=\"tf_idf\")'}",
        ),
        ("{columns: [rooms, age], missing: median}", "{column: rooms, preprocess: IntegerLookup()}"),
        (
            "{columns: [rooms, age], missing: median}",
            "{columns: [rooms, age], missing: 5, preprocess: [Normalization(), Discretization(num_bins=4)]}",
        ),
        ("{validation: 0.2, test: 0.1}", "{validation: 0}"),
        ("{validation: 0.2, test: 0.1}", "{validation: 0.2, stratify: grade}"),
    ],
)
def test_what_a_spec_may_say_trains_and_predicts(tmp_path: Path, table: Path, there: str, here: str) -> None:
    assert there in SPEC
    attempt = make_attempt(tmp_path / "run", SPEC.replace(there, here), {"houses": table})

    attempt.train()
    [price] = RowPredictor(attempt.artifacts).predict([_row(attempt.artifacts)])

    assert len(attempt.curves) == 3
    assert 0 < price < 1_000_000


def _row(artifacts: Path) -> dict[str, Any]:
    row = {"rooms": 3, "age": 4.5, "place name": "bay"}
    mapping = json.loads((artifacts / "inputs.json").read_text())
    return {part["column"]: row[part["column"]] for part in mapping["inputs"]}


def test_averaged_weights_may_be_swapped_in(tmp_path: Path, table: Path) -> None:
    text = SPEC.replace("Adam(0.05)", "Adam(0.05, use_ema=True)").replace(
        "epochs: 3", "epochs: 3, callbacks: [SwapEMAWeights(swap_on_epoch=True), TerminateOnNaN()]"
    )
    attempt = make_attempt(tmp_path / "run", text, {"houses": table})

    assert attempt.train().ended_by == "completed"


def test_early_stopping_knows_the_direction_of_an_outputs_curve(tmp_path: Path, table: Path) -> None:
    text = SPEC.replace("{price: {column: price, normalize: true}}", "{price: price, grade: grade}").replace(
        "model: {kind: sequential, layers: ['Dense(8, activation=\"relu\")', {name: price, layer: Dense(1)}]}",
        """model:
  kind: functional
  layers:
    - {name: price, layer: Dense(1), inputs: numbers}
    - {name: grade, layer: 'Dense(3, activation="softmax")', inputs: numbers}
  outputs: [price, grade]""",
    )
    text = text.replace("loss: mse", "loss: {price: mse, grade: sparse_categorical_crossentropy}")
    text = text.replace("metrics: [RootMeanSquaredError()]", "metrics: {grade: accuracy}")
    text = text.replace("epochs: 3", "epochs: 4, early_stopping: {monitor: val_grade_accuracy, patience: 2}")
    attempt = make_attempt(tmp_path / "run", text, {"houses": table})

    assert attempt.train().ended_by in ("completed", "early_stopping")
