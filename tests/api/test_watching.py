"""Events as they come, curves, the log."""

import json
import math
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from store import asking, endings, recording, runs
from store.claims import Claim
from store.lifecycle import EndedBy, Phase, Status
from tests.api.serving import Service

STREAM = {"Accept": "text/event-stream"}


def record_epochs(service: Service, claim: Claim, epochs: int) -> None:
    """What a worker writes while it trains."""
    for epoch in range(1, epochs + 1):
        with service.database.transaction() as session:
            recording.record_epoch(session, claim, epoch, {"loss": 1 / epoch, "val_loss": math.nan}, 0.1)
        service.announcer.announce(claim.run_id)


def finish(service: Service, claim: Claim) -> None:
    """Its last word."""
    with service.database.transaction() as session:
        endings.finish_run(session, claim, status=Status.SUCCEEDED, ended_by=EndedBy.COMPLETED)
    service.announcer.announce(claim.run_id)


def read_stream(answer: httpx.Response) -> Iterator[dict[str, Any]]:
    """The events of an SSE answer, each with its id and name checked against its data."""
    fields: dict[str, str] = {}
    for line in answer.iter_lines():
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
        elif "data" in fields:
            event = json.loads(fields["data"])
            assert (fields["id"], fields["event"]) == (str(event["seq"]), event["kind"])
            yield event
            fields = {}


@contextmanager
def streaming(client: httpx.Client, run_id: str, **headers: str) -> Iterator[Iterator[dict[str, Any]]]:
    with client.stream("GET", f"/v1/runs/{run_id}/events", headers={**STREAM, **headers}) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield read_stream(answer)


def test_events_are_read_after_a_number(service: Service, http: httpx.Client) -> None:
    claim = service.add_running("read")
    record_epochs(service, claim, 3)

    first = http.get(f"/v1/runs/{claim.run_id}/events", params={"limit": 4}).json()
    rest = http.get(f"/v1/runs/{claim.run_id}/events", params={"after": first["next_cursor"]}).json()

    assert [event["seq"] for event in first["data"] + rest["data"]] == [1, 2, 3, 4, 5, 6]
    assert (first["has_more"], rest["has_more"], rest["next_cursor"]) == (True, False, 6)
    assert first["data"][3]["metrics"] == {"loss": 1.0, "val_loss": None}


def test_a_stream_gives_what_was_and_what_comes_and_ends_with_the_end(service: Service, http: httpx.Client) -> None:
    claim = service.add_running("streamed")
    with streaming(http, claim.run_id) as stream:
        before = [next(stream) for _ in range(3)]
        record_epochs(service, claim, 2)
        during = [next(stream) for _ in range(2)]
        finish(service, claim)
        after = list(stream)

    assert [event["kind"] for event in before] == ["status", "attempt", "status"]
    assert [event["epoch"] for event in during] == [1, 2]
    assert [event["kind"] for event in after] == ["attempt", "status", "end"]
    assert after[-1]["ended_by"] == "completed"


@pytest.mark.parametrize("is_announced", [True, False])
def test_an_event_is_on_the_stream_within_a_second(service: Service, http: httpx.Client, is_announced: bool) -> None:
    """Also where nothing was announced, as when the broker is away."""
    claim = service.add_running(f"quick {is_announced}")
    with streaming(http, claim.run_id) as stream:
        [next(stream) for _ in range(3)]
        start = time.monotonic()
        with service.database.transaction() as session:
            recording.record_phase(session, claim, Phase.TRAINING)
        if is_announced:
            service.announcer.announce(claim.run_id)
        assert next(stream)["phase"] == "training"
        assert time.monotonic() - start < 1


def test_a_browser_that_comes_back_gets_what_it_missed(service: Service, http: httpx.Client) -> None:
    claim = service.add_running("resumed")
    finish(service, claim)

    with streaming(http, claim.run_id, **{"Last-Event-ID": "4"}) as stream:
        assert [event["seq"] for event in stream] == [5, 6]


def test_a_browser_that_has_the_end_is_told_not_to_come_back(service: Service, http: httpx.Client) -> None:
    """An EventSource reconnects for ever, but for 204."""
    claim = service.add_running("done")
    finish(service, claim)

    answer = http.get(f"/v1/runs/{claim.run_id}/events", headers={**STREAM, "Last-Event-ID": "6"})

    assert (answer.status_code, answer.text) == (204, "")


def test_a_stream_of_a_run_that_is_deleted_ends(service: Service, http: httpx.Client) -> None:
    run_id = service.add_run("gone")
    with streaming(http, run_id) as stream:
        next(stream)
        with service.database.transaction() as session:
            asking.ask_cancel(session, run_id)
            runs.delete_run(session, run_id)
        assert list(stream) == []


