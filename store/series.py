"""Curves for reading: each metric's points, thinned out the same way every time."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from sqlalchemy import null, select
from sqlalchemy.orm import Session

from store.rows import MetricPoint, Run

Point = tuple[int, float | None]
"""A step (or epoch) and the value there; None where it was not a finite number."""


@dataclass(frozen=True)
class Series:
    """One curve: the points shown, of `total` that there are."""

    name: str
    points: tuple[Point, ...]
    total: int
    times: tuple[datetime, ...] = ()

    @property
    def shown(self) -> int:
        return len(self.points)


def read_series(
    session: Session,
    run_id: str,
    names: Sequence[str] | None = None,
    max_points: int = 1000,
    *,
    first: int | None = None,
    last: int | None = None,
    timed: bool = False,
) -> list[Series]:
    """The run's curves by name (all where `names` is None), each of `max_points` at most, between two steps.

    `timed`: with the time of each point, which costs as much again.
    """
    point = MetricPoint
    when = point.at if timed else null()
    statement = select(point.name, point.step, point.value, when).where(point.run_id == run_id)
    if names is not None:
        statement = statement.where(point.name.in_(names))
    if first is not None:
        statement = statement.where(point.step >= first)
    if last is not None:
        statement = statement.where(point.step <= last)
    curves: dict[str, list[Point]] = defaultdict(list)
    times: dict[str, dict[int, datetime]] = defaultdict(dict)
    for name, step, value, at in session.execute(statement.order_by(point.name, point.step)):
        curves[name].append((step, value))
        if timed:
            times[name][step] = at
    return [_draw(name, points, times[name], max_points) for name, points in curves.items()]


def read_sketches(
    session: Session, run_ids: Sequence[str], names: Sequence[str], max_points: int
) -> dict[str, list[Series]]:
    """The curves of several runs that the session may see, small."""
    seen = session.scalars(select(Run.id).where(Run.id.in_(run_ids)))
    return {run_id: read_series(session, run_id, names, max_points) for run_id in seen}


def _draw(name: str, points: Sequence[Point], times: Mapping[int, datetime], max_points: int) -> Series:
    shown = thin_out(points, max_points)
    return Series(name, tuple(shown), len(points), tuple(times[step] for step, _ in shown if times))


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
