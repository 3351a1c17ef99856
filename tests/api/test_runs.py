"""Runs: lists, changes, ends."""

import httpx
import pytest
from sqlalchemy import update

from store import endings, recording
from store.lifecycle import EndedBy, Phase, Status
from store.rows import Run
from tests.api.serving import Service


def test_a_run_shows_what_its_row_says_under_the_names_of_project_and_owner(
    service: Service, http: httpx.Client
) -> None:
    dataset = service.add_dataset("shown")
    run_id = service.add_run("shown", tags={"team": "vision"}, datasets={"train": dataset.id}, priority=7)

    run = http.get(f"/v1/runs/{run_id}").json()

    assert (run["project"], run["owner"], run["status"], run["wanted"]) == ("default", "admin", "queued", "run")
    assert run["tags"] == {"team": "vision"}
    assert run["datasets"] == [{"id": dataset.id, "name": "shown", "version": 1, "part": "train"}]
    assert run["queue_position"] == 1
    assert run["created_at"].endswith("Z")
    assert run["links"]["events"] == f"/v1/runs/{run_id}/events"


def test_a_list_goes_page_by_page_without_skipping_or_repeating(service: Service, http: httpx.Client) -> None:
    """Also when a run that belongs to the first page is added after it was read."""
    for number in range(1, 6):
        service.add_run(f"paged {number}")
    asked = {"search": "paged", "limit": 2, "sort": "name"}
    first = http.get("/v1/runs", params=asked).json()
    service.add_run("paged 0")
    second = http.get("/v1/runs", params={**asked, "after": first["next_cursor"]}).json()
    third = http.get("/v1/runs", params={**asked, "after": second["next_cursor"]}).json()

    names = [run["name"] for page in (first, second, third) for run in page["data"]]
    assert names == [f"paged {number}" for number in range(1, 6)]
    assert [page["has_more"] for page in (first, second, third)] == [True, True, False]
    assert third["next_cursor"] is None


def test_a_list_by_time_goes_page_by_page_too(service: Service, http: httpx.Client) -> None:
    """The cursor then holds a time, which every database writes in its own way."""
    made = {service.add_run(f"timed {number}") for number in range(7)}
    pages = [http.get("/v1/runs", params={"search": "timed", "limit": 3}).json()]
    while pages[-1]["has_more"]:
        asked = {"search": "timed", "limit": 3, "after": pages[-1]["next_cursor"]}
        pages.append(http.get("/v1/runs", params=asked).json())

    assert [len(page["data"]) for page in pages] == [3, 3, 1]
    assert {run["id"] for page in pages for run in page["data"]} == made


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"tag": "flavour"}, ["filtered b", "filtered a"]),
        ({"tag": "flavour:sweet"}, ["filtered a"]),
        ({"tag": ["flavour", "size:2"]}, ["filtered b"]),
        ({"search": "ILTERED B"}, ["filtered b"]),
        ({"status": ["queued", "failed"], "tag": "flavour", "sort": "name"}, ["filtered a", "filtered b"]),
        ({"status": "failed", "tag": "flavour"}, []),
        ({"project": "default", "tag": "flavour:sweet"}, ["filtered a"]),
    ],
)
def test_a_list_is_narrowed_by_each_filter(
    service: Service, http: httpx.Client, asked: dict[str, str], found: list[str]
) -> None:
    if not http.get("/v1/runs", params={"tag": "flavour"}).json()["data"]:
        service.add_run("filtered a", tags={"flavour": "sweet"})
        service.add_run("filtered b", tags={"flavour": "sour", "size": "2"})

    assert [run["name"] for run in http.get("/v1/runs", params=asked).json()["data"]] == found


def test_a_list_of_another_data_set_or_project_says_what_is_wrong(service: Service, http: httpx.Client) -> None:
    assert http.get("/v1/runs", params={"dataset": "ds_none"}).json()["data"] == []
    assert http.get("/v1/runs", params={"project": "none"}).json()["code"] == "unknown_project"