def test_twenty_clients_follow_one_run_and_all_see_all_of_it(service: Service) -> None:
    claim = service.add_running("crowd")
    seen: list[list[int]] = []

    def follow() -> None:
        with service.client() as client, streaming(client, claim.run_id) as stream:
            seen.append([event["seq"] for event in stream])

    followers = [threading.Thread(target=follow) for _ in range(20)]
    for follower in followers:
        follower.start()
    record_epochs(service, claim, 10)
    finish(service, claim)
    for follower in followers:
        follower.join(20)

    assert seen == [list(range(1, 17))] * 20


def test_streams_of_a_run_that_does_not_exist_are_refused(http: httpx.Client) -> None:
    assert http.get("/v1/runs/run_x/events", headers=STREAM).json()["code"] == "unknown_run"


def test_curves_are_thinned_alike_and_say_how_much_they_show(service: Service, http: httpx.Client) -> None:
    claim = service.add_running("curves")
    with service.database.transaction() as session:
        recording.record_points(session, claim, [("system/cpu_percent", step, step % 7) for step in range(1000)])
        recording.record_epoch(session, claim, 1, {"loss": math.inf, "val_loss": 0.5}, 0.1)
    address = f"/v1/runs/{claim.run_id}/metrics"

    by_name = {curve["name"]: curve for curve in http.get(address, params={"max_points": 100}).json()["series"]}
    chosen = http.get(address, params={"names": "loss,val_loss"}).json()
    repeated = http.get(address, params={"names": ["loss", "val_loss"]}).json()

    assert {"loss", "val_loss", "system/cpu_percent"} <= by_name.keys()
    cpu = by_name["system/cpu_percent"]
    assert (cpu["shown"], cpu["total"]) == (len(cpu["points"]), 1000)
    assert cpu["shown"] <= 100
    assert {value for _, value in cpu["points"]} >= {0, 6}
    assert chosen == repeated
    assert [curve["points"] for curve in chosen["series"]] == [[[1, None]], [[1, 0.5]]]


class TestLogs:
    """A run's log, read from its chunk files."""

    @pytest.fixture
    def claim(self, service: Service, request: pytest.FixtureRequest) -> Claim:
        """Two chunks: three lines, one of them an error, then two."""
        claim = service.add_running(f"log {request.node.name}")
        self.add_chunk(service, claim, 0, ["one", "!two", "three"])
        self.add_chunk(service, claim, 1, ["four", "five"])
        return claim

    def add_chunk(self, service: Service, claim: Claim, chunk: int, lines: list[str]) -> None:
        """What the supervisor ships; `!` marks an error."""
        first = chunk * 3
        levels = ["error" if line.startswith("!") else "info" for line in lines]
        written = [
            {"n": first + n, "at": "2026-11-23T12:00:00Z", "level": level, "stream": "stdout", "text": line}
            for n, (line, level) in enumerate(zip(lines, levels, strict=True))
        ]
        key = f"runs/{claim.run_id}/logs/{claim.attempt}/{chunk:08d}.jsonl"
        service.blobs.put_bytes(key, "".join(json.dumps(line) + "\n" for line in written).encode())
        with service.database.transaction() as session:
            recording.record_log(
                session, claim, chunk=chunk, first_line=first, lines=len(lines), level=max(levels, key=len)
            )

    def read(self, http: httpx.Client, claim: Claim, **asked: object) -> dict[str, Any]:
        answer = http.get(f"/v1/runs/{claim.run_id}/logs", params=asked)  # type: ignore[arg-type]
        answer.raise_for_status()
        log: dict[str, Any] = answer.json()
        return log

    def test_lines_come_in_order_however_many_are_asked_for_at_once(self, http: httpx.Client, claim: Claim) -> None:
        texts: list[str] = []
        log: dict[str, Any] = {"next_cursor": "0.0", "has_more": True}
        while log["has_more"]:
            log = self.read(http, claim, limit=2, after=log["next_cursor"])
            texts += [line["text"] for line in log["data"]]

        assert texts == ["one", "!two", "three", "four", "five"]

    def test_errors_can_be_asked_for_alone(self, http: httpx.Client, claim: Claim) -> None:
        assert [line["text"] for line in self.read(http, claim, level="error")["data"]] == ["!two"]

    def test_a_reader_comes_back_with_its_cursor_for_what_was_added(
        self, service: Service, http: httpx.Client, claim: Claim
    ) -> None:
        read = self.read(http, claim)
        nothing = self.read(http, claim, after=read["next_cursor"])
        self.add_chunk(service, claim, 2, ["six"])
        added = self.read(http, claim, after=nothing["next_cursor"])

        assert (nothing["data"], nothing["has_more"]) == ([], False)
        assert [(line["n"], line["text"], line["attempt"]) for line in added["data"]] == [(6, "six", 1)]

    @pytest.mark.parametrize("cursor", ["x", "1", "-1.0", "1.x", "9" * 19 + ".0", "٣.٣"])
    def test_a_cursor_that_was_never_given_is_refused(self, http: httpx.Client, claim: Claim, cursor: str) -> None:
        answer = http.get(f"/v1/runs/{claim.run_id}/logs", params={"after": cursor})

        assert (answer.status_code, answer.json()["code"]) == (422, "bad_cursor")
