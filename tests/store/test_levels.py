"""Long curves are kept in short, too: the short form is always what the points say, whatever was written again."""

import random
from itertools import groupby

import pytest
from sqlalchemy import delete, select, update

from store.claims import Claim
from store.database import Database
from store.levels import COARSE, FINE, LONG_FROM
from store.migrate import downgrade, upgrade
from store.recording import record_checkpoint, record_points
from store.rows import MetricLevel, MetricPoint
from store.series import READ_WHOLE, read_series
from store.settings import Settings
from store.steering import go_on_from
from store.windows import read_sketches, read_windows
from tests.store.conftest import Shop

Level = tuple[str, int, int, int, float | None, int, float | None, int]


def test_levels_are_what_the_points_say_after_any_writes(shop: Shop) -> None:
    shop.add_run()
    claim = shop.claim()
    draw = random.Random(7)
    for _ in range(12):
        first = draw.randrange(LONG_FROM - 300, LONG_FROM + 900)
        steps = draw.sample(range(first, first + 400), 150)
        shop.write(record_points, claim, [(draw.choice(["loss", "mae"]), step, value_of(draw)) for step in steps])

    assert kept_levels(shop) == sorted(drawn_levels(shop))


def test_a_long_curve_is_shown_from_its_levels_with_its_ends_and_spikes(shop: Shop) -> None:
    long = READ_WHOLE + 3000
    spikes = {7: 90.0, 9_000: -50.0, 20_111: 80.0}
    run_id = shop.add_run().id
    write_curve(shop, shop.claim(), [spikes.get(step, 1 / step) for step in range(1, long + 1)])

    (curve,) = shop.read(read_series, run_id, max_points=400)

    assert (curve.total, curve.shown) == (long, 400)
    assert [curve.points[0], curve.points[-1]] == [(1, 1.0), (long, 1 / long)]
    assert set(spikes.items()) <= set(curve.points)
    assert [step for step, _ in curve.points] == sorted({step for step, _ in curve.points})
    assert shop.read(read_series, run_id, max_points=400) == [curve]


def test_a_curve_is_shown_whole_where_no_less_is_asked_for(shop: Shop) -> None:
    run_id = shop.add_run().id
    write_curve(shop, shop.claim(), [1 / step for step in range(1, 10_001)])

    (curve,) = shop.read(read_series, run_id, max_points=20_000)

    assert (curve.shown, curve.total) == (10_000, 10_000)
    assert curve.points[5_000] == (5_001, 1 / 5_001)


def test_a_run_that_goes_on_has_the_levels_of_the_first(shop: Shop) -> None:
    old = shop.add_run()
    claim, length = shop.claim(), LONG_FROM + 999
    write_curve(shop, claim, [1 / step for step in range(1, length + 1)])
    saved = {"metrics": {}, "bytes": 1, "manifest": {}, "prefix": "runs/x"}
    shop.write(record_checkpoint, claim, name="last", epoch=length, **saved)
    new = shop.add_run()

    shop.write(go_on_from, new, old)

    assert shop.read(read_series, new.id, max_points=50) == shop.read(read_series, old.id, max_points=50)


@pytest.mark.parametrize("drawn", [0, 3000])
def test_what_a_worker_of_an_older_version_wrote_is_shown_and_drawn_once_a_new_one_goes_on(
    shop: Shop, drawn: int
) -> None:
    run_id = shop.add_run().id
    claim = shop.claim()
    write_curve(shop, claim, [1 / step for step in range(1, LONG_FROM + 6000)])
    with shop.database.transaction() as session:
        session.execute(delete(MetricLevel).where(MetricLevel.low_step >= LONG_FROM + drawn))

    (curve,) = shop.read(read_series, run_id, max_points=100)
    (sketch,) = shop.read(read_sketches, [run_id], ["loss"], 60)[run_id]
    assert (curve.total, curve.points[-1][0], sketch.total) == (LONG_FROM + 5999, LONG_FROM + 5999, LONG_FROM + 5999)

    shop.write(record_points, claim, [("loss", LONG_FROM + 6600, 0.0)])
    assert kept_levels(shop) == sorted(drawn_levels(shop))


