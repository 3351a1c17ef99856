"""Types are converted by one stated rule (docs/guides/data.md); any other mismatch names column, found and expected."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models_lib.data.inputs import learn_input
from models_lib.data.profile import profile_dataset
from models_lib.data.read import read_table
from models_lib.spec.faults import SpecRefused
from models_lib.spec.resolve import resolve_spec

ROWS = 12


def resolve(path: Path, layers: list[str], **binding: Any) -> Any:
    """The resolved input `x`, and the raw tensor that is made of the file."""
    profile = profile_dataset(path, path.name)
    field = "array" if profile.format == "npz" else "column"
    spec = resolve_spec(
        {
            "dataset": "typed",
            "inputs": {"x": {field: "x", **binding}},
            "targets": {"y": {field: "y"}},
            "model": {"kind": "sequential", "layers": layers},
            "compile": {"loss": "mse"},
        },
        {"typed": profile},
    ).spec
    table = read_table(path, profile, ["x"])
    return spec.inputs["x"], learn_input("x", spec.inputs["x"], table, np.arange(ROWS), profile).gather(table)


def write_arrays(folder: Path, dtype: str) -> Path:
    path = folder / "typed.npz"
    np.savez(path, x=np.arange(ROWS * 2).reshape(ROWS, 2).astype(dtype), y=np.arange(ROWS, dtype=np.float32))
    return path


@pytest.mark.parametrize(
    ("found", "layers", "expected"),
    [
        ("float64", ["Dense(1)"], "float32"),
        ("float32", ["Dense(1)"], "float32"),
        ("float16", ["Dense(1)"], "float16"),
        ("int64", ["Dense(1)"], "float32"),
        ("uint8", ["Dense(1)"], "float32"),
        ("bool", ["Dense(1)"], "float32"),
        ("int64", ["Embedding(30, 2)", "Flatten()", "Dense(1)"], "int64"),
        ("int32", ["Embedding(30, 2)", "Flatten()", "Dense(1)"], "int32"),
    ],
)
def test_arrays_come_in_the_type_of_the_rule(tmp_path: Path, found: str, layers: list[str], expected: str) -> None:
    binding, tensor = resolve(write_arrays(tmp_path, found), layers)

    assert (binding.dtype, tensor.dtype.name) == (expected, expected)


@pytest.mark.parametrize(
    ("values", "layers", "expected"),
    [
        (["1.5"] * ROWS, ["Dense(1)"], "float32"),
        ([str(n) for n in range(ROWS)], ["Dense(1)"], "float32"),
        (["true", "false"] * (ROWS // 2), ["Dense(1)"], "float32"),
        ([str(n) for n in range(ROWS)], ["Embedding(30, 2)", "Flatten()", "Dense(1)"], "int64"),
        (["red", "blue"] * (ROWS // 2), ["Dense(1)"], "string"),
        (["2024-02-29"] * ROWS, ["Dense(1)"], "string"),
    ],
)
def test_columns_come_in_the_type_of_the_rule(
    tmp_path: Path, values: list[str], layers: list[str], expected: str
) -> None:
    path = tmp_path / "typed.csv"
    path.write_text("x,y\n" + "".join(f"{value},{n}\n" for n, value in enumerate(values)))
    given = {"date": "x", "column": None} if values[0].startswith("2024") else {}
    binding, tensor = resolve(path, layers, **given)

    assert binding.dtype == expected
    assert tensor.dtype == (object if expected == "string" else np.dtype(expected))


@pytest.mark.parametrize(
    ("values", "binding", "words"),
    [
        (["red", "blue"], {"dtype": "float32"}, ("'x'", "string", "float32")),
        (["1", "2"], {"dtype": "string"}, ("'x'", "int64", "string")),
    ],
)
def test_any_other_mismatch_names_column_found_and_expected(
    tmp_path: Path, values: list[str], binding: dict[str, Any], words: tuple[str, ...]
) -> None:
    path = tmp_path / "typed.csv"
    path.write_text("x,y\n" + "".join(f"{value},{n}\n" for n, value in enumerate(values * (ROWS // 2))))

    with pytest.raises(SpecRefused) as refused:
        resolve(path, ["Dense(1)"], **binding)
    assert all(word in str(refused.value) for word in words)
