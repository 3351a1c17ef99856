"""The client's parts that need no service."""

import json
from pathlib import Path

import httpx
import pytest

from horngate.cli.row_files import read_rows
from horngate.cli.spec_files import asked_changes
from horngate.cli.watched import Watched
from horngate.client.events import parse_events
from horngate.client.service import Service
from horngate.errors import Fault, NotReachable, Refused, ServerFault, SignInNeeded, UsageError


def test_server_sent_events_are_read_across_comments_and_line_ends() -> None:
    lines = [": ping", "", "id: 1", "event: phase", 'data: {"seq": 1,', 'data: "kind": "phase"}', "", ": ping", ""]

    assert list(parse_events(lines)) == [{"seq": 1, "kind": "phase"}]


def test_changes_become_one_merge_patch_with_json_where_it_reads_as_such() -> None:
    changes = ["compile.optimizer=Adam(1e-3)", "fit.epochs=5", "fit.monitor=val_loss", 'split={"test": 0.2}']

    assert asked_changes(changes) == {
        "compile": {"optimizer": "Adam(1e-3)"},
        "fit": {"epochs": 5, "monitor": "val_loss"},
        "split": {"test": 0.2},
    }


@pytest.mark.parametrize("change", ["epochs", "=5", "fit..epochs=5"])
def test_a_change_without_field_or_value_is_refused(change: str) -> None:
    with pytest.raises(UsageError, match="FIELD=VALUE"):
        asked_changes([change])


@pytest.mark.parametrize(
    "text", ['{"a": 1}', '[{"a": 1}]', '{"instances": [{"a": 1}]}', '  {"a":\n 1}'], ids=["row", "rows", "body", "wide"]
)
def test_rows_come_as_one_row_many_or_a_whole_body(text: str) -> None:
    assert read_rows(text, dict) == [{"a": 1}]


def test_a_table_of_rows_takes_its_types_from_the_data_set(tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    file.write_text("zip,rooms,sold,price\n01234,3,true,9\n99999,,false,9\n")
    types = {"zip": "string", "rooms": "int64", "sold": "bool"}

    rows = read_rows(str(file), lambda: types)

    assert rows == [{"zip": "01234", "rooms": 3, "sold": True}, {"zip": "99999", "rooms": None, "sold": False}]


def test_a_cell_of_another_type_is_named(tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    file.write_text("rooms\nthree\n")

    with pytest.raises(UsageError, match="Column rooms is int64, but one row has 'three'"):
        read_rows(str(file), lambda: {"rooms": "int64"})


def test_a_fault_reads_as_one_line_with_its_place_and_way_out() -> None:
    fault = Fault.from_json(
        {"pointer": "/fit/epoch", "message": "unknown field 'epoch'.", "did_you_mean": "epochs", "line": 7}
    )

    assert str(fault) == "/fit/epoch (line 7): unknown field 'epoch'. Did you mean epochs?"


def test_a_watched_run_knows_its_share_and_its_best_epoch() -> None:
    watched = Watched()
    events = [
        {"kind": "status", "status": "running"},
        {
            "kind": "progress",
            "epoch": 2,
            "epochs": 4,
            "step": 5,
            "steps": 10,
            "metrics": {"loss": 0.5},
            "eta_seconds": 9.0,
        },
        {"kind": "checkpoint", "name": "best", "epoch": 1},
        {"kind": "something new", "of": "a later version"},
    ]

    for event in events:
        watched.take(event)

    assert (watched.share, watched.best_epoch, watched.metrics) == (0.375, 1, {"loss": 0.5})


def answering(*answers: httpx.Response | Exception) -> Service:
    """A service at the end of a line that gives these answers, one after the other."""
    left = list(answers)

    def answer(_: httpx.Request) -> httpx.Response:
        given = left.pop(0)
        if isinstance(given, Exception):
            raise given
        return given

    return Service("http://here", "hg_key", httpx.MockTransport(answer))


def test_a_read_is_repeated_when_the_connection_is_lost_on_the_way() -> None:
    service = answering(
        httpx.Response(200, json=1), httpx.ReadError("reset"), httpx.Response(503), httpx.Response(200, json=2)
    )

    assert service.get("/first") == 1
    assert service.get("/second") == 2


def test_an_address_that_never_answered_is_not_asked_again() -> None:
    service = answering(httpx.ConnectError("refused"), httpx.Response(200, json="too late"))

    with pytest.raises(NotReachable, match="http://here"):
        service.get("/anything")


def test_a_creation_is_repeated_under_one_key() -> None:
    keys = []

    def answer(request: httpx.Request) -> httpx.Response:
        keys.append(request.headers["Idempotency-Key"])
        return httpx.Response(503) if len(keys) < 3 else httpx.Response(201, json={"id": "run_1"})

    service = Service("http://here", None, httpx.MockTransport(answer))

    assert service.create("/v1/runs", {"text": "…"}) == {"id": "run_1"}
    assert len(keys) == 3
    assert len(set(keys)) == 1


@pytest.mark.parametrize(("status", "kind"), [(401, SignInNeeded), (422, Refused), (500, ServerFault)])
def test_a_problem_becomes_its_exception_with_all_faults(status: int, kind: type[Exception]) -> None:
    problem = {
        "detail": "Two faults.",
        "errors": [{"pointer": "/a", "message": "no"}, {"pointer": "/b", "message": "nor this"}],
    }

    with pytest.raises(kind) as caught:
        answering(httpx.Response(status, json=problem)).get("/v1/me")

    assert str(caught.value) == "Two faults.\n  /a: no\n  /b: nor this"


def test_a_page_of_something_else_says_so() -> None:
    with pytest.raises(Refused, match="Is this Horngate"):
        answering(httpx.Response(418, text="<html>teapot</html>")).get("/v1/me")


def test_arrays_and_their_numbers_are_sent_as_json() -> None:
    import numpy as np

    sent = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(json.loads(request.content))
        return httpx.Response(200, json={})

    Service("http://here", None, httpx.MockTransport(answer)).post(
        "/p", {"row": {"a": np.float32(0.5), "b": np.arange(2)}}
    )

    assert sent == [{"row": {"a": 0.5, "b": [0, 1]}}]
