"""Data sets: uploads with the real predictor, which alone reads them; lists, previews, deletion."""

import hashlib
import io
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from tests.api.serving import HOUSES, Service, running_api, running_part, running_valkey, settings_for
from tests.stack import until

LIMIT = 200_000
FORM_OF_B = {"Content-Type": "multipart/form-data; boundary=b"}
BROKEN_OFF = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\na,b\n1,2\n3'
SPEC: dict[str, Any] = {
    "dataset": "houses",
    "targets": "price",
    "inputs": {"x": {"columns": ["size", "rooms"]}},
    "model": {"kind": "sequential", "layers": ["Dense(8)", "Dense(1)"]},
    "compile": {"optimizer": "adam", "loss": "mse"},
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """An API with its predictor."""
    settings = settings_for(tmp_path_factory.mktemp("whole"), upload_limit_bytes=LIMIT)
    with (
        running_valkey(settings),
        running_api(settings) as service,
        running_part(service, "worker.predictor", "predictor"),
    ):
        yield service


@pytest.fixture
def http(whole: Service) -> Iterator[httpx.Client]:
    with whole.client() as client:
        yield client


def upload(http: httpx.Client, data: str | bytes, filename: str = "a.csv", **fields: str) -> httpx.Response:
    content = data.encode() if isinstance(data, str) else data
    headers = {"Idempotency-Key": fields.pop("key")} if "key" in fields else {}
    return http.post("/v1/datasets", files={"file": (filename, content)}, data=fields, headers=headers)


def test_an_upload_is_profiled_kept_and_listed(whole: Service, http: httpx.Client) -> None:
    answer = upload(http, HOUSES, name="kept")
    dataset = answer.json()

    assert answer.status_code == 201
    assert (dataset["name"], dataset["version"], dataset["format"], dataset["rows"]) == ("kept", 1, "csv", 40)
    assert [(column["name"], column["dtype"]) for column in dataset["columns"]] == [
        ("size", "int64"),
        ("rooms", "int64"),
        ("town", "string"),
        ("price", "float64"),
    ]
    assert whole.blobs.read_bytes(f"datasets/{dataset['sha256']}") == HOUSES.encode()
    assert http.get(f"/v1/datasets/{dataset['id']}").json() == dataset
    assert http.get("/v1/datasets", params={"name": "kept"}).json()["data"] == [dataset]


def test_another_file_under_a_known_name_is_its_next_version_and_equal_bytes_are_the_same(http: httpx.Client) -> None:
    first = upload(http, HOUSES, name="versioned")
    second = upload(http, HOUSES + "99,1,a,1.5\n", name="versioned")
    again = upload(http, HOUSES, name="versioned")

    assert (second.status_code, second.json()["version"]) == (201, 2)
    assert (again.status_code, again.json()) == (200, first.json())
    assert http.get("/v1/datasets/versioned").json()["version"] == 2
    assert http.get("/v1/datasets/versioned@1").json()["id"] == first.json()["id"]


def test_a_file_is_found_by_its_hash_under_whatever_name(http: httpx.Client) -> None:
    """Who has the hash asks first, and sends nothing that is there."""
    text = HOUSES + "5,5,b,5\n"
    one, other = upload(http, text, name="hashed").json(), upload(http, text, name="hashed again").json()
    digest = hashlib.sha256(text.encode()).hexdigest()

    assert http.get("/v1/datasets", params={"sha256": digest}).json()["data"] == [other, one]
    assert http.get("/v1/datasets", params={"sha256": digest, "name": "hashed"}).json()["data"] == [one]
    assert http.get("/v1/datasets", params={"sha256": "0" * 64}).json()["data"] == []
    assert http.get("/v1/datasets", params={"sha256": "houses"}).status_code == 422


def test_without_a_name_the_files_own_is_taken(http: httpx.Client) -> None:
    assert upload(http, HOUSES, "C:\\data\\my houses.csv").json()["name"] == "my houses"


def test_a_preview_shows_the_first_rows_as_they_stand_in_the_file(http: httpx.Client) -> None:
    upload(http, "a,b\n1,x\n,y\n3,\n", name="gaps")
    preview = http.get("/v1/datasets/gaps/preview", params={"rows": 2}).json()

    assert preview == {"columns": ["a", "b"], "rows": [[1, "x"], [None, "y"]], "shown": 2, "total": 3}


def test_a_profile_tells_gaps_values_and_their_spread(http: httpx.Client) -> None:
    upload(http, HOUSES, name="profiled")
    columns = {column["name"]: column for column in http.get("/v1/datasets/profiled/profile").json()["columns"]}

    assert (columns["size"]["min"], columns["size"]["max"], columns["size"]["missing"]) == (40, 79, 0)
    assert columns["town"]["top"] == [["a", 20], ["b", 20]]


def test_arrays_are_taken_with_their_shapes(http: httpx.Client) -> None:
    file = io.BytesIO()
    np.savez(file, x=np.zeros((12, 4, 4), np.float32), y=np.arange(12))
    dataset = upload(http, file.getvalue(), "digits.npz").json()

    assert {column["name"]: (column["dtype"], column["shape"]) for column in dataset["columns"]} == {
        "x": ("float32", [4, 4]),
        "y": ("int64", []),
    }
    assert http.get("/v1/datasets/digits/preview").json()["columns"] == ["y"]


@pytest.mark.parametrize("name", ["..", "a/b", "a@1", "\u202evsc", "a\u200bb"])
def test_a_name_that_leads_elsewhere_or_is_not_seen_is_refused(http: httpx.Client, name: str) -> None:
    answer = http.post("/v1/datasets", files={"file": ("t.csv", b"a,b\n1,2\n")}, data={"name": name})

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/name")


@pytest.mark.parametrize(
    ("data", "filename"),
    [(b"", "empty.csv"), (b"%PDF-1.7 x", "a.pdf"), (b"PK\x03\x04 no archive", "a.npz"), (b"a,b\n", "rows.csv")],
)
def test_what_is_no_table_is_refused_with_what_was_found(http: httpx.Client, data: bytes, filename: str) -> None:
    answer = upload(http, data, filename, name="refused")

    assert (answer.status_code, answer.json()["code"]) == (422, "data_refused")
    assert answer.json()["errors"][0]["pointer"] == "/file"
    assert http.get("/v1/datasets", params={"name": "refused"}).json()["data"] == []


def test_nothing_is_left_on_disk_of_an_upload_that_was_refused(whole: Service, http: httpx.Client) -> None:
    upload(http, b"%PDF-1.7 again", "a.pdf")
    upload(http, "a\n" * LIMIT)

    assert list((whole.settings.home / "cache" / "uploads").iterdir()) == []
    assert whole.blobs.list("quarantine") == []


def test_a_file_over_the_limit_is_refused_as_soon_as_it_is_known(http: httpx.Client) -> None:
    """By the stated length, and by counting where none is stated."""
    stated = upload(http, b"x" * (LIMIT * 3))
    body = [b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n', *[b"1,2\n" * 10_000] * 6]
    counted = http.post("/v1/datasets", content=iter(body), headers={"Content-Type": "multipart/form-data; boundary=b"})

    assert (stated.status_code, stated.json()["code"]) == (413, "too_large")
    assert (counted.status_code, counted.json()["code"]) == (413, "too_large")


@pytest.mark.parametrize(
    ("request_of", "status", "code"),
    [
        ({"json": {}}, 415, "not_a_form"),
        ({"files": {"data": ("a.csv", b"a\n1\n")}}, 422, "refused"),
        ({"files": {"file": ("", b"a\n1\n")}, "data": {"name": "x"}}, 422, "refused"),
        ({"files": [("file", ("a.csv", b"a\n")), ("file", ("b.csv", b"a\n"))]}, 422, "refused"),
        ({"files": {"file": ("a.csv", b"a\n1\n")}, "data": {"name": "a@2"}}, 422, "refused"),
        ({"files": {"file": ("a.csv", b"a\n1\n")}, "data": {"name": "x" * 3000}}, 422, "refused"),
        (
            {"content": b"--b\r\nx", "headers": FORM_OF_B},
            400,
            "malformed_body",
        ),
        ({"content": BROKEN_OFF, "headers": FORM_OF_B}, 400, "malformed_body"),
        (
            {"content": b"no form", "headers": FORM_OF_B},
            400,
            "malformed_body",
        ),
        ({"content": b"x", "headers": {"Content-Type": "multipart/form-data"}}, 415, "not_a_form"),
    ],
)
def test_a_form_that_is_none_is_refused(http: httpx.Client, request_of: dict[str, Any], status: int, code: str) -> None:
    answer = http.post("/v1/datasets", **request_of)

    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_repeated_upload_gets_the_first_ones_answer(http: httpx.Client) -> None:
    first = upload(http, HOUSES, name="once", key="up")
    second = upload(http, HOUSES, name="once", key="up")
    other = upload(http, HOUSES + "1,1,a,1\n", name="once", key="up")

    assert (first.status_code, second.status_code, other.status_code) == (201, 201, 422)
    assert first.json() == second.json()


def test_a_data_set_that_an_unfinished_run_needs_stays(whole: Service, http: httpx.Client) -> None:
    dataset = upload(http, HOUSES + "7,1,a,1\n", name="needed").json()
    run_id = whole.add_run("needing", datasets={"train": dataset["id"]})

    refused = http.delete(f"/v1/datasets/{dataset['id']}")
    http.post(f"/v1/runs/{run_id}:cancel")
    deleted = http.delete(f"/v1/datasets/{dataset['id']}")

    assert (refused.status_code, refused.json()["code"]) == (409, "dataset_in_use")
    assert run_id in refused.json()["detail"]
    assert deleted.status_code == 204
    assert not whole.blobs.exists(f"datasets/{dataset['sha256']}")


def test_bytes_that_another_version_has_stay(whole: Service, http: httpx.Client) -> None:
    text = HOUSES + "8,1,a,1\n"
    one, other = upload(http, text, name="one").json(), upload(http, text, name="other").json()

    assert http.delete(f"/v1/datasets/{one['id']}").status_code == 204
    assert whole.blobs.exists(f"datasets/{other['sha256']}")


def test_shapes_are_judged_by_keras_before_anything_is_queued(http: httpx.Client) -> None:
    """The summary comes along; a model that cannot be built is refused where it goes wrong."""
    upload(http, HOUSES, name="houses")
    sound = http.post("/v1/specs:validate", json={"spec": SPEC}).json()
    wrong = {**SPEC, "model": {"kind": "sequential", "layers": ["Conv2D(4, 3)", "Dense(1)"]}}
    refused = http.post("/v1/runs", json={"spec": wrong})

    assert sound["checked"]
    assert sound["summary"]["parameters"] == 2 * 8 + 8 + 8 + 1
    assert (refused.status_code, refused.json()["code"]) == (422, "spec_refused")
    assert refused.json()["errors"][0]["pointer"].startswith("/model/layers/0")


def test_a_run_without_a_model_cannot_predict(whole: Service, http: httpx.Client) -> None:
    answer = http.post(f"/v1/runs/{whole.add_run('early')}:predict", json={"instances": [{}]})

    assert (answer.status_code, answer.json()["code"]) == (409, "no_model")


def test_with_the_predictor_away_an_upload_is_refused_for_now(service: Service) -> None:
    with service.client() as http:
        answer = upload(http, HOUSES, name="later")

    assert (answer.status_code, answer.json()["code"]) == (503, "predictor_away")
    assert int(answer.headers["Retry-After"]) > 0
    assert service.blobs.list("quarantine") == []


def test_an_upload_that_breaks_off_leaves_nothing(whole: Service) -> None:
    head = (
        f"POST /v1/datasets HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {whole.key}\r\n"
        "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 100000\r\n\r\n"
        '--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\na,b\n1,2\n'
    )
    folder: Path = whole.settings.home / "cache" / "uploads"
    with socket.create_connection((whole.settings.host, whole.settings.port)) as connection:
        connection.sendall(head.encode())
        until(lambda: list(folder.iterdir()))
    until(lambda: not list(folder.iterdir()))
