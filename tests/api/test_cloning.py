"""What a clone takes over of a run whose engine was found out by a trial."""

from api.runs.verbs import _tried_anew

TRIED = {"model": {"kind": "sequential"}, "fit": {"exact": False, "engine": "xla", "epochs": 3}}


def test_a_clone_keeps_the_engine_that_was_tried_until_it_changes_what_that_depends_on() -> None:
    kept = ({}, {"seed": 2}, {"fit": {"epochs": 9}}, {"name": "again"})
    anew = (
        {"model": {"layers": []}},
        {"compile": {"run_eagerly": True}},
        {"fit": {"exact": True}},
        {"compile": {}, "fit": None},
    )

    assert [_tried_anew(TRIED, changes)["fit"]["engine"] for changes in kept] == ["xla"] * 4
    assert [_tried_anew(TRIED, changes)["fit"]["engine"] for changes in anew] == ["auto"] * 4
    exact = {**TRIED, "fit": {**TRIED["fit"], "exact": True, "engine": "fused"}}
    assert _tried_anew(exact, {"model": {}}) == exact
