"""Parts of curves, the times of their points, and the small curves of many runs."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import null, select
from sqlalchemy.orm import Session

from store.levels import Point
from store.rows import MetricPoint, Run
from store.series import Series, read_series, thin_out


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

    `timed`: with the time of each point, which costs as much again.
    """
    if first is None and last is None and not timed:
        return [Window(each.name, each.points, each.total) for each in read_series(session, run_id, names, max_points)]
    point = MetricPoint
    statement = select(point.name, point.step, point.value, point.at if timed else null())
    statement = statement.where(point.run_id == run_id)
    if names is not None:
        statement = statement.where(point.name.in_(names))
    if first is not None:
        statement = statement.where(point.step >= first)
    if last is not None:
        statement = statement.where(point.step <= last)
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


def read_sketches(
    session: Session, run_ids: Sequence[str], names: Sequence[str], max_points: int
) -> dict[str, list[Series]]:
    """The curves of several runs that the session may see, small."""
    seen = session.scalars(select(Run.id).where(Run.id.in_(run_ids)))
    return {run_id: read_series(session, run_id, names, max_points, read_whole=4 * max_points) for run_id in seen}
