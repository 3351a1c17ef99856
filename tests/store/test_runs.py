"""Runs as their users see them: added, listed, asked to end, deleted."""

import pytest

from store import datasets
from store.asking import ask_cancel, ask_pause, ask_resume, ask_stop, refuse_run
from store.endings import finish_run, release_run
from store.errors import BadCursor, BadSort, DatasetGone, NotFound, RunIsActive, RunIsEnding, RunIsFinal
from store.events import newest_seqs, read_events
from store.lifecycle import EndedBy, Status, Wanted
from store.recording import record_epoch
from store.results import list_attempts
from store.runs import (
    RunFilter,
    change_run,
    count_queued,
    delete_run,
    get_run,
    list_runs,
)
from store.series import read_series
from store.waiting import Place, list_waiting, queue_place
from tests.store.conftest import Shop


def finish(shop: Shop) -> str:
    """Claim the next run and finish it."""
    claim = shop.claim()
    shop.write(finish_run, claim, status=Status.SUCCEEDED, ended_by=EndedBy.COMPLETED)
    return claim.run_id


def test_a_new_run_is_queued_and_says_so(shop: Shop) -> None:
    spec = {"seed": 42, "inputs": {"z": {}, "a": {}}}
    run = shop.add_run("mine", spec=spec, tags={"team": "blue"}, warnings=[{"message": "hm"}])

    found = shop.read(get_run, run.id)

    assert (found.status, found.wanted, found.attempt, found.last_seq) == (Status.QUEUED, Wanted.RUN, 0, 1)
    assert (found.spec, found.tags, found.warnings) == (spec, {"team": "blue"}, [{"message": "hm"}])
    assert found.created_at.tzinfo is not None
    (event,) = shop.read(read_events, run.id)
    assert (event.seq, event.kind, event.data) == (1, "status", {"status": "queued"})


def test_a_spec_keeps_the_order_of_its_names(shop: Shop) -> None:
    run = shop.add_run(spec={"inputs": {"zebra": 1, "ant": 2, "bee": 3}})

    inputs = shop.read(get_run, run.id).spec["inputs"]

    assert isinstance(inputs, dict)
    assert list(inputs) == ["zebra", "ant", "bee"]


def test_an_unknown_run_is_not_found(shop: Shop) -> None:
    for ask in (get_run, ask_stop, ask_cancel, ask_pause, ask_resume, delete_run):
        with pytest.raises(NotFound):
            shop.write(ask, "run_none")


def test_pages_neither_skip_nor_repeat_while_runs_arrive(shop: Shop) -> None:
    ids = [shop.add_run(f"run {n}").id for n in range(7)]

    first = shop.read(list_runs, limit=3)
    shop.add_run("late")
    second = shop.read(list_runs, limit=3, after=first.next_cursor)
    third = shop.read(list_runs, limit=3, after=second.next_cursor)

    assert [run.id for page in (first, second, third) for run in page.items] == ids[::-1]
    assert (first.has_more, third.has_more, third.next_cursor) == (True, False, None)


@pytest.mark.parametrize(
    ("sort", "names"),
    [("name", "aabc"), ("-name", "cbaa"), ("created_at", "bcaa"), ("-created_at", "aacb")],
)
def test_runs_are_sorted_both_ways_across_pages(shop: Shop, sort: str, names: str) -> None:
    for name in "bcaa":
        shop.add_run(name)

    seen, after = "", None
    for _ in names:
        page = shop.read(list_runs, sort=sort, limit=1, after=after)
        seen += "".join(run.name for run in page.items)
        after = page.next_cursor

    assert (seen, after) == (names, None)


def test_a_cursor_of_another_order_and_a_made_up_one_are_refused(shop: Shop) -> None:
    shop.add_run()
    shop.add_run()
    cursor = shop.read(list_runs, limit=1, sort="name").next_cursor

    for after in (cursor, "x", "bnVsbA", "W10", ""):
        with pytest.raises(BadCursor):
            shop.read(list_runs, after=after)
    with pytest.raises(BadSort, match="-created_at"):
        shop.read(list_runs, sort="spec")


