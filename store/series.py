"""Curves for reading: each metric's points, thinned out the same way every time."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from store.levels import COARSE, FINE, FINE_UP_TO, LONG_FROM, Drawn, Point, count_points, read_level
from store.rows import MetricPoint

READ_WHOLE = 32_000
"""Points of a curve that are read one by one, however few shall be shown."""


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
    session: Session,
    run_id: str,
    names: Sequence[str] | None = None,
    max_points: int = 1000,
    *,
    read_whole: int = READ_WHOLE,
) -> list[Series]:
    """The run's curves by name (all where `names` is None), each of `max_points` at most."""
    early = _read_points(session, run_id, names, MetricPoint.step < LONG_FROM)
    late = count_points(session, run_id, names)
    undrawn = (early.keys() if names is None else {*names}) - late.keys()
    for name, points in _read_points(session, run_id, [*undrawn], MetricPoint.step >= LONG_FROM).items():
        early[name] += points  # written by workers of an older version
    most = max(read_whole, max_points)
    return [
        _read_long(session, run_id, name, early.get(name, []), late[name], max_points, most)
        if name in late
        else Series(name, tuple(thin_out(early[name], max_points)), len(early[name]))
        for name in sorted(early.keys() | late.keys())
    ]


def _read_long(
    session: Session, run_id: str, name: str, early: list[Point], late: Drawn, max_points: int, read_whole: int
) -> Series:
    """One curve from its first points and those that follow, or the extremes of these in their buckets.

    Where workers of an older version wrote last, the points are beyond what is drawn, and are read.
    """
    total = len(early) + late.points
    end = _read_end(session, run_id, name, last=True)
    if total <= read_whole or late.last < end[0] // COARSE:
        points = early + _read_points(session, run_id, [name], MetricPoint.step >= LONG_FROM)[name]
        return Series(name, tuple(thin_out(points, max_points)), len(points))
    width = FINE if late.points <= FINE_UP_TO else COARSE
    first = early[:1] or [_read_end(session, run_id, name, last=False)]
    shortened = thin_out(early, max(4, 2 * len(early) // width))
    points = [*shortened, *read_level(session, run_id, name, width)]
    before, after = ([] if points[at] == known else [known] for at, known in ((0, first[0]), (-1, end)))
    return Series(name, tuple(thin_out([*before, *points, *after], max_points)), total)


def _read_points(
    session: Session, run_id: str, names: Sequence[str] | None, which: ColumnElement[bool]
) -> dict[str, list[Point]]:
    of = MetricPoint.__table__.c  # its rows are read without the mapper: thousands at once
    statement = select(of.name, of.step, of.value).where(of.run_id == run_id, which)
    if names is not None:
        statement = statement.where(of.name.in_(names))
    curves: dict[str, list[Point]] = defaultdict(list)
    for name, step, value in session.execute(statement.order_by(of.name, of.step)):
        curves[name].append((step, value))
    return curves


def _read_end(session: Session, run_id: str, name: str, *, last: bool) -> Point:
    """The curve's first or last point."""
    of_curve = select(MetricPoint.step, MetricPoint.value).where(MetricPoint.run_id == run_id, MetricPoint.name == name)
    step, value = session.execute(
        of_curve.order_by(MetricPoint.step.desc() if last else MetricPoint.step).limit(1)
    ).one()
    return step, value


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
