"""The demo's table: the Wisconsin breast cancer data that scikit-learn ships, as a table that a person would have."""

import csv
import importlib.util
from itertools import product
from pathlib import Path

from horngate.errors import UsageError

MEASURED = (
    "radius", "texture", "perimeter", "area", "smoothness", "compactness", "concavity", "concave_points", "symmetry",
    "fractal_dimension",
)  # fmt: skip
COLUMNS = tuple(f"{kind}_{what}" for kind, what in product(("mean", "error", "worst"), MEASURED))
TARGET = "diagnosis"
DIAGNOSES = ("malignant", "benign")


def read_rows() -> list[dict[str, str]]:
    """569 tumours: thirty measures each, and the diagnosis in words."""
    with shipped_file().open(newline="") as file:
        lines = csv.reader(file)
        next(lines)  # not a header: counts and class names
        return [{**dict(zip(COLUMNS, line, strict=False)), TARGET: DIAGNOSES[int(line[-1])]} for line in lines]


def write_table(file: Path) -> list[dict[str, str]]:
    """Write it with a header, and return its rows."""
    rows = read_rows()
    with file.open("w", newline="") as table:
        writer = csv.DictWriter(table, (*COLUMNS, TARGET))
        writer.writeheader()
        writer.writerows(rows)
    return rows


def shipped_file() -> Path:
    """Where the wheel put it, found without importing scikit-learn."""
    found = importlib.util.find_spec("sklearn")
    if found is None or not found.submodule_search_locations:
        raise UsageError("The demo's data comes with scikit-learn: pip install scikit-learn, or type `make demo`.")
    return Path(found.submodule_search_locations[0]) / "datasets" / "data" / "breast_cancer.csv"
