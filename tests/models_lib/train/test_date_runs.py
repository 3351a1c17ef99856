"""Dates as inputs: numbers made of ISO text inside the saved model, which plain Keras loads."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from models_lib.data.dates import DateParts, iso_texts
from models_lib.data.faults import DataFault
from models_lib.export.instances import InstancesRefused
from models_lib.export.rows import RowPredictor
from models_lib.spec.faults import SpecRefused
from tests.models_lib.train.attempts import Attempt, make_attempt, write_table

SPEC = """
dataset: sales
inputs:
  when: {date: opened, parts: [days, weekday, weekly], missing: "2024-02-29"}
  at: {date: sold at}
  size: {column: size}
targets: price
model: {kind: functional, layers: [
  {name: all, layer: Concatenate(), inputs: [when, at, size]},
  {name: price, layer: Dense(1), inputs: all}], outputs: price}
compile: {optimizer: Adam(0.05), loss: mse}
fit: {epochs: 2, tensorboard: false}
"""
START = datetime.fromisoformat("2023-12-20T08:15")


def sales() -> dict[str, list[Any]]:
    times = [START + timedelta(hours=7 * n) for n in range(120)]
    return {
        "opened": [None if n % 11 == 5 else time.date().isoformat() for n, time in enumerate(times)],
        "sold at": [time.isoformat(sep=" ") for time in times],
        "size": [n % 9 for n in range(120)],
        "price": [time.weekday() * 2.0 + time.hour for time in times],
    }


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Attempt:
    folder = tmp_path_factory.mktemp("dates")
    attempt = make_attempt(folder / "run", SPEC, {"sales": write_table(folder / "sales.csv", sales())})
    attempt.train()
    return attempt


def test_every_part_is_what_the_calendar_says() -> None:
    random = np.random.default_rng(3)
    seconds = random.integers(-62_135_596_800, 253_402_300_799, 500)
    moments = np.array([0, 951_782_400, 4_107_542_400, *seconds], dtype="datetime64[s]")
    parts = ("days", "year", "month", "day", "weekday", "day_of_year", "hour", "minute", "second")
    found = np.asarray(DateParts(parts, "d")(iso_texts(moments, "d")[:, None]))

    for row, moment in zip(found.tolist(), moments.tolist(), strict=True):
        whole = (moment - datetime.fromisoformat("1970-01-01")) / timedelta(days=1)
        assert row[0] == pytest.approx(whole, abs=0.13)  # the resolution of float32
        told = (moment.year, moment.month, moment.day, moment.weekday(), moment.timetuple().tm_yday)
        assert tuple(row[1:]) == (*told, moment.hour, moment.minute, moment.second)


def test_a_cycle_has_no_seam() -> None:
    texts = np.array([["2023-12-31T23:59:59"], ["2024-01-01"], ["2024-07-01"]], dtype=object)
    last, first, other = np.asarray(DateParts(("yearly", "daily"), "d")(texts))

    assert np.abs(last - first).max() < 0.03
    assert np.abs(last - other).max() > 1.5


def test_what_is_left_out_is_written_out(trained: Attempt) -> None:
    when, at = trained.job.spec.inputs["when"], trained.job.spec.inputs["at"]

    assert (at.parts, at.dtype) == (("days", "yearly", "weekly", "daily"), "string")
    assert [layer.class_name for layer in when.preprocess or ()] == ["Normalization"]


def test_the_saved_model_takes_raw_rows_in_plain_keras(trained: Attempt) -> None:
    predictor = RowPredictor(trained.artifacts)
    rows = [{"opened": day, "sold at": "2024-01-05T10:00", "size": 3} for day in ("2024-01-05", "2024-02-29", None)]
    one, leap, gap = predictor.predict(rows)
    model = keras.saving.load_model(trained.artifacts / "model.keras")
    raw = {"opened": "2024-01-05", "sold_at": "2024-01-05 10:00:00"}
    tensors = {name: tf.constant([[text]]) for name, text in raw.items()} | {"size": tf.constant([[3.0]])}

    assert leap == pytest.approx(gap)
    assert one != pytest.approx(leap)
    assert float(np.asarray(model(tensors)).squeeze()) == pytest.approx(one, rel=1e-5)


@pytest.mark.parametrize("value", ["yesterday", 5, "2024-02-30", None])
def test_what_is_no_date_is_refused_by_its_column(trained: Attempt, value: Any) -> None:
    row = {"opened": "2024-01-05", "sold at": value, "size": 3}

    with pytest.raises(InstancesRefused) as refused:
        RowPredictor(trained.artifacts).predict([row])
    (fault,) = refused.value.faults
    assert (fault.pointer, fault.code) == ("/instances/0/sold at", "wrong_type")
    assert "2024-02-29T13:45:10" in fault.message


def test_dates_beyond_four_digits_are_refused() -> None:
    with pytest.raises(DataFault, match="between the years 1 and 9999"):
        iso_texts(np.array(["20240-01-01"], dtype="datetime64[s]"), "far")


@pytest.mark.parametrize(
    ("binding", "pointer", "words"),
    [
        ("{column: opened}", "/inputs/when/column", "write date"),
        ("{date: size}", "/inputs/when/date", "write column"),
        ("{date: opened, missing: median}", "/inputs/when/missing", "like 2024-02-29"),
        ("{date: opened, missing: drop, parts: [days, dayz]}", "/inputs/when/parts/1", "day"),
        ("{column: size, parts: [days]}", "/inputs/when/parts", "goes with date"),
    ],
)
def test_faults_are_told_where_they_are(tmp_path: Path, binding: str, pointer: str, words: str) -> None:
    text = SPEC.replace('{date: opened, parts: [days, weekday, weekly], missing: "2024-02-29"}', binding)
    with pytest.raises(SpecRefused) as refused:
        make_attempt(tmp_path / "run", text, {"sales": write_table(tmp_path / "sales.csv", sales())})

    assert pointer in str(refused.value)
    assert words in str(refused.value)


def test_dates_are_inputs_where_none_are_written(tmp_path: Path) -> None:
    table = {name: column for name, column in sales().items() if name != "opened"}
    text = (
        "{dataset: sales, targets: price, model: {kind: sequential, layers: [Dense(1)]}, compile: {loss: mse}, "
        "fit: {epochs: 1, tensorboard: false}}"
    )
    attempt = make_attempt(tmp_path / "run", text, {"sales": write_table(tmp_path / "sales.csv", table)})
    attempt.train()

    assert attempt.job.spec.inputs["sold_at"].date == "sold at"
    assert (attempt.artifacts / "model.keras").exists()
