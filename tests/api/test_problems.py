"""Every error is a problem that says what to do, and no bad request is an error of ours."""

import json
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from api.drawing import draw_expected
from store import recording
from store.errors import DatabaseFull
from tests.api.serving import Service

JSON = {"Content-Type": "application/json"}


def assert_problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The answer is this problem, as RFC 9457 has it."""
    problem: dict[str, Any] = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, problem["status"], problem["code"]) == (status, status, code)
    assert problem["type"] == f"urn:horngate:problem:{code}"
    assert problem["title"]
    assert problem["detail"]
    return problem


def test_an_address_that_does_not_exist(http: httpx.Client) -> None:
    assert_problem(http.get("/v1/rums"), 404, "unknown_address")


def test_a_method_that_is_not_taken(http: httpx.Client) -> None:
    answer = http.put("/v1/runs")

    assert_problem(answer, 405, "method_not_allowed")
    assert set(answer.headers["Allow"].split(", ")) <= {"GET", "POST"}


def test_unknown_query_parameters_and_wrong_words_are_all_named(http: httpx.Client) -> None:
    problem = assert_problem(http.get("/v1/runs?stauts=queued&sort=size&limit=0"), 422, "invalid_request")
    faults = {fault["pointer"]: fault for fault in problem["errors"]}

    assert faults.keys() == {"/query/stauts", "/query/sort", "/query/limit"}
    assert faults["/query/stauts"]["code"] == "unknown_field"
    assert faults["/query/sort"]["allowed"] == ["-created_at", "created_at", "-name", "name"]
    assert faults["/query/limit"]["code"] == "out_of_range"


def test_unknown_and_missing_fields_of_a_body_are_all_named(http: httpx.Client) -> None:
    problem = assert_problem(
        http.post("/v1/keys", json={"nam": "x", "expires_in_days": "soon"}), 422, "invalid_request"
    )

    assert {fault["pointer"]: fault["code"] for fault in problem["errors"]} == {
        "/name": "missing",
        "/nam": "unknown_field",
        "/expires_in_days": "wrong_type",
    }


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"",
        b"\xff\xfe",
        b'{"name": NaN}',
        b'{"name": 1e400}',
        b'{"name": "a", "name": "b"}',
        b'{"name": "\xe9"}',
        b'{"name": "\\ud800"}',
        b'{"name": "a\\u0000b"}',
        b"[" * 100_000,
        b'{"name": ' + b"9" * 10_000 + b"}",
        b'"text"',
        b"null",
    ],
)
def test_a_body_that_is_no_sound_json_is_refused(http: httpx.Client, body: bytes) -> None:
    assert_problem(http.post("/v1/keys", content=body, headers=JSON), 422, "invalid_request")


def test_a_body_that_does_not_say_that_it_is_json_is_refused(http: httpx.Client) -> None:
    assert_problem(http.post("/v1/keys", content=b'{"name": "x"}'), 415, "not_json")


def test_a_body_over_the_limit_is_refused_before_it_is_read(http: httpx.Client) -> None:
    assert_problem(http.post("/v1/keys", content=b"x" * (4 * 2**20 + 1), headers=JSON), 413, "too_large")


def test_a_body_that_does_not_tell_its_length_is_counted(http: httpx.Client) -> None:
    answer = http.post("/v1/keys", content=(b"x" * 2**20 for _ in range(5)), headers=JSON)

    assert_problem(answer, 413, "too_large")


@pytest.mark.parametrize(
    "address",
    [
        "/v1/runs/%00",
        "/v1/runs/%ff%fe",
        "/v1/runs/" + "x" * 5000,
        "/v1/runs?search=%00",
        "/v1/runs?after=" + "A" * 300,
        "/v1/runs?after=WyItY3JlYXRlZF9hdCIsICIyMDI2LTExLTIzVDE3OjQ1OjMxIiwgIngiXQ",
        "/v1/queue?after=none",
        "/v1/runs/x/events?after=99999999999999999999",
        "/v1/runs/x/metrics?max_points=1e9",
        "/v1/datasets/a@b@c",
        "/v1/datasets/x@99999999999999999999",
        "/v1/datasets/x/preview?rows=-1",
    ],
)
def test_no_address_makes_an_error_of_ours(http: httpx.Client, address: str) -> None:
    answer = http.get(address)

    assert 400 <= answer.status_code < 500
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_last_event_id_that_is_no_number_is_refused(service: Service, http: httpx.Client) -> None:
    run_id = service.add_run("numbered")
    for value in ("x", "-1", "9" * 30):
        answer = http.get(f"/v1/runs/{run_id}/events", headers={"Last-Event-ID": value})
        assert_problem(answer, 422, "invalid_request")


def test_what_was_not_expected_tells_the_caller_a_number_and_the_log_the_rest(
    service: Service, http: httpx.Client
) -> None:
    """Here a chunk of a log that is damaged."""
    claim = service.add_running("damaged")
    service.blobs.put_bytes(f"runs/{claim.run_id}/logs/1/00000000.jsonl", b"{damaged\n")
    with service.database.transaction() as session:
        recording.record_log(session, claim, chunk=0, first_line=0, lines=1)
    with capture_logs() as logged:
        problem = assert_problem(http.get(f"/v1/runs/{claim.run_id}/logs"), 500, "internal")

    [entry] = [entry for entry in logged if entry["event"] == "unexpected"]
    assert problem["instance"] == f"urn:horngate:failure:{entry['failure']}"
    assert "Expecting property name" in str(entry["exc_info"])
    assert "property" not in json.dumps(problem)


def test_a_full_disk_is_told_as_such() -> None:
    answer = draw_expected(DatabaseFull("no page left at /srv/secret"))

    assert (answer.status_code, json.loads(bytes(answer.body))["code"]) == (507, "disk_full")
    assert b"secret" not in bytes(answer.body)
