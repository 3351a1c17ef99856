"""What an attempt reports is on the row, on the curves and in the events, in one transaction."""

from concurrent.futures import ThreadPoolExecutor
from math import inf, nan

import pytest

from store.endings import release_run
from store.errors import NotFound
from store.events import read_events, read_log_events
from store.lifecycle import Phase
from store.recording import (
    record_artifact,
    record_checkpoint,
    record_engine,
    record_epoch,
    record_health,
    record_log,
    record_phase,
    record_points,
    record_progress,
    record_scores,
    record_summary,
)
from store.results import artifact_key, find_checkpoint, get_artifact, list_artifacts, list_checkpoints
from store.runs import get_run
from store.series import read_series
from tests.store.conftest import Shop


def test_an_epoch_is_on_the_row_on_its_curves_and_in_the_events(shop: Shop) -> None:
    shop.add_run()
    claim = shop.claim()

    shop.write(record_epoch, claim, 1, {"loss": 0.5, "val_loss": 0.7}, 1.25)
    shop.write(record_epoch, claim, 2, {"loss": 0.25, "val_loss": 0.6}, 1.5)

    assert shop.read(get_run, claim.run_id).last == {"epoch": 2, "metrics": {"loss": 0.25, "val_loss": 0.6}}
    curves = {series.name: series.points for series in shop.read(read_series, claim.run_id)}
    assert curves == {"loss": ((1, 0.5), (2, 0.25)), "val_loss": ((1, 0.7), (2, 0.6))}
    event = shop.read(read_events, claim.run_id)[-1]
    assert (event.kind, event.attempt) == ("metrics", 1)
    assert event.data == {"epoch": 2, "metrics": {"loss": 0.25, "val_loss": 0.6}, "seconds": 1.5}


def test_points_without_an_event_leave_no_gap_in_the_events(shop: Shop) -> None:
    shop.add_run()
    claim = shop.claim()

    shop.write(record_points, claim, [("system/cpu_percent", 1, 2.0)])
    shop.write(record_progress, claim, {"epoch": 1})

    events = shop.read(read_events, claim.run_id)
    assert [event.seq for event in events] == list(range(1, len(events) + 1))


def test_numbers_that_are_not_finite_are_kept_as_gaps(shop: Shop) -> None:
    shop.add_run()
    claim = shop.claim()

    shop.write(record_epoch, claim, 1, {"loss": nan, "val_loss": inf}, 1.0)
    shop.write(record_progress, claim, {"epoch": 2, "metrics": {"loss": nan}})

    curves = {series.name: series.points for series in shop.read(read_series, claim.run_id)}
    assert curves == {"loss": ((1, None),), "val_loss": ((1, None),)}
    assert shop.read(get_run, claim.run_id).last == {"epoch": 1, "metrics": {"loss": None, "val_loss": None}}


def test_an_epoch_trained_again_by_the_next_attempt_replaces_its_point(shop: Shop) -> None:
    shop.add_run()
    first = shop.claim()
    shop.write(record_epoch, first, 1, {"loss": 0.5}, 1.0)
    shop.write(record_epoch, first, 2, {"loss": 0.4}, 1.0)
    shop.write(release_run, first, "worker_stopped")

    shop.write(record_epoch, shop.claim(), 2, {"loss": 0.3}, 1.0)

    (series,) = shop.read(read_series, first.run_id)
    assert series.points == ((1, 0.5), (2, 0.3))


def test_progress_is_the_row_without_its_metrics(shop: Shop) -> None:
    shop.add_run()
    claim = shop.claim()
    said = {"epoch": 1, "epochs": 3, "step": 7, "steps": 9, "eta_seconds": 1.5, "metrics": {"loss": 1.0}}

    shop.write(record_progress, claim, said)

    assert shop.read(get_run, claim.run_id).progress == {k: said[k] for k in said if k != "metrics"}
    assert shop.read(read_events, claim.run_id)[-1].data == said


def test_phases_follow_one_another_with_start_and_end(shop: Shop) -> None:
    shop.add_run()
    claim = shop.claim()

    shop.write(record_phase, claim, Phase.PREPARING)
    shop.write(record_phase, claim, Phase.TRAINING)

    run = shop.read(get_run, claim.run_id)
    first, second = run.phases
    assert run.phase is Phase.TRAINING
    assert (first["phase"], second["phase"]) == ("preparing", "training")
    assert first["ended_at"] == second["started_at"]
    assert second["ended_at"] is None

    shop.write(release_run, claim, "worker_stopped")
    run = shop.read(get_run, claim.run_id)
    assert run.phase is None
    assert run.phases[-1]["ended_at"] is not None


def test_scores_are_set_one_by_one(shop: Shop) -> None:
    shop.add_run()
    claim = shop.claim()

    shop.write(record_scores, claim, best={"epoch": 1, "metrics": {"loss": 1.0}})
    shop.write(record_scores, claim, test={"metrics": {"loss": 2.0}})

    run = shop.read(get_run, claim.run_id)
    assert (run.best, run.restored) == ({"epoch": 1, "metrics": {"loss": 1.0}}, None)
    assert run.test == {"metrics": {"loss": 2.0}}


