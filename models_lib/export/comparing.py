"""An exported model against its source: the same answers, and how fast they come."""

import time
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models_lib.export.exportable import Loaded, Named

CLOSE = 1e-4
# With 16 bits to compute in, the same numbers added in another order differ in the third digit.
CLOSE_HALF = 2e-2
CALLS = 20


class ExportDiffers(Exception):
    """The exported model does not predict what the trained one predicts."""


def compare(wanted: Named, found: Named, *, close: float = CLOSE) -> float:
    """The largest difference of any number; raises ExportDiffers beyond `close`, absolute or of the number itself."""
    if set(wanted) != set(found):
        raise ExportDiffers(f"It gives the outputs {sorted(found)}, where the trained model gives {sorted(wanted)}.")
    differences = [_difference(name, array, np.asarray(found[name]), close) for name, array in wanted.items()]
    return max(differences, default=0.0)


def _difference(name: str, wanted: NDArray[Any], found: NDArray[Any], close: float) -> float:
    if wanted.shape != found.shape:
        raise ExportDiffers(f"Output {name!r} has the shape {found.shape}, in the trained model {wanted.shape}.")
    one, other = wanted.astype(np.float64), found.astype(np.float64)
    gaps = np.abs(np.where(np.isnan(one) & np.isnan(other), 0.0, one - other))
    largest = float(gaps.max()) if gaps.size else 0.0
    if not np.allclose(other, one, rtol=close, atol=close, equal_nan=True):
        raise ExportDiffers(f"Output {name!r} differs from the trained model's by up to {largest:.3g}.")
    return largest


def measure_latency(loaded: Loaded, rows: Named) -> float:
    """Milliseconds for one row, the median of some calls."""
    one = {name: array[:1] for name, array in rows.items()}
    seconds = []
    for _ in range(CALLS):
        started = time.perf_counter()
        loaded.call(one)
        seconds.append(time.perf_counter() - started)
    return round(median(seconds[1:]) * 1000, 3)
