"""What Prometheus is told: the names are promised in docs/guides/operating.md."""

import re
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from store import asking, endings, recording, workers
from store.lifecycle import EndedBy, Status
from tests.api.serving import Service

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "operating.md"
PULSE = {
    "kind": "heartbeat",
    "version": "0.1.0",
    "free_bytes": 5e9,
    "tallies": {
        "checkpoints": 3,
        "checkpoint_seconds": 1.5,
        "checkpoint_bytes": 3000,
        "cancels": 1,
        "cancel_seconds": 0.75,
    },
}

Found = dict[str, dict[tuple[str, ...], float]]


def read(service: Service) -> Found:
    """Value by labels (in the alphabet's order of their names), by name."""
    found: Found = {}
    with service.client() as http:
        text = http.get("/metrics").raise_for_status().text
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(sample.labels.values())] = sample.value
    return found


def test_queues_attempts_leases_trainers_and_workers_are_counted(service: Service) -> None:
    before = read(service).get("horngate_attempts_total", {})
    service.add_run("counted", queue="counted")
    held, failed, cancelled = (service.add_running(name) for name in ("held", "failed", "cancelled"))
    with service.database.transaction() as session:
        memory, gpu = "system/memory_mb", "system/gpu_percent"
        recording.record_points(session, held, [(memory, 1, 10.0), (gpu, 1, 50.0), (memory, 3, 20.0)])
        failure = {"kind": "user_code", "message": "m", "advice": "a", "frame": None}
        endings.fail_run(session, failed, failure=failure, ended_by=EndedBy.FAILURE)
        endings.finish_run(session, cancelled, status=Status.CANCELLED, ended_by=EndedBy.CANCEL)
        assert workers.report_alive(session, held.worker_id, PULSE)

    found = read(service)

    assert found["horngate_queued_runs"][("counted",)] == 1
    assert 0 <= found["horngate_oldest_queued_seconds"][("counted",)] < 60
    for labels in (("user_code", "failed"), ("cancel", "cancelled")):
        assert found["horngate_attempts_total"][labels] - before.get(labels, 0) == 1
    assert found["horngate_run_memory_bytes"][(held.run_id,)] == 20 * 2**20
    assert found["horngate_run_gpu_busy"][(held.run_id,)] == 0.5
    assert found["horngate_checkpoint_seconds_total"][("w",)] in (0, 1.5), "one label, many workers of that name"
    assert found["horngate_expired_leases"][()] == 0
    assert found["horngate_running_runs"][()] >= 1
    with service.database.transaction() as session:
        asking.ask_cancel(session, held.run_id)
        endings.finish_run(session, held, status=Status.CANCELLED, ended_by=EndedBy.CANCEL)
    assert (held.run_id,) not in read(service).get("horngate_run_memory_bytes", {})


def test_a_worker_is_shown_with_its_pulse_beside_its_devices(service: Service) -> None:
    held = service.add_running("pulsing")
    with service.database.transaction() as session:
        assert workers.report_alive(session, held.worker_id, {**PULSE, "free_bytes": 1})
        assert workers.report_alive(session, held.worker_id, PULSE)
        endings.finish_run(session, held, status=Status.CANCELLED, ended_by=EndedBy.CANCEL)

    with service.client() as http:
        [shown] = [w for w in http.get("/v1/workers?limit=500").json()["data"] if w["id"] == held.worker_id]
    assert (shown["pulse"]["free_bytes"], shown["devices"]) == (5e9, [])


@pytest.mark.parametrize("labels", [("GET", "/v1/runs/{run_id}", "404"), ("GET", "/v1/workers", "200")])
def test_requests_are_timed_by_route_and_status(service: Service, labels: tuple[str, ...]) -> None:
    with service.client() as http:
        http.get("/v1/runs/run_none")
        http.get("/v1/workers")

    assert read(service)["horngate_request_seconds_count"][labels] >= 1


def test_methods_that_nobody_knows_are_one_series(service: Service) -> None:
    """Else every stranger makes as many as he can spell."""
    with service.client() as http:
        for method in ("PROPFIND", "MKCALENDAR"):
            http.request(method, "/healthz")

    methods = {labels[0] for labels in read(service)["horngate_request_seconds_count"]}
    assert "other" in methods
    assert not methods & {"PROPFIND", "MKCALENDAR"}


def test_every_name_that_is_told_stands_in_the_guide_and_the_other_way_round(service: Service) -> None:
    suffixes = re.compile(r"_(bucket|sum|count|created)$")
    with service.client() as http:
        families = {f.name for f in text_string_to_metric_families(http.get("/metrics").text)}
    documented = {re.sub("_total$", "", name) for name in re.findall(r"`(horngate_[a-z_]+)[`{]", GUIDE.read_text())}

    assert {suffixes.sub("", name) for name in families} == documented
