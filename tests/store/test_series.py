"""Curves are thinned out the same way every time, without losing what sticks out."""

from hypothesis import given
from hypothesis import strategies as st

from store.recording import record_points
from store.series import Point, read_series, thin_out
from tests.store.conftest import Shop

values = st.one_of(st.none(), st.floats(-1e6, 1e6))
curves = st.lists(values, max_size=300).map(lambda column: list(enumerate(column)))


@given(points=curves, most=st.integers(1, 120))
def test_a_thinned_curve_is_a_part_of_the_curve_in_order(points: list[Point], most: int) -> None:
    shown = thin_out(points, most)

    assert len(shown) <= most
    assert [point for point in points if point in shown] == shown
    assert shown == thin_out(points, most)
    if len(points) <= most:
        assert shown == points


@given(points=curves, most=st.integers(4, 120))
def test_the_ends_and_the_extremes_stay(points: list[Point], most: int) -> None:
    shown = thin_out(points, most)

    assert {*points[:1], *points[-1:]} <= set(shown)
    finite = [value for _, value in points if value is not None]
    kept = [value for _, value in shown if value is not None]
    if finite:
        assert (min(kept), max(kept)) == (min(finite), max(finite))


def test_the_answer_says_how_many_of_how_many(shop: Shop) -> None:
    run_id = shop.add_run().id
    claim = shop.claim()
    shop.write(record_points, claim, [("loss", step, 1 / (step + 1)) for step in range(1000)])
    shop.write(record_points, claim, [("system/cpu_percent", 2, 50.0), ("system/cpu_percent", 0, 10.0)])

    loss, cpu = shop.read(read_series, run_id, max_points=100)

    assert (loss.name, loss.shown, loss.total) == ("loss", 100, 1000)
    assert (loss.points[0], loss.points[-1]) == ((0, 1.0), (999, 0.001))
    assert (cpu.points, cpu.total) == (((0, 10.0), (2, 50.0)), 2)
    assert [series.name for series in shop.read(read_series, run_id, ["loss", "unknown"])] == ["loss"]
