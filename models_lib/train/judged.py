"""What a model's answers tell beside its scores: which classes are taken for which, how far off numbers are."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

MOST_CLASSES = 40
MOST_PAIRS = 20
CURVE_POINTS = 100
SCATTER_POINTS = 400
BINS = 30
Json = dict[str, Any]
Numbers = NDArray[np.float64]
Places = NDArray[np.int64]


def judge_classes(truth: Places, shares: Numbers, labels: tuple[Any, ...]) -> Json:
    """The confusion of `labels`; of two also ROC and precision over recall. `shares` are (rows, labels)."""
    answered = shares.argmax(axis=1)
    counts = np.zeros((len(labels), len(labels)), dtype=np.int64)
    np.add.at(counts, (truth, answered), 1)
    judged: Json = {"kind": "classes", "labels": list(labels), "accuracy": float((truth == answered).mean())}
    if len(labels) <= MOST_CLASSES:
        judged["confusion"] = counts.tolist()
    else:
        judged["confused"] = _most_confused(counts, labels)
    if len(labels) == 2 and 0 < truth.sum() < len(truth):
        judged |= judge_two(truth.astype(bool), shares[:, 1])
    return judged


def _most_confused(counts: Places, labels: tuple[Any, ...]) -> list[Json]:
    wrong = counts.copy()
    np.fill_diagonal(wrong, 0)
    most = np.argsort(wrong, axis=None)[::-1][:MOST_PAIRS]
    pairs = [np.unravel_index(one, wrong.shape) for one in most]
    return [
        {"truth": labels[int(row)], "answer": labels[int(column)], "count": int(wrong[row, column])}
        for row, column in pairs
        if wrong[row, column]
    ]


def judge_two(truth: NDArray[np.bool_], share: Numbers) -> Json:
    """ROC as [false positives, true positives], precision as [recall, precision], each a share; and their areas."""
    order = np.argsort(-share, kind="stable")
    sorted_truth, sorted_share = truth[order], share[order]
    ends = np.append(np.nonzero(np.diff(sorted_share))[0], len(share) - 1)  # equal shares are decided together
    hits = np.cumsum(sorted_truth)[ends].astype(np.float64)
    misses = (ends + 1) - hits
    recall, fallout = hits / truth.sum(), misses / (~truth).sum()
    precision = hits / (ends + 1)
    steps = np.diff(recall, prepend=0.0)
    return {
        "roc": _thin(np.append(0.0, fallout), np.append(0.0, recall)),
        "roc_auc": float(np.trapezoid(np.append(0.0, recall), np.append(0.0, fallout))),
        "precision_recall": _thin(recall, precision),
        "average_precision": float((steps * precision).sum()),
    }


def _thin(x: Numbers, y: Numbers) -> list[list[float]]:
    """So many points of a curve, spread over its length; its ends are kept."""
    chosen = np.unique(np.linspace(0, len(x) - 1, CURVE_POINTS).round().astype(np.int64))
    return [[round(float(x[at]), 5), round(float(y[at]), 5)] for at in chosen]


def judge_numbers(truth: Numbers, answered: Numbers) -> Json:
    """How far off: residuals (answer less truth) as a histogram, and answers over truths of some rows."""
    residuals = answered - truth
    counts, edges = np.histogram(residuals, bins=_bins(residuals))
    spread = float(((truth - truth.mean()) ** 2).sum())
    chosen = np.linspace(0, len(truth) - 1, min(len(truth), SCATTER_POINTS)).round().astype(np.int64)
    return {
        "kind": "numbers",
        "r2": 1.0 - float((residuals**2).sum()) / spread if spread else None,
        "mae": float(np.abs(residuals).mean()),
        "rmse": float(np.sqrt((residuals**2).mean())),
        "bias": float(residuals.mean()),
        "points": [[_short(truth[at]), _short(answered[at])] for at in chosen],
        "residuals": {"edges": [_short(edge) for edge in edges], "counts": counts.tolist()},
    }


def _bins(values: Numbers) -> int:
    """One where all are equal, or nearly: floats have no room for more edges between them."""
    width = float(values.max() - values.min())
    return BINS if width > 1e-9 * max(float(np.abs(values).max()), 1e-300) else 1


def _short(value: float) -> float:
    return float(f"{value:.6g}")