def test_lists_are_narrowed_by_status_project_tag_data_set_and_name(shop: Shop) -> None:
    housing, wine = shop.add_dataset("housing"), shop.add_dataset("wine", "b" * 64)
    done = shop.add_run("Wide & Deep", datasets={"train": housing.id}, tags={"team": "blue"}).id
    finish(shop)
    deep = shop.add_run("deep_50%", datasets={"train": wine.id, "test": housing.id}, tags={"team": "red"}).id
    plain = shop.add_run("plain", tags={"kept": ""}).id

    def names(**only: object) -> set[str]:
        return {run.id for run in shop.read(list_runs, RunFilter(**only)).items}  # type: ignore[arg-type]

    assert names(statuses=[Status.SUCCEEDED]) == {done}
    assert names(statuses=[Status.QUEUED, Status.SUCCEEDED]) == {done, deep, plain}
    assert names(project_id=shop.project_id) == {done, deep, plain}
    assert names(project_id="prj_other") == set()
    assert names(tags={"team": "red"}) == {deep}
    assert names(tags={"team": None}) == {done, deep}
    assert names(tags={"kept": None}) == {plain}
    assert names(tags={"team": "red", "kept": None}) == set()
    assert names(dataset_id=housing.id) == {done, deep}
    assert names(search="DEEP") == {done, deep}
    assert names(search="50%") == {deep}
    assert names(search="_") == {deep}


def test_the_queue_position_counts_those_that_go_first(shop: Shop) -> None:
    later = shop.add_run("later")
    last = shop.add_run("last")
    first = shop.add_run("first", priority=1)
    elsewhere = shop.add_run("elsewhere", queue="slow")

    places = [shop.read(queue_place, run) for run in (later, last, first, elsewhere)]

    assert places == [Place(2, None), Place(3, None), Place(1, None), Place(1, None)]
    assert shop.read(count_queued) == {"default": 3, "slow": 1}
    waiting = shop.read(list_waiting)
    assert [(w.queue, w.position, w.name) for w in waiting] == [
        ("default", 1, "first"),
        ("default", 2, "later"),
        ("default", 3, "last"),
        ("slow", 1, "elsewhere"),
    ]
    assert [w.name for w in shop.read(list_waiting, after=first.id)] == ["later", "last", "elsewhere"]
    shop.claim()
    assert shop.read(queue_place, shop.read(get_run, first.id)) is None


@pytest.mark.parametrize(("ask", "ended_by"), [(ask_stop, EndedBy.STOP), (ask_cancel, EndedBy.CANCEL)])
def test_a_run_that_never_started_ends_at_once(shop: Shop, ask: object, ended_by: EndedBy) -> None:
    run_id = shop.add_run().id

    run = shop.write(ask, run_id)  # type: ignore[arg-type]  # one of the two above

    assert (run.status, run.ended_by, run.started_at) == (Status.CANCELLED, ended_by, None)
    assert run.ended_at is not None
    assert [event.kind for event in shop.read(read_events, run_id)] == ["status", "status", "end"]
    assert shop.read(list_attempts, run_id) == []
    assert shop.try_claim() is None


def test_a_running_run_is_asked_and_its_worker_decides_when(shop: Shop) -> None:
    run_id = shop.add_run().id
    shop.claim()

    assert shop.write(ask_stop, run_id).wanted is Wanted.STOP
    assert shop.write(ask_cancel, run_id).wanted is Wanted.CANCEL
    assert shop.write(ask_stop, run_id).wanted is Wanted.CANCEL
    assert shop.read(get_run, run_id).status is Status.RUNNING


def test_a_waiting_run_that_is_paused_is_not_claimed_until_it_is_resumed(shop: Shop) -> None:
    run_id = shop.add_run().id

    assert shop.write(ask_pause, run_id).status is Status.PAUSED
    assert shop.write(ask_pause, run_id).status is Status.PAUSED
    assert shop.try_claim() is None
    assert shop.write(ask_resume, run_id).status is Status.QUEUED
    assert shop.claim().run_id == run_id
    statuses = [event.data["status"] for event in shop.read(read_events, run_id) if event.kind == "status"]
    assert statuses == ["queued", "paused", "queued", "running"]


def test_a_running_run_that_is_paused_is_laid_aside_by_its_worker(shop: Shop) -> None:
    run_id = shop.add_run().id
    claim = shop.claim()
    assert shop.write(ask_pause, run_id).status is Status.RUNNING

    shop.write(release_run, claim, "pause")

    assert shop.read(get_run, run_id).status is Status.PAUSED
    assert [attempt.reason for attempt in shop.read(list_attempts, run_id)] == ["pause"]
    stopped = shop.write(ask_stop, run_id)
    assert (stopped.status, stopped.wanted) == (Status.QUEUED, Wanted.STOP)
    with pytest.raises(RunIsEnding, match="a stop was asked for"):
        shop.write(ask_pause, run_id)


