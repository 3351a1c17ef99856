"""Sparse matrices as SciPy saves them: read as arrays, and refused before they are opened where they are not sound."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.sparse

from models_lib.data.faults import DataFault
from models_lib.data.profile import profile_dataset
from models_lib.data.read import read_table
from models_lib.export.instances import InstancesRefused
from models_lib.export.rows import RowPredictor
from tests.models_lib.train.attempts import make_attempt

SPEC = """
dataset: reviews
inputs: {words: {array: words, preprocess: null}}
targets: {label: {array: label}}
model: {kind: sequential, layers: [{name: label, layer: 'Dense(1, "sigmoid")'}]}
compile: {loss: bce}
fit: {epochs: 2, tensorboard: false}
"""


def drawn(rows: int = 30, columns: int = 7, dtype: str = "float64") -> Any:
    matrix = scipy.sparse.random(rows, columns, density=0.3, random_state=3) * 9
    return matrix.astype(dtype)


@pytest.mark.parametrize("kind", ["csr", "csc", "coo"])
@pytest.mark.parametrize("dtype", ["float64", "int32"])
def test_a_saved_matrix_is_an_array_with_the_statistics_of_all_its_values(
    tmp_path: Path, kind: str, dtype: str
) -> None:
    matrix = drawn(dtype=dtype)
    path = tmp_path / "words.npz"
    scipy.sparse.save_npz(path, matrix.asformat(kind))
    whole = matrix.toarray()

    profile = profile_dataset(path, "words.npz")

    [column] = profile.columns
    assert (profile.rows, column.name, column.shape) == (30, "matrix", (7,))
    assert (column.min, column.max) == pytest.approx((whole.min(), whole.max()))
    assert (column.mean, column.std) == pytest.approx((whole.mean(), whole.std()))
    assert sum(column.histogram["counts"]) == whole.size
    read = read_table(path, profile, ["matrix"]).values["matrix"]
    assert read.dtype == ("float32" if dtype == "float64" else "int32")
    assert np.array_equal(read, whole.astype(read.dtype))


def write_reviews(path: Path, kind: str = "csr", **changes: Any) -> Path:
    scipy.sparse.save_npz(path, drawn().asformat(kind))
    parts = dict(np.load(path)) | {name: array for name, array in changes.items() if array is not None}
    kept = {f"words.{name}": array for name, array in parts.items() if changes.get(name, "") is not None}
    np.savez(path, **kept, label=np.arange(30) % 2)
    return path


def test_a_model_trains_on_a_matrix_beside_other_arrays_and_predicts_from_what_is_not_zero(tmp_path: Path) -> None:
    attempt = make_attempt(tmp_path / "run", SPEC, {"reviews": write_reviews(tmp_path / "reviews.npz")})
    attempt.train()
    predictor = RowPredictor(attempt.artifacts)

    few, all_of_them = predictor.predict([{"words": {"2": 1.5, "6": 3}}, {"words": [0, 0, 1.5, 0, 0, 0, 3]}])

    assert few == all_of_them
    for strange in ({"7": 1.0}, {"-1": 1.0}, {"2": "a"}):
        with pytest.raises(InstancesRefused):
            predictor.predict([{"words": strange}])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"shape": np.array([30, 10**8])}, "30 x 100,000,000 values, which take 12,000,000,000 bytes"),
        ({"shape": np.array([30])}, "none of rows and columns"),
        ({"shape": np.array([30, 3])}, "outside of 0 to 2"),
        ({"format": np.array(b"bsr")}, "tocsr"),
        ({"format": np.array([1, 2])}, "tocsr"),
        ({"indptr": None}, "lacks indptr"),
        ({"indptr": np.arange(31)[::-1]}, "indptr"),
        ({"indices": np.zeros(3, int)}, "one of indices for each value"),
        ({"data": np.array(["a"])}, "no list of numbers"),
    ],
)
def test_a_matrix_that_is_not_sound_is_refused_before_it_is_opened(
    tmp_path: Path, changes: dict[str, Any], words: str
) -> None:
    path = write_reviews(tmp_path / "reviews.npz", **changes)

    with pytest.raises(DataFault, match=words):
        profile_dataset(path, "reviews.npz")