def test_name_and_tags_can_be_changed_and_what_is_left_out_stays(service: Service, http: httpx.Client) -> None:
    run_id = service.add_run("before", tags={"a": "1"})

    renamed = http.patch(f"/v1/runs/{run_id}", json={"name": "after"}).json()
    tagged = http.patch(f"/v1/runs/{run_id}", json={"tags": {"b": "2"}}).json()

    assert (renamed["name"], renamed["tags"]) == ("after", {"a": "1"})
    assert (tagged["name"], tagged["tags"]) == ("after", {"b": "2"})


def test_a_queued_run_is_cancelled_at_once_and_then_is_final(service: Service, http: httpx.Client) -> None:
    run_id = service.add_run("cancelled")

    cancelled = http.post(f"/v1/runs/{run_id}:cancel").json()
    again = http.post(f"/v1/runs/{run_id}:cancel")

    assert (cancelled["status"], cancelled["ended_by"]) == ("cancelled", "cancel")
    assert (again.status_code, again.json()["code"]) == (409, "run_is_final")


def test_a_running_run_is_asked_to_stop_and_goes_on_until_its_worker_has(service: Service, http: httpx.Client) -> None:
    claim = service.add_running("stopped")

    stopped = http.post(f"/v1/runs/{claim.run_id}:stop").json()

    assert (stopped["status"], stopped["wanted"]) == ("running", "stop")


def test_a_run_that_has_not_ended_is_not_deleted_and_the_problem_says_what_to_do(
    service: Service, http: httpx.Client
) -> None:
    answer = http.delete(f"/v1/runs/{service.add_run('alive')}")

    assert (answer.status_code, answer.json()["code"]) == (409, "run_is_active")
    assert "cancel" in answer.json()["detail"]


def test_deleting_a_run_takes_its_files_along(service: Service, http: httpx.Client) -> None:
    run_id = service.add_run("deleted")
    service.blobs.put_bytes(f"runs/{run_id}/artifacts/1/model.keras", b"model")
    http.post(f"/v1/runs/{run_id}:cancel")

    assert http.delete(f"/v1/runs/{run_id}").status_code == 204
    assert http.get(f"/v1/runs/{run_id}").json()["code"] == "unknown_run"
    assert service.blobs.list(f"runs/{run_id}") == []


def test_a_failed_run_shows_its_scores_and_why_it_failed(service: Service, http: httpx.Client) -> None:
    claim = service.add_running("failed")
    failure: dict[str, object] = {"kind": "oom", "message": "out of memory", "frame": None, "advice": "a smaller batch"}
    with service.database.transaction() as session:
        recording.record_phase(session, claim, Phase.TRAINING)
        recording.record_scores(session, claim, best={"epoch": 3, "metrics": {"loss": 0.5}})
        recording.record_engine(session, claim, {"name": "keras", "why": "the only one"})
        endings.finish_run(session, claim, status=Status.FAILED, ended_by=EndedBy.FAILURE, failure=failure)

    run = http.get(f"/v1/runs/{claim.run_id}").json()

    assert run["failure"] == failure
    assert run["best"] == {"epoch": 3, "metrics": {"loss": 0.5}}
    assert run["engine"]["name"] == "keras"
    assert [span["phase"] for span in run["phases"]] == ["training"]
    assert run["phases"][0]["ended_at"] is not None


def test_the_queue_is_listed_in_the_order_of_its_claiming(service: Service, http: httpx.Client) -> None:
    low = service.add_run("low", queue="ordered", priority=-1)
    first = service.add_run("first", queue="ordered")
    second = service.add_run("second", queue="ordered")
    high = service.add_run("high", queue="ordered", priority=5)

    listed, after = [], None
    while True:
        page = http.get("/v1/queue", params={"limit": 3, **({"after": after} if after else {})}).json()
        listed += page["data"]
        if (after := page["next_cursor"]) is None:
            break

    ordered = [entry for entry in listed if entry["queue"] == "ordered"]
    assert [entry["run_id"] for entry in ordered] == [high, first, second, low]
    assert [entry["position"] for entry in ordered] == [1, 2, 3, 4]
    assert all(entry["waiting_seconds"] >= 0 for entry in ordered)


