"""Windows over time series, from a table of rows to a model that takes a list of them."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from models_lib.data.faults import DataFault
from models_lib.data.loading import LoadedRows, load_rows
from models_lib.data.profile import profile_dataset
from models_lib.export.instances import InstancesRefused
from models_lib.export.rows import RowPredictor
from models_lib.spec.faults import SpecRefused
from models_lib.spec.reading import read_document
from models_lib.spec.resolve import resolve_spec
from models_lib.train.preflight import fly
from tests.models_lib.train.attempts import Attempt, make_attempt, write_table

SPEC = """
dataset: waves
inputs: {now: {columns: [height, wind]}, place: {column: place}}
targets: {height: {column: height}}
windows: {time: hour, by: place, sequence_length: 6, sampling_rate: 2, sequence_stride: 1, horizon: 3}
split: {validation: 0.25}
model:
  kind: functional
  layers:
    - {name: joined, layer: Concatenate(), inputs: [now, place]}
    - {name: memory, layer: LSTM(12), inputs: joined}
    - {name: height, layer: Dense(1), inputs: memory}
  outputs: height
compile: {optimizer: Adam(0.01), loss: mse}
fit: {epochs: 12, tensorboard: false, batch_size: 16}
"""
REACH = 5 * 2 + 3


def waves(hours: int = 160) -> dict[str, list[Any]]:
    """Two places, each with a wave of its own, in no order of time."""
    rows = [(hour, place) for place in ("bay", "sea") for hour in range(hours)]
    rows = [rows[at] for at in np.random.default_rng(0).permutation(len(rows))]
    height = [np.sin(hour / (3 if place == "bay" else 5)) for hour, place in rows]
    return {
        "hour": [hour for hour, _ in rows],
        "place": [place for _, place in rows],
        "height": [round(float(value), 5) for value in height],
        "wind": [hour % 3 for hour, _ in rows],
    }


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_table(tmp_path_factory.mktemp("waves") / "waves.csv", waves())


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, table: Path) -> Attempt:
    attempt = make_attempt(tmp_path_factory.mktemp("windows") / "run", SPEC, {"waves": table})
    attempt.train()
    return attempt


def _load(folder: Path, table: Path, spec: str = SPEC) -> LoadedRows:
    job = make_attempt(folder / "run", spec, {"waves": table}).job
    return load_rows(job.spec, job.files_in(folder / "run"))


def test_no_window_straddles_a_part_or_a_series(tmp_path: Path, table: Path) -> None:
    loaded = _load(tmp_path, table)

    for part, cut in loaded.cuts.items():
        used = np.concatenate([cut.steps, cut.targets[:, None]], axis=1)
        hours, places = loaded.table.values["hour"][used], loaded.table.values["place"][used]
        assert set(used.ravel()) <= set(loaded.rows[part])
        assert (np.diff(hours) == [*[2] * 5, 3]).all()
        assert (places == places[:, :1]).all()
    last_trained = loaded.table.values["hour"][loaded.cuts["train"].targets].max()
    assert last_trained < loaded.table.values["hour"][loaded.rows["validation"]].min()
    assert len(loaded.cuts["train"].targets) == 2 * (120 - REACH)


def test_windows_are_those_of_keras_own_function(tmp_path: Path, table: Path) -> None:
    loaded = _load(tmp_path, table, SPEC.replace("{validation: 0.25}", "{validation: 0.25, group: place}"))
    series = loaded.table.values["height"][loaded.rows["train"]]
    series = series[np.argsort(loaded.table.values["hour"][loaded.rows["train"]])]

    theirs = keras.utils.timeseries_dataset_from_array(
        series[: -(REACH - 10)], series[REACH:], sequence_length=6, sampling_rate=2, batch_size=len(series)
    )

    windows, targets = (np.asarray(part) for part in next(iter(theirs)))
    cut = loaded.cuts["train"]
    assert np.array_equal(loaded.table.values["height"][cut.steps], windows)
    assert np.array_equal(loaded.table.values["height"][cut.targets], targets)


def test_a_recurrent_model_learns_from_windows(trained: Attempt) -> None:
    assert trained.curves[-1][1]["val_loss"] < 0.15
    assert trained.of_kind("summary")[0]["summary"]["layers"][-1]["output_shape"] == [None, 1]


def test_a_series_own_past_is_no_answer_that_could_be_copied(table: Path) -> None:
    document, profile = read_document(SPEC), profile_dataset(table, table.name)
    assert resolve_spec(document, {"waves": profile}).warnings == ()

    [warning] = resolve_spec(read_document(SPEC.replace("horizon: 3", "horizon: 0")), {"waves": profile}).warnings
    assert "'height' is an input and a target" in warning.message


def test_a_preflight_flies_over_windows(tmp_path: Path, table: Path) -> None:
    """With epochs of so many batches, which it leaves out."""
    spec = SPEC.replace("epochs: 12", "epochs: 12, steps_per_epoch: 3, validation_steps: 1")
    attempt = make_attempt(tmp_path / "run", spec, {"waves": table})

    flight = fly(attempt.job, attempt.folder)

    assert flight.warnings == []
    assert flight.estimate["steps"] == 3


def _rows(hours: Any, place: str = "bay") -> list[dict[str, Any]]:
    return [{"height": float(np.sin(hour / 3)), "wind": hour % 3, "place": place} for hour in hours]


def test_an_instance_is_the_list_of_a_windows_rows(trained: Attempt) -> None:
    predictor = RowPredictor(trained.artifacts)

    steps, stretch = predictor.predict([_rows(range(200, 212, 2)), _rows(range(200, 211))])

    assert steps == stretch
    assert steps == pytest.approx(np.sin(213 / 3), abs=0.6)


@pytest.mark.parametrize(
    ("instance", "pointer"),
    [
        (_rows(range(4)), "/instances/0"),
        (_rows(range(1))[0], "/instances/0"),
        ([*_rows(range(5)), {"height": "high", "wind": 1, "place": "bay"}], "/instances/0/5/height"),
    ],
)
def test_rows_that_make_no_window_are_refused_by_their_pointer(trained: Attempt, instance: Any, pointer: str) -> None:
    with pytest.raises(InstancesRefused) as refused:
        RowPredictor(trained.artifacts).predict([instance])

    assert [fault.pointer for fault in refused.value.faults] == [pointer]


def test_the_snippet_predicts_a_window_in_plain_keras(trained: Attempt) -> None:
    ran = subprocess.run(
        [sys.executable, "load_model.py"], cwd=trained.artifacts, capture_output=True, text=True, check=False
    )

    assert ran.returncode == 0, ran.stderr


def test_a_part_too_short_for_a_window_is_refused(tmp_path: Path, table: Path) -> None:
    with pytest.raises(DataFault, match="has no stretch of 14 rows") as refused:
        _load(tmp_path, table, SPEC.replace("validation: 0.25", "validation: 0.05"))

    assert refused.value.faults[0].pointer == "/windows"


@pytest.mark.parametrize(
    ("old", "new", "pointer"),
    [
        ("time: hour", "time: our", "/windows/time"),
        ("time: hour", "time: place", "/windows/time"),
        ("sequence_length: 6", "sequence_length: 500", "/windows/sequence_length"),
        ("sequence_length: 6, ", "", "/windows/sequence_length"),
        ("{validation: 0.25}", "{validation: 0.25, stratify: place}", "/split/stratify"),
        ("{column: place}", "{column: place, missing: drop}", "/inputs/place/missing"),
    ],
)
def test_windows_that_cannot_be_cut_are_refused_by_their_pointer(
    tmp_path: Path, table: Path, old: str, new: str, pointer: str
) -> None:
    with pytest.raises(SpecRefused) as refused:
        make_attempt(tmp_path / "run", SPEC.replace(old, new), {"waves": table})

    assert pointer in [fault.pointer for fault in refused.value.faults]


def test_windows_written_in_an_input_cut_the_whole_run(tmp_path: Path, table: Path) -> None:
    inside = """
dataset: waves
inputs: {now: {columns: [height, wind], windows: {time: hour, sequence_length: 4}}}
targets: height
model: {kind: sequential, layers: [Flatten(), Dense(1)]}
compile: {loss: mse}
"""
    spec = make_attempt(tmp_path / "run", inside, {"waves": table}).job.spec

    assert spec.windows is not None
    assert (spec.windows.sequence_length, spec.windows.horizon, spec.split.time) == (4, 1, "hour")