def test_a_pause_can_be_taken_back_before_it_has_come_about(shop: Shop) -> None:
    run_id = shop.add_run().id
    claim = shop.claim()
    shop.write(ask_pause, run_id)
    assert shop.write(ask_resume, run_id).wanted is Wanted.RUN

    shop.write(release_run, claim, "pause")

    assert shop.read(get_run, run_id).status is Status.QUEUED


def test_a_run_that_has_ended_cannot_be_asked_for_anything(shop: Shop) -> None:
    shop.add_run()
    run_id = finish(shop)

    for ask in (ask_stop, ask_cancel, ask_pause, ask_resume):
        with pytest.raises(RunIsFinal, match="succeeded"):
            shop.write(ask, run_id)


def test_a_finished_run_says_how_it_ended_and_its_last_event_is_the_end(shop: Shop) -> None:
    run_id = shop.add_run().id
    failure = {"kind": "data", "message": "207 gaps", "frame": None, "advice": "Set missing."}

    shop.write(finish_run, shop.claim(), status="failed", ended_by="failure", failure=failure)

    run = shop.read(get_run, run_id)
    assert (run.status, run.ended_by, run.failure) == (Status.FAILED, EndedBy.FAILURE, failure)
    assert (run.worker_id, run.lease_until, run.phase) == (None, None, None)
    *_, attempt, status, end = shop.read(read_events, run_id)
    assert (attempt.kind, attempt.data["state"], attempt.data["reason"]) == ("attempt", "ended", "failure")
    assert (status.kind, status.data) == ("status", {"status": "failed", "ended_by": "failure"})
    assert (end.kind, end.data) == ("end", {"status": "failed", "ended_by": "failure", "failure": failure})
    assert shop.read(newest_seqs, [run_id]) == {run_id: end.seq}


def test_a_run_is_renamed_and_tagged_whenever(shop: Shop) -> None:
    shop.add_run("old", tags={"a": "1"})
    run_id = finish(shop)

    shop.write(change_run, run_id, name="new")
    run = shop.write(change_run, run_id, tags={"b": "2"})

    assert (run.name, run.tags) == ("new", {"b": "2"})
    with pytest.raises(NotFound):
        shop.write(change_run, "run_none", name="x")


def test_deleting_a_run_leaves_nothing_of_it(shop: Shop) -> None:
    dataset = shop.add_dataset()
    run_id = shop.add_run(datasets={"train": dataset.id}).id
    with pytest.raises(RunIsActive, match="queued"):
        shop.write(delete_run, run_id)
    claim = shop.claim()
    shop.write(record_epoch, claim, 1, {"loss": 1.0}, 1.0)
    with pytest.raises(RunIsActive, match="running"):
        shop.write(delete_run, run_id)
    shop.write(finish_run, claim, status=Status.SUCCEEDED, ended_by=EndedBy.COMPLETED)

    shop.write(delete_run, run_id)

    with pytest.raises(NotFound):
        shop.read(get_run, run_id)
    assert shop.read(read_events, run_id) == []
    assert shop.read(read_series, run_id) == []
    assert shop.read(list_attempts, run_id) == []
    assert shop.read(datasets.list_pins, [run_id]) == []


def test_a_run_on_a_data_set_that_is_gone_is_not_added(shop: Shop) -> None:
    with pytest.raises(DatasetGone, match="ds_gone"):
        shop.add_run(datasets={"train": "ds_gone"})

    assert shop.read(list_runs).items == []


def test_a_waiting_run_that_is_known_to_fail_is_cancelled_and_says_why(shop: Shop) -> None:
    run = shop.add_run()
    with shop.database.transaction() as session:
        refuse_run(session, run.id, {"kind": "user_code", "message": "It cannot be saved.", "pointer": "/model"})

    with shop.database.reading() as session:
        found = get_run(session, run.id)
        end = read_events(session, run.id)[-1]
    assert (found.status, found.ended_by) == (Status.CANCELLED, EndedBy.CANCEL)
    assert found.failure == end.data["failure"]
    assert found.failure["pointer"] == "/model"


def test_the_work_of_a_run_that_was_asked_to_stop_is_not_lost_to_what_is_known_by_then(shop: Shop) -> None:
    run_id = shop.add_run().id
    shop.claim()
    shop.write(ask_stop, run_id)

    with pytest.raises(RunIsEnding):
        shop.write(refuse_run, run_id, {"kind": "user_code", "message": "It cannot be saved.", "pointer": "/model"})

    assert shop.read(get_run, run_id).wanted is Wanted.STOP
