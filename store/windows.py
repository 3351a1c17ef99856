"""Parts of curves, the times of their points, and the small curves of many runs."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, null, select
from sqlalchemy.orm import Session

from store.levels import COARSE, FINE, FINE_UP_TO, LONG_FROM, Drawn, Point, count_points, read_level
from store.rows import MetricPoint, Run
from store.series import READ_WHOLE, Series, read_series, thin_out

Conditions = Sequence[ColumnElement[bool]]
FAR: Final = 2**62
"""Beyond every step."""


@dataclass(frozen=True)
class Window(Series):
    """A part of a curve; `total` counts the points between its ends. `times` has one for each point, or none."""

    times: tuple[datetime, ...] = ()


def read_windows(
    session: Session,
    run_id: str,
    names: Sequence[str] | None = None,
    max_points: int = 1000,
    *,
    first: int | None = None,
    last: int | None = None,
    timed: bool = False,
) -> list[Window]:
    """The run's curves by name (all where `names` is None) between two steps, each of `max_points` at most.

    `timed`: with the time of each point. Of a long window, the inner buckets' extremes stand for their points.
    """
    if first is None and last is None and not timed:
        return [Window(each.name, each.points, each.total) for each in read_series(session, run_id, names, max_points)]
    begin, end = first or 0, FAR if last is None else last
    inner = max(LONG_FROM // COARSE, begin // COARSE + 1), end // COARSE
    counted = count_points(session, run_id, names, inner)
    long = {name: drawn for name, drawn in counted.items() if drawn.points > max(READ_WHOLE, max_points)}
    within = [MetricPoint.run_id == run_id, MetricPoint.step >= begin, MetricPoint.step <= end]
    of_names = [] if names is None else [MetricPoint.name.in_(names)]
    windows = _read_whole(session, [*within, *of_names, MetricPoint.name.not_in(long)], max_points, timed=timed)
    for name, drawn in long.items():
        of_curve = [*within, MetricPoint.name == name]
        points, total = _read_long(session, run_id, name, of_curve, (inner[0], drawn), max_points)
        windows.append(Window(name, points, total, _read_times(session, of_curve, points) if timed else ()))
    return sorted(windows, key=lambda window: window.name)


def _read_whole(session: Session, which: Conditions, max_points: int, *, timed: bool) -> list[Window]:
    """From every point."""
    point = MetricPoint
    statement = select(point.name, point.step, point.value, point.at if timed else null()).where(*which)
    curves: dict[str, list[Point]] = defaultdict(list)
    times: dict[tuple[str, int], datetime] = {}
    for name, step, value, at in session.execute(statement.order_by(point.name, point.step)):
        curves[name].append((step, value))
        if at is not None:
            times[name, step] = at
    shown = {name: tuple(thin_out(points, max_points)) for name, points in curves.items()}
    return [
        Window(name, points, len(curves[name]), tuple(times[name, step] for step, _ in points) if timed else ())
        for name, points in shown.items()
    ]


def _read_long(
    session: Session, run_id: str, name: str, of_curve: Conditions, inner: tuple[int, Drawn], max_points: int
) -> tuple[tuple[Point, ...], int]:
    """The points before and after whole buckets, and the extremes of these; and how many points there are."""
    first, drawn = inner
    width = FINE if drawn.points <= FINE_UP_TO else COARSE
    statement = select(MetricPoint.step, MetricPoint.value).where(*of_curve).order_by(MetricPoint.step)
    before, after = (
        [(step, value) for step, value in session.execute(statement.where(beyond))]
        for beyond in (MetricPoint.step < first * COARSE, MetricPoint.step >= drawn.last * COARSE)
    )
    counted_twice = sum(step < (drawn.last + 1) * COARSE for step, _ in after)
    level = read_level(session, run_id, name, width, (first, drawn.last))
    ends = [thin_out(points, max(4, 2 * len(points) // width)) for points in (before, after)]
    points = thin_out([*ends[0], *level, *ends[1]], max_points)
    return tuple(points), len(before) + drawn.points + len(after) - counted_twice


def _read_times(session: Session, of_curve: Conditions, points: Sequence[Point]) -> tuple[datetime, ...]:
    steps = MetricPoint.step.in_([step for step, _ in points])
    return tuple(session.scalars(select(MetricPoint.at).where(*of_curve, steps).order_by(MetricPoint.step)))


def read_sketches(
    session: Session, run_ids: Sequence[str], names: Sequence[str], max_points: int
) -> dict[str, list[Series]]:
    """The curves of several runs that the session may see, small."""
    seen = session.scalars(select(Run.id).where(Run.id.in_(run_ids)))
    return {run_id: read_series(session, run_id, names, max_points, read_whole=4 * max_points) for run_id in seen}
