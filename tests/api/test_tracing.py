"""A request has an id: the caller's or ours, in the answer, in the log, and in the first event of the run it made."""

import pytest
import structlog

from tests.api.serving import Service

SPEC = """
name: traced
dataset: traced
targets: {price: {column: price}}
model: {kind: sequential, layers: [Dense(1)]}
compile: {optimizer: sgd, loss: mse}
fit: {epochs: 1}
"""


def test_a_callers_id_comes_back_and_another_is_made_where_there_is_none(service: Service) -> None:
    with service.client() as http:
        assert http.get("/v1/me", headers={"X-Request-Id": "mine-1.2:3"}).headers["X-Request-Id"] == "mine-1.2:3"
        one, other = (http.get("/healthz").headers["X-Request-Id"] for _ in range(2))

    assert one.startswith("req_")
    assert one != other


@pytest.mark.parametrize("hostile", ["a b", "x" * 101, 'x"y', "ü", ""])
def test_an_id_that_could_confuse_a_log_is_replaced(service: Service, hostile: str) -> None:
    with service.client() as http:
        answer = http.get("/v1/me", headers={b"X-Request-Id": hostile.encode()})

    assert answer.headers["X-Request-Id"].startswith("req_")


def test_refusals_carry_it_too(service: Service) -> None:
    with service.client(key="") as stranger:
        assert stranger.get("/v1/me", headers={"X-Request-Id": "refused"}).headers["X-Request-Id"] == "refused"


def test_the_run_that_a_request_made_says_so(service: Service) -> None:
    service.add_dataset("traced")
    with service.client() as http, structlog.testing.capture_logs() as lines:
        made = http.post("/v1/runs", json={"text": SPEC}, headers={"X-Request-Id": "made-here"})
        first = http.get(f"/v1/runs/{made.json()['id']}/events").json()["data"][0]

    assert (first["status"], first["request_id"]) == ("queued", "made-here")
    assert [line["run"] for line in lines if line["event"] == "run_queued"] == [made.json()["id"]]
