"""The weights of a checkpoint in numbers, and how far they are from another's."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models_lib.train.checkpoints import read_checkpoint
from models_lib.train.state import BFLOAT16

# Where the generators of random numbers stand: part of a checkpoint, and no weights.
SEEDS = "seed_generator_state"


def describe_weights(folder: Path, against: Path | None = None) -> list[dict[str, Any]]:
    """Every weight of the core in the order of the model; with `against`, its difference from the weight there."""
    others = dict(read_weights(against)) if against else {}
    return [
        _describe(name, array, others.get(name), compared=against is not None) for name, array in read_weights(folder)
    ]


def read_weights(folder: Path) -> Iterator[tuple[str, NDArray[Any]]]:
    """By path, such as `hidden/kernel`; raises CheckpointUnusable."""
    for key, array in read_checkpoint(folder).arrays.items():
        group, _, name = key.split("/", 2)
        if group == "model" and not name.endswith(SEEDS):
            yield name, array.view(BFLOAT16) if array.dtype.kind == "V" else array


def _describe(name: str, array: NDArray[Any], other: NDArray[Any] | None, *, compared: bool) -> dict[str, Any]:
    values = array.astype(np.float64).reshape(-1)
    finite = values[np.isfinite(values)]
    said = {
        "name": name,
        "shape": list(array.shape),
        "dtype": str(array.dtype),
        "count": values.size,
        "mean": float(finite.mean()) if finite.size else None,
        "spread": float(finite.std()) if finite.size else None,
        "min": float(finite.min()) if finite.size else None,
        "max": float(finite.max()) if finite.size else None,
        "non_finite": int(values.size - finite.size),
    }
    alike = other if other is not None and other.shape == array.shape else None
    return said | {"difference": _difference(values, alike)} if compared else said


def _difference(values: NDArray[np.float64], other: NDArray[Any] | None) -> dict[str, Any] | None:
    """None where there is no such weight, or one of another shape."""
    if other is None:
        return None
    gaps = np.abs(values - other.astype(np.float64).reshape(-1))
    finite = gaps[np.isfinite(gaps)]
    return {
        "max": float(finite.max()) if finite.size else None,
        "mean": float(finite.mean()) if finite.size else None,
        "norm": float(np.linalg.norm(finite)),
        "changed": int(np.count_nonzero(gaps)),
    }
