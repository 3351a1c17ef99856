"""Data larger than memory: the same order, the same numbers, from files."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest

from models_lib.data import spool
from models_lib.data.spool import spool_array, variance
from models_lib.train.job import JobPart
from tests.models_lib.data.photos import digit_files, write_zip
from tests.models_lib.train.attempts import houses, make_attempt, write_table

HOUSES = """
dataset: houses
inputs: {numbers: {columns: [rooms, age], missing: median}, place: {column: place name}}
targets: {price: {column: price, normalize: true}}
split: {validation: 0.2, test: 0.1}
model: {kind: sequential, layers: ['Dense(8, activation="relu")', {name: price, layer: Dense(1)}]}
compile: {optimizer: 'Adam(0.05)', loss: mse}
fit: {epochs: 3, tensorboard: false}
"""
DIGITS = """
dataset: digits
inputs: {image: {image: image, preprocess: Normalization()}}
targets: label
model: {kind: sequential, layers: [Flatten(), 'Dense(3, activation="softmax")']}
compile: {loss: sparse_categorical_crossentropy}
fit: {epochs: 2, tensorboard: false}
"""
WIDE = """
dataset: wide
inputs: {x: {columns: [COLUMNS]}}
targets: {c0: {column: c0, normalize: true}}
split: {validation: 0.1}
model: {kind: sequential, layers: [Dense(1)]}
compile: {optimizer: 'SGD(0.001)', loss: mse}
fit: {epochs: 1, batch_size: 2048, tensorboard: false}
"""
LIMIT, COLUMNS, ROWS, BLOCKS = 320 << 20, 80, 1_600_000, 16
PROGRAM = """
import resource, sys
from pathlib import Path
from models_lib.train.job import read_job
from models_lib.train.session import train
from worker.trainer.limits import limit_memory
limit_memory(int(sys.argv[2]))
folder = Path(sys.argv[1])
print(train(read_job(folder / "job.json"), folder, lambda report: None).ended_by)
"""


@pytest.mark.parametrize("text", [HOUSES, DIGITS], ids=["a table", "images"])
def test_a_training_from_files_is_that_from_memory_bit_for_bit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    tables = {
        "houses": write_table(tmp_path / "houses.csv", houses(200)),
        "digits": write_zip(tmp_path / "digits.zip", digit_files(60)),
    }
    tables = {name: path for name, path in tables.items() if name in text}
    from_memory = make_attempt(tmp_path / "memory", text, tables)
    from_memory.train()
    monkeypatch.setattr(spool, "COPIES", 10**12)
    monkeypatch.setattr(spool, "BYTES_AT_ONCE", 1000)

    from_files = make_attempt(tmp_path / "files", text, tables)
    from_files.train()

    assert from_files.curves == from_memory.curves


@pytest.mark.parametrize("width", [1, 3])
def test_a_variance_of_a_file_is_numpys_to_the_bit(width: int) -> None:
    data = np.random.default_rng(0).normal(5, 3, (5000, width)).astype("float32")
    spooled = spool_array(data.shape, data.dtype)
    spooled[:] = data

    assert np.array_equal(variance(spooled, (0,)), np.var(data, axis=(0,)))


def write_blocks(path: Path, names: list[str], blocks: int) -> Path:
    """Random numbers, which nothing packs; the file of more blocks begins as the one of fewer."""
    generator = np.random.default_rng(0)
    schema = pyarrow.schema([(name, pyarrow.float64()) for name in names])
    with pyarrow.parquet.ParquetWriter(path, schema, compression="none", use_dictionary=False) as writer:
        for _ in range(blocks):
            block = generator.normal(size=(len(names), ROWS // BLOCKS))
            writer.write_table(pyarrow.table(dict(zip(names, block, strict=True)), schema=schema))
    return path


def test_a_file_of_three_times_the_trainers_memory_is_trained_on(tmp_path: Path) -> None:
    names = [f"c{at}" for at in range(COLUMNS)]
    head = write_blocks(tmp_path / "wide.parquet", names, 1)
    attempt = make_attempt(tmp_path / "run", WIDE.replace("COLUMNS", ", ".join(names[1:])), {"wide": head})
    path = write_blocks(attempt.folder / "in" / "train.parquet", names, BLOCKS)
    profile = attempt.job.parts["train"].profile.model_copy(update={"rows": ROWS})
    parts = {"train": JobPart(path="in/train.parquet", profile=profile)}
    (attempt.folder / "job.json").write_text(attempt.job.model_copy(update={"parts": parts}).model_dump_json())

    command = [sys.executable, "-c", PROGRAM, str(attempt.folder), str(LIMIT)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)

    assert path.stat().st_size > 3 * LIMIT
    assert ran.returncode == 0, ran.stderr[-3000:]
    assert ran.stdout.splitlines()[-1] == "completed"
