"""Runs are found and sorted by their scores and their layers, over both databases."""

import base64
import json

import pytest

from store.errors import BadCursor
from store.recording import record_epoch, record_points, record_summary
from store.run_scores import ScoreIs
from store.runs import RunFilter, get_run, list_runs
from store.windows import read_sketches, read_windows
from tests.store.conftest import Shop

DENSE = {"model": {"kind": "sequential", "layers": [{"name": "a", "layer": {"class_name": "Dense", "config": {}}}]}}
RELU = {"model": {"layers": [{"layer": {"class_name": "Flatten", "config": {"activation": {"class_name": "relu"}}}}]}}


@pytest.fixture
def scored(shop: Shop) -> Shop:
    """a, b, c and d, of which d has no score; a and b have the same."""
    for name, loss in (("a", 0.5), ("b", 0.5), ("c", 0.125)):
        shop.add_run(name)
        claim = shop.claim()
        shop.write(record_epoch, claim, epoch=1, metrics={"val_loss": loss, "loss": 1.0}, seconds=1.0)
    shop.add_run("d")
    return shop


def names(shop: Shop, **asked: object) -> list[str]:
    """Over pages of one, so that each goes by a cursor."""
    found: list[str] = []
    after = None
    while True:
        page = shop.read(list_runs, limit=1, after=after, **asked)
        found += [run.name for run in page.items]
        if (after := page.next_cursor) is None:
            return found


@pytest.mark.parametrize(
    ("sign", "bound", "found"),
    [("<", 0.5, "c"), ("<=", 0.5, "abc"), (">", 0.125, "ab"), ("=", 0.125, "c"), (">=", 9, "")],
)
def test_a_claim_about_a_score_narrows_the_list(scored: Shop, sign: str, bound: float, found: str) -> None:
    only = RunFilter(scores=[ScoreIs("val_loss", sign, bound)])  # type: ignore[arg-type]  # parametrised

    assert sorted(names(scored, only=only)) == list(found)


def test_a_score_sorts_both_ways_and_runs_without_it_come_last(scored: Shop) -> None:
    assert names(scored, metric="val_loss") == ["c", "a", "b", "d"]
    assert names(scored, metric="-val_loss") == ["b", "a", "c", "d"]
    cursor = scored.read(list_runs, limit=1, metric="val_loss").next_cursor
    with pytest.raises(BadCursor):
        scored.read(list_runs, limit=1, metric="loss", after=cursor)
    vast = base64.urlsafe_b64encode(json.dumps(["loss", 10**400, "run_a"]).encode()).decode()
    with pytest.raises(BadCursor):
        scored.read(list_runs, limit=1, metric="loss", after=vast)


def test_a_layer_is_found_where_the_model_names_it_and_not_where_another_object_does(shop: Shop) -> None:
    shop.add_run("dense", spec=DENSE)
    shop.add_run("flat", spec=RELU)

    found = [names(shop, only=RunFilter(layers=[layer])) for layer in ("Dense", "Flatten", "relu", "Dens")]
    assert found == [["dense"], ["flat"], [], []]


def test_a_window_of_a_curve_is_thinned_alone_and_says_when(shop: Shop) -> None:
    run = shop.add_run()
    claim = shop.claim()
    shop.write(record_points, claim, [("loss", step, float(step)) for step in range(100)])

    (curve,) = shop.read(read_windows, run.id, ["loss"], 500, first=10, last=19, timed=True)

    assert (curve.points[0], curve.points[-1], curve.total) == ((10, 10.0), (19, 19.0), 10)
    assert len(curve.times) == len(curve.points)
    assert curve.times[0].tzinfo is not None


def test_lists_have_what_one_would_vary_and_the_size_of_the_model_once_it_is_built(shop: Shop) -> None:
    adam = {"class_name": "Adam", "config": {"learning_rate": 0.01}}
    run = shop.add_run(spec={**DENSE, "compile": {"optimizer": adam}, "fit": {"epochs": 3, "callbacks": ["x"]}})
    planned = shop.read(get_run, run.id).parameters
    shop.write(record_summary, shop.claim(), {"layers": [{"class": "Dense"}] * 2, "parameters": 65})

    facts = {"compile.optimizer": "Adam", "compile.optimizer.learning_rate": 0.01, "fit.epochs": 3}
    assert planned == {**facts, "layers": 1}
    assert shop.read(get_run, run.id).parameters == {**facts, "layers": 2, "parameters": 65}


def test_sketches_come_for_the_runs_that_are_there(shop: Shop) -> None:
    run = shop.add_run()
    claim = shop.claim()
    shop.write(record_points, claim, [("loss", step, 1.0) for step in range(50)])

    found = shop.read(read_sketches, [run.id, "run_none"], ["loss", "val_loss"], 8)

    assert {name: [curve.name for curve in curves] for name, curves in found.items()} == {run.id: ["loss"]}
    assert found[run.id][0].total == 50