def test_an_engine_that_was_tried_stands_in_the_spec_of_a_run_that_allows_it(shop: Shop) -> None:
    """So that its next attempts and its clones take the same; what no trainer of ours says changes no spec."""
    chosen = {}
    for exact, said in ((False, "xla"), (False, "fused"), (True, "fused"), (False, "own")):
        shop.add_run(spec={"fit": {"exact": exact, "engine": "auto"}})
        claim = shop.claim()
        shop.write(record_engine, claim, {"name": said, "why": "tried"})
        run = shop.read(get_run, claim.run_id)
        chosen[exact, said] = run.spec["fit"]["engine"]
        assert run.engine["name"] == said

    assert chosen == {(False, "xla"): "xla", (False, "fused"): "fused", (True, "fused"): "auto", (False, "own"): "auto"}


def test_summary_engine_and_health(shop: Shop) -> None:
    shop.add_run()
    claim = shop.claim()

    shop.write(record_summary, claim, {"parameters": 31})
    shop.write(record_engine, claim, {"name": "keras", "why": "asked for"})
    shop.write(record_health, claim, {"rule": "dead_units", "layer": "hidden1"})

    run = shop.read(get_run, claim.run_id)
    assert (run.summary, run.engine) == ({"parameters": 31}, {"name": "keras", "why": "asked for"})
    assert shop.read(read_events, claim.run_id)[-1].kind == "health"


def test_best_and_last_are_replaced_and_the_old_files_are_named(shop: Shop) -> None:
    run_id = shop.add_run().id
    claim = shop.claim()

    def keep(name: str, epoch: int, prefix: str) -> str | None:
        return shop.write(
            record_checkpoint,
            claim,
            name=name,
            epoch=epoch,
            metrics={"loss": 1 / epoch},
            bytes=10,
            manifest={"state.npz": {"sha256": "0" * 64, "bytes": 10}},
            prefix=prefix,
        )

    replaced = [keep("last", 1, "a"), keep("best", 1, "b"), keep("last", 2, "c"), keep("last", 2, "c")]

    assert replaced == [None, None, "a", None]
    kept = shop.read(list_checkpoints, run_id)
    assert [(c.name, c.epoch, c.prefix) for c in kept] == [("best", 1, "b"), ("last", 2, "c")]
    last = shop.read(find_checkpoint, run_id)
    assert last is not None
    assert last.manifest["state.npz"] == {"sha256": "0" * 64, "bytes": 10}
    assert shop.read(find_checkpoint, run_id, "epoch-0001") is None


def test_an_artifact_replaces_that_of_an_earlier_attempt(shop: Shop) -> None:
    run_id = shop.add_run().id
    about = {"path": "model.keras", "bytes": 5, "media_type": "application/zip"}

    first = shop.claim()
    shop.write(record_artifact, first, sha256="1" * 64, **about)
    shop.write(release_run, first, "worker_stopped")
    shop.write(record_artifact, shop.claim(), sha256="2" * 64, **about)

    (artifact,) = shop.read(list_artifacts, run_id)
    assert (artifact.attempt, artifact.sha256) == (2, "2" * 64)
    assert artifact_key(artifact) == f"runs/{run_id}/artifacts/2/model.keras"
    with pytest.raises(NotFound):
        shop.read(get_artifact, run_id, "model.h5")


def test_log_events_can_be_read_alone(shop: Shop) -> None:
    run_id = shop.add_run().id
    claim = shop.claim()

    shop.write(record_log, claim, chunk=0, first_line=0, lines=3)
    shop.write(record_progress, claim, {"epoch": 1})
    shop.write(record_log, claim, chunk=1, first_line=3, lines=1, level="error")

    logs = shop.read(read_log_events, run_id)
    assert [event.data for event in logs] == [
        {"chunk": 0, "first_line": 0, "lines": 3, "level": "info"},
        {"chunk": 1, "first_line": 3, "lines": 1, "level": "error"},
    ]


def test_events_written_by_many_threads_have_no_gap_and_no_double(shop: Shop) -> None:
    run_id = shop.add_run().id
    claim = shop.claim()

    def report(worker: int) -> None:
        for step in range(15):
            shop.write(record_progress, claim, {"worker": worker, "step": step})
            shop.write(record_points, claim, [("system/cpu_percent", worker * 100 + step, 1.0)])

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(report, range(6)))

    events = shop.read(read_events, run_id, limit=1000)
    assert [event.seq for event in events] == list(range(1, 3 + 90 + 1))
    assert shop.read(get_run, run_id).last_seq == 93
    (series,) = shop.read(read_series, run_id)
    assert series.total == 90


def test_a_reader_who_comes_back_gets_what_followed(shop: Shop) -> None:
    run_id = shop.add_run().id
    claim = shop.claim()
    for step in range(5):
        shop.write(record_progress, claim, {"step": step})

    first = shop.read(read_events, run_id, limit=4)
    rest = shop.read(read_events, run_id, after=first[-1].seq)

    assert [event.seq for event in first + rest] == list(range(1, 9))