def test_a_long_window_is_shown_from_its_levels_with_its_ends_spikes_and_times(shop: Shop) -> None:
    spikes = {7: 90.0, 9_000: -50.0, 20_111: 80.0, READ_WHOLE + 8_000: 70.0}
    run_id = shop.add_run().id
    write_curve(shop, shop.claim(), [spikes.get(step, 1 / step) for step in range(1, READ_WHOLE + 8_100)])

    for first, last in ((None, None), (3, READ_WHOLE + 8_050), (4_500, READ_WHOLE + 8_090), (None, READ_WHOLE + 7_000)):
        (curve,) = shop.read(read_windows, run_id, ["loss"], 400, first=first, last=last, timed=True)

        begin, end = first or 1, last or READ_WHOLE + 8_099
        assert (curve.total, curve.shown, len(curve.times)) == (end - begin + 1, 400, 400)
        assert (curve.points[0][0], curve.points[-1][0]) == (begin, end)
        assert {step for step in spikes if begin <= step <= end} <= {step for step, _ in curve.points}
        assert [step for step, _ in curve.points] == sorted({step for step, _ in curve.points})


def test_a_sketch_of_a_long_curve_reads_its_levels_and_not_its_points(shop: Shop) -> None:
    run_id = shop.add_run().id
    write_curve(shop, shop.claim(), [1 / step for step in range(1, LONG_FROM + 6000)])
    with shop.database.transaction() as session:
        session.execute(update(MetricPoint).where(MetricPoint.step == 9_000).values(value=50.0))

    (sketch,) = shop.read(read_sketches, [run_id], ["loss"], 60)[run_id]

    assert (sketch.shown, sketch.total, sketch.points[-1][0]) == (60, LONG_FROM + 5999, LONG_FROM + 5999)
    assert (9_000, 50.0) not in sketch.points, "which no level says"


def test_an_upgrade_draws_the_levels_of_what_is_there(settings: Settings, shop: Shop) -> None:
    run_id = shop.add_run(tags={"keep": "yes"}).id
    write_curve(shop, shop.claim(), [1 / step if step % 97 else float("nan") for step in range(1, LONG_FROM + 3000)])
    before = kept_levels(shop)

    downgrade(settings, "0008")
    assert not has_levels(shop.database)
    upgrade(settings)

    assert kept_levels(shop) == before != []
    assert shop.read(read_series, run_id)[0].total == LONG_FROM + 2999


def value_of(draw: random.Random) -> float:
    return draw.choice([float("nan"), draw.uniform(-3, 3), 1.0])


def write_curve(shop: Shop, claim: Claim, values: list[float]) -> None:
    """One curve from step 1 on, as a supervisor would: in batches."""
    points = [("loss", step, value) for step, value in enumerate(values, 1)]
    for start in range(0, len(points), 5000):
        shop.write(record_points, claim, points[start : start + 5000])


def kept_levels(shop: Shop) -> list[Level]:
    columns = [column for column in MetricLevel.__table__.columns if column.key != "run_id"]
    with shop.database.reading() as session:
        return sorted(tuple(row) for row in session.execute(select(*columns)))


def drawn_levels(shop: Shop) -> list[Level]:
    """The same by plain Python."""
    with shop.database.reading() as session:
        points = session.execute(
            select(MetricPoint.name, MetricPoint.step, MetricPoint.value)
            .where(MetricPoint.step >= LONG_FROM)
            .order_by(MetricPoint.name, MetricPoint.step)
        ).all()
    levels: list[Level] = []
    for width in (FINE, COARSE):
        for (name, bucket), group in groupby(points, key=lambda point: (point[0], point[1] // width)):
            found = [(value, step) for _, step, value in group]
            finite = [(value, step) for value, step in found if value is not None]
            low, high = (min(finite), max(finite)) if finite else ((None, found[0][1]), (None, found[-1][1]))
            levels.append((name, width, bucket, len(found), low[0], low[1], high[0], high[1]))
    return levels


def has_levels(database: Database) -> bool:
    with database.engine.connect() as connection:
        return bool(database.engine.dialect.has_table(connection, "metric_levels"))
