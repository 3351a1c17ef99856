"""Files that a fit needs on the other side: found again by their hash, and sent only where they are not there."""

import hashlib
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from horngate.client.datasets import Dataset, Datasets, Told
from horngate.errors import FitRefused

BEFORE_TIME = (1980, 1, 1, 0, 0, 0)
KINDS = "biufU"


def send_arrays(datasets: Datasets, name: str, arrays: Mapping[str, Any], told: Told | None = None) -> Dataset:
    """The data set of these arrays, which goes over the line only where nobody sent it before."""
    return send_file(datasets, f"{name}.npz", name, lambda path: write_arrays(path, arrays), told)


def send_file(
    datasets: Datasets, filename: str, name: str, write: Callable[[Path], None], told: Told | None = None
) -> Dataset:
    """The data set of what `write` writes: equal bytes are found by their SHA-256, under whatever name they lie."""
    with written(filename, write) as path:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        found = datasets.find(digest)
        return found or datasets.add(path, name, told=told)


@contextmanager
def written(filename: str, write: Callable[[Path], None]) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="horngate-") as folder:
        path = Path(folder) / filename
        write(path)
        yield path


def write_arrays(path: Path, arrays: Mapping[str, Any]) -> None:
    """An NPZ file whose bytes depend on the arrays alone."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, array in arrays.items():
            if array.dtype.kind not in KINDS:
                raise FitRefused(name, f"holds {array.dtype}, which no data set may hold: numbers, booleans or words")
            with archive.open(zipfile.ZipInfo(f"{name}.npy", BEFORE_TIME), "w", force_zip64=True) as file:
                np.lib.format.write_array(file, np.ascontiguousarray(array), allow_pickle=False)
