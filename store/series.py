"""Curves for reading: each metric's points, thinned out the same way every time."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.rows import MetricPoint

Point = tuple[int, float | None]
"""A step (or epoch) and the value there; None where it was not a finite number."""


@dataclass(frozen=True)
class Series:
    """One curve: the points shown, of `total` that there are."""

    name: str
    points: tuple[Point, ...]
    total: int

    @property
    def shown(self) -> int:
        return len(self.points)


def read_series(
    session: Session, run_id: str, names: Sequence[str] | None = None, max_points: int = 1000
) -> list[Series]:
    """The run's curves by name (all where `names` is None), each of `max_points` at most."""
    statement = select(MetricPoint.name, MetricPoint.step, MetricPoint.value).where(MetricPoint.run_id == run_id)
    if names is not None:
        statement = statement.where(MetricPoint.name.in_(names))
    curves: dict[str, list[Point]] = defaultdict(list)
    for name, step, value in session.execute(statement.order_by(MetricPoint.name, MetricPoint.step)):
        curves[name].append((step, value))
    return [Series(name, tuple(thin_out(points, max_points)), len(points)) for name, points in curves.items()]


def thin_out(points: Sequence[Point], max_points: int) -> list[Point]:
    """Of each bucket of neighbours the lowest and the highest point, in order; and the first and the last point."""
    if len(points) <= max_points:
        return list(points)
    if max_points < 4:
        return [points[0], points[-1]][:max_points]
    inner, buckets = points[1:-1], (max_points - 2) // 2
    bounds = [index * len(inner) // buckets for index in range(buckets + 1)]
    kept = [points[0]]
    for start, end in pairwise(bounds):
        kept += _extremes(inner[start:end])
    return [*kept, points[-1]]


def _extremes(bucket: Sequence[Point]) -> list[Point]:
    finite = [(value, step) for step, value in bucket if value is not None]
    if not finite:
        return [bucket[0]]
    (low, low_step), (high, high_step) = min(finite), max(finite)
    return sorted({(low_step, low), (high_step, high)})
