"""What rows come as, and how much each of them counts, is said by the script as well."""

import gzip
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet

from tests.models_lib.data.photos import digit_files
from tests.models_lib.data.test_parquet_archives import write_parts
from tests.models_lib.data.test_records import SPEC as RECORDS
from tests.models_lib.data.test_records import examples, write_records
from tests.models_lib.data.test_sparse_arrays import SPEC as SPARSE
from tests.models_lib.data.test_sparse_arrays import write_reviews
from tests.models_lib.eject.conftest import Alone, trained_digest
from tests.models_lib.train.attempts import houses, make_attempt, write_table
from tests.models_lib.train.test_date_runs import SPEC as DATES
from tests.models_lib.train.test_date_runs import sales

EVERY_PART = "[days, year, month, day, weekday, day_of_year, hour, minute, second, yearly, weekly, daily]"


def test_dates_are_ejected_bit_for_bit(tmp_path: Path, alone: Alone) -> None:
    table = write_table(tmp_path / "sales.csv", sales())
    text = DATES.replace("at: {date: sold at}", f"at: {{date: sold at, parts: {EVERY_PART}}}")
    attempt = make_attempt(tmp_path / "run", text, {"sales": table})

    assert alone.eject(attempt) == trained_digest(attempt)


def test_packed_records_with_images_and_gaps_are_ejected_bit_for_bit(tmp_path: Path, alone: Alone) -> None:
    records = write_records(tmp_path / "digits.tfrecord", examples(40))
    records.write_bytes(gzip.compress(records.read_bytes()))
    text = RECORDS.replace("{sparse: tags}", '{sparse: tags, missing: ""}')
    text = text.replace("size: {column: size}", "size: {columns: [size, shop], missing: mean}")
    attempt = make_attempt(tmp_path / "run", text, {"digits": records})

    assert alone.eject(attempt) == trained_digest(attempt)


def test_images_inside_of_parquet_are_ejected_bit_for_bit(tmp_path: Path, alone: Alone) -> None:
    files = digit_files(30, ("png",))
    contents: list[Any] = [*[*files.values()][:-1], None]
    images = [{"bytes": content, "path": None} for content in contents]
    path = tmp_path / "digits.parquet"
    kind = pyarrow.struct([("bytes", pyarrow.binary()), ("path", pyarrow.string())])
    labels = [name[0] for name in files]
    pyarrow.parquet.write_table(pyarrow.table({"image": pyarrow.array(images, kind), "label": labels}), path)
    text = """
dataset: digits
inputs: {image: {image: image, image_size: [6, 6], missing: drop}}
targets: {label: {column: label, classes: auto}}
model: {kind: sequential, layers: [Flatten(), {name: label, layer: 'Dense(3, "softmax")'}]}
compile: {loss: sparse_categorical_crossentropy}
fit: {epochs: 1, tensorboard: false}
"""
    attempt = make_attempt(tmp_path / "run", text, {"digits": path})

    assert alone.eject(attempt) == trained_digest(attempt)


def test_weights_by_output_and_targets_of_a_type_are_ejected_bit_for_bit(tmp_path: Path, alone: Alone) -> None:
    columns = houses(60, gaps=False)
    columns["weight"], columns["doubt"] = [1 + at % 3 for at in range(60)], [0.5 * (at % 2) for at in range(60)]
    text = """
dataset: houses
inputs: {numbers: {columns: [rooms, age]}}
targets: {price: {column: price, normalize: true}, floor: {column: rooms, dtype: float64}, age: age}
model:
  kind: functional
  layers:
    - {name: price, layer: Dense(1), inputs: numbers}
    - {name: floor, layer: Dense(1), inputs: numbers}
    - {name: age, layer: Dense(1), inputs: numbers}
  outputs: [price, floor, age]
compile: {loss: {price: mse, floor: mae, age: mae}}
fit: {epochs: 2, tensorboard: false, sample_weight: {price: weight, age: doubt}}
"""
    attempt = make_attempt(tmp_path / "run", text, {"houses": write_table(tmp_path / "houses.csv", columns)})

    assert alone.eject(attempt) == trained_digest(attempt)


def test_sparse_matrices_are_ejected_bit_for_bit(tmp_path: Path, alone: Alone) -> None:
    attempt = make_attempt(tmp_path / "run", SPARSE, {"reviews": write_reviews(tmp_path / "reviews.npz", "csc")})

    assert alone.eject(attempt) == trained_digest(attempt)


def test_several_parquet_files_are_ejected_bit_for_bit(tmp_path: Path, alone: Alone) -> None:
    path = write_parts(tmp_path / "houses.zip", 90)
    text = """
dataset: houses
inputs: {numbers: {columns: [rooms, age]}}
targets: {price: {column: price, normalize: true}}
model: {kind: sequential, layers: [{name: price, layer: Dense(1)}]}
compile: {loss: mse}
fit: {epochs: 1, tensorboard: false}
"""
    attempt = make_attempt(tmp_path / "run", text, {"houses": path})

    assert alone.eject(attempt) == trained_digest(attempt)