def test_workers_are_listed_with_what_they_are_busy_with(service: Service, http: httpx.Client) -> None:
    claim = service.add_running("busy")

    [worker] = [w for w in http.get("/v1/workers").json()["data"] if w["id"] == claim.worker_id]

    assert (worker["state"], worker["running"], worker["queues"]) == ("alive", 1, ["of busy"])


def test_metrics_for_prometheus_tell_queue_runs_and_requests(service: Service, http: httpx.Client) -> None:
    service.add_run("measured", queue="measured")
    http.get(f"/v1/runs/{service.add_run('asked for', queue='measured')}")

    told = http.get("/metrics").text

    assert 'horngate_queued_runs{queue="measured"} 2.0' in told
    assert 'horngate_oldest_queued_seconds{queue="measured"}' in told
    assert 'route="/v1/runs/{run_id}",status="200"' in told


def test_a_list_is_narrowed_and_sorted_by_scores_and_says_what_one_would_vary(
    service: Service, http: httpx.Client
) -> None:
    for name, loss in (("scored a", 0.5), ("scored b", 0.25)):
        claim = service.add_running(name, spec={"fit": {"batch_size": 32, "monitor": "val_loss"}})
        with service.database.transaction() as session:
            recording.record_epoch(session, claim, 1, {"val_loss": loss}, 1.0)
    asked = {"search": "scored", "sort_metric": "val_loss"}

    listed = http.get("/v1/runs", params=asked).json()["data"]
    few = http.get("/v1/runs", params={**asked, "metric": ["val_loss<0.3", "val_loss>-1e3"]}).json()["data"]
    sketches = http.get("/v1/sketches", params={"run": [run["id"] for run in listed], "names": "val_loss"}).json()

    assert [run["name"] for run in listed] == ["scored b", "scored a"]
    assert [run["name"] for run in few] == ["scored b"]
    assert (listed[0]["monitor"], listed[0]["parameters"]["fit.batch_size"]) == ("val_loss", 32)
    assert {one["run"]: one["series"][0]["points"] for one in sketches["data"]} == {
        listed[0]["id"]: [[1, 0.25]],
        listed[1]["id"]: [[1, 0.5]],
    }
    refused = http.get("/v1/runs?metric=val_loss!3").json()
    assert refused["errors"][0]["pointer"] == "/query/metric/0"


@pytest.mark.parametrize(("name", "claim"), [("metric", "loss<1"), ("layer", "Dense"), ("tag", "keep:yes")])
def test_a_list_is_narrowed_by_so_many_claims_and_no_more(http: httpx.Client, name: str, claim: str) -> None:
    assert http.get("/v1/runs", params={name: [claim] * 20}).status_code == 200

    refused = http.get("/v1/runs", params={name: [claim] * 21})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, f"/query/{name}")


def test_a_run_from_before_parameters_were_kept_says_its_monitor_all_the_same(
    service: Service, http: httpx.Client
) -> None:
    claim = service.add_running("of before", spec={"fit": {"monitor": "val_loss"}})
    with service.database.transaction() as session:
        session.execute(update(Run).where(Run.id == claim.run_id).values(parameters=None))

    assert http.get(f"/v1/runs/{claim.run_id}").json()["monitor"] == "val_loss"

    with service.database.transaction() as session:
        recording.record_summary(session, claim, {"layers": [], "parameters": 65})
    [listed] = http.get("/v1/runs", params={"search": "of before"}).json()["data"]
    assert listed["parameters"] == {"fit.monitor": "val_loss", "layers": 0, "parameters": 65}
