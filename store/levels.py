"""Long curves in short: of every so many steps the lowest and the highest point, kept beside the points.

A curve's first `LONG_FROM` steps have none: most curves are no longer. Whoever writes points beyond them draws the
levels of these steps anew in the same transaction, from all points there: what an attempt writes again counts.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import delete, func, insert, literal, or_, select, text
from sqlalchemy.orm import Session

from store.rows import MetricLevel

Point = tuple[int, float | None]
"""A step (or epoch) and the value there; None where it was not a finite number."""
LONG_FROM = 4096
FINE, COARSE = 32, 256
"""Steps to a bucket; a coarse one is made of eight fine ones."""
FINE_UP_TO = 300_000
"""Points: beyond so many, a curve is shown by its coarse level."""

_INTO = """
INSERT INTO metric_levels (run_id, name, width, bucket, points, low, low_step, high, high_step)
SELECT run_id, name, {width}, bucket, {points}, min(low), min(CASE WHEN up = 1 THEN low_step END),
       max(high), min(CASE WHEN down = 1 THEN high_step END)
FROM (
    SELECT run_id, name, {bucket} AS bucket, {columns},
           row_number() OVER (PARTITION BY {bucket} ORDER BY {low} IS NULL, {low}, {low_step}) AS up,
           row_number() OVER (PARTITION BY {bucket} ORDER BY {high} IS NULL, {high} DESC, {high_step} DESC) AS down
    FROM {table} WHERE run_id = :run_id AND name = :name AND {of_these}
) AS ranked
GROUP BY run_id, name, bucket
ON CONFLICT (run_id, name, width, bucket) DO UPDATE SET points = excluded.points, low = excluded.low,
    low_step = excluded.low_step, high = excluded.high, high_step = excluded.high_step
"""
_DRAW_FINE = text(
    _INTO.format(
        width=FINE,
        points="count(*)",
        bucket=f"step / {FINE}",
        columns="value AS low, step AS low_step, value AS high, step AS high_step",
        low="value",
        low_step="step",
        high="value",
        high_step="step",
        table="metrics",
        of_these="step >= :first AND step < :past",
    )
)
_DRAW_COARSE = text(
    _INTO.format(
        width=COARSE,
        points="sum(points)",
        bucket=f"bucket / {COARSE // FINE}",
        columns="points, low, low_step, high, high_step",
        low="low",
        low_step="low_step",
        high="high",
        high_step="high_step",
        table="metric_levels",
        of_these=f"width = {FINE} AND bucket >= :first / {FINE} AND bucket < :past / {FINE}",
    )
)


def draw_levels(session: Session, run_id: str, written: Iterable[tuple[str, int]]) -> None:
    """For points (name, step) that have just been written."""
    touched = sorted({(name, step // COARSE) for name, step in written if step >= LONG_FROM})
    spans = [
        {
            "run_id": run_id,
            "name": name,
            "first": _undrawn_from(session, run_id, name, first) * COARSE,
            "past": (last + 1) * COARSE,
        }
        for name, first, last in _join(touched)
    ]
    if spans:
        session.execute(_DRAW_FINE, spans)
        session.execute(_DRAW_COARSE, spans)


def _undrawn_from(session: Session, run_id: str, name: str, bucket: int) -> int:
    """This bucket, or one before it: a worker of an older version may have written without drawing."""
    of_curve = (MetricLevel.run_id == run_id, MetricLevel.name == name, MetricLevel.width == COARSE)
    last = session.scalar(select(func.max(MetricLevel.bucket)).where(*of_curve, MetricLevel.bucket < bucket))
    if last is None:
        return LONG_FROM // COARSE
    return bucket if last + 1 == bucket else last


def copy_levels(session: Session, old: str, new: str, *, but: str) -> None:
    """Another run goes on with the curves of an old one, except those whose names begin with `but`."""
    columns = [column for column in MetricLevel.__table__.columns if column.key != "run_id"]
    kept = select(literal(new), *columns).where(MetricLevel.run_id == old, ~MetricLevel.name.startswith(but))
    session.execute(insert(MetricLevel).from_select(["run_id", *(column.key for column in columns)], kept))


def cut_levels(session: Session, run_id: str, *, after: int, but: str) -> None:
    """Points beyond this step have been taken away, except of curves whose names begin with `but`: so are theirs.

    The bucket in which that step lies is drawn anew.
    """
    of_run = (MetricLevel.run_id == run_id, ~MetricLevel.name.startswith(but))
    cut = or_(*((MetricLevel.width == width) & (MetricLevel.bucket >= after // width) for width in (FINE, COARSE)))
    names = session.scalars(delete(MetricLevel).where(*of_run, cut).returning(MetricLevel.name))
    draw_levels(session, run_id, [(name, after) for name in sorted(set(names))])


@dataclass(frozen=True)
class Drawn:
    """How many points of a curve its levels have, and the last coarse bucket."""

    points: int
    last: int


Buckets = tuple[int, int]
"""Coarse ones: the first, and the one after the last."""


def count_points(
    session: Session, run_id: str, names: Sequence[str] | None = None, between: Buckets | None = None
) -> dict[str, Drawn]:
    """What the long curves (all where `names` is None) have beyond `LONG_FROM`, or in some buckets."""
    statement = select(MetricLevel.name, func.sum(MetricLevel.points), func.max(MetricLevel.bucket))
    of_run = statement.where(MetricLevel.run_id == run_id, MetricLevel.width == COARSE)
    if names is not None:
        of_run = of_run.where(MetricLevel.name.in_(names))
    if between is not None:
        of_run = of_run.where(MetricLevel.bucket >= between[0], MetricLevel.bucket < between[1])
    return {name: Drawn(int(count), last) for name, count, last in session.execute(of_run.group_by(MetricLevel.name))}


def read_level(session: Session, run_id: str, name: str, width: int, between: Buckets | None = None) -> list[Point]:
    """The extremes of every bucket, or of some, in order."""
    of = MetricLevel.__table__.c  # its rows are read without the mapper: thousands at once
    statement = select(of.low_step, of.low, of.high_step, of.high)
    statement = statement.where(of.run_id == run_id, of.name == name, of.width == width)
    if between is not None:
        first, past = (bucket * COARSE // width for bucket in between)
        statement = statement.where(of.bucket >= first, of.bucket < past)
    points: list[Point] = []
    for low_step, low, high_step, high in session.execute(statement.order_by(of.bucket)):
        if low is None or low_step == high_step:
            points.append((low_step, low))
        elif low_step < high_step:
            points += ((low_step, low), (high_step, high))
        else:
            points += ((high_step, high), (low_step, low))
    return points


def _join(touched: list[tuple[str, int]]) -> Iterator[tuple[str, int, int]]:
    """Neighbouring buckets of a curve as one: name, first, last."""
    numbered = ((name, bucket, bucket - at) for at, (name, bucket) in enumerate(touched))
    for (name, _), group in groupby(numbered, key=lambda found: (found[0], found[2])):
        buckets = [bucket for _, bucket, _ in group]
        yield name, buckets[0], buckets[-1]
