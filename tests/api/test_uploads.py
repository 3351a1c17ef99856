"""Files that come in parts: gone on with after a loss, judged as a whole, forgotten when nobody does."""

import base64
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select, update

from horngate.client import service as http_service
from horngate.client.datasets import Datasets
from horngate.client.uploads import send_in_parts
from horngate.errors import NotReachable
from store import people, uploads
from store.errors import NotFound
from store.rows import Upload
from store.times import now_plus
from tests.api.serving import HOUSES, Service, free_port, running_api, running_part, running_valkey, settings_for

PART = 64 * 2**10
LIMIT = 400_000
TABLE = HOUSES + "".join(f"{n},{n % 5},b,{n}.25\n" for n in range(14_000))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """An API with its predictor."""
    settings = settings_for(tmp_path_factory.mktemp("uploads"), upload_limit_bytes=LIMIT)
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


class Line(httpx.BaseTransport):
    """A line that notes which parts go over it, and breaks after some."""

    def __init__(self, breaks_after: int | None = None) -> None:
        self.wire, self.breaks_after = httpx.HTTPTransport(), breaks_after
        self.sent: list[str] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "PUT":
            if len(self.sent) == self.breaks_after:
                raise httpx.ReadError("broken", request=request)
            self.sent.append(request.url.path.rpartition("/")[2])
        return self.wire.handle_request(request)


def begin(http: httpx.Client, text: str, called: str, **more: Any) -> httpx.Response:
    data = text.encode()
    about = {"filename": f"{called}.csv", "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    return http.post("/v1/uploads", json={**about, "part_bytes": PART, **more})


def put(http: httpx.Client, upload: dict[str, Any], text: str, number: int) -> httpx.Response:
    return http.put(f"{upload['href']}/parts/{number}", content=text.encode()[(number - 1) * PART : number * PART])


def test_a_client_that_lost_its_line_goes_on_with_the_parts_that_are_missing(
    whole: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also with an API that was started meanwhile: nothing is known in memory alone."""
    file = tmp_path / "long.csv"
    file.write_text(TABLE)
    monkeypatch.setattr("horngate.client.uploads.PATIENCE", ())
    told: list[tuple[int, int]] = []
    broken, sound = Line(breaks_after=2), Line()
    with pytest.raises(NotReachable):
        send_in_parts(http_service.Service(whole.settings.public_url, whole.key, broken), file, "long", part_bytes=PART)

    port = free_port()
    with running_api(whole.settings.model_copy(update={"port": port, "public_url": f"http://127.0.0.1:{port}"})) as new:
        line = http_service.Service(new.settings.public_url, new.key, sound)
        dataset = send_in_parts(line, file, "long", part_bytes=PART, told=lambda *said: told.append(said))
        again = send_in_parts(line, file, "long", part_bytes=PART)

    size = file.stat().st_size
    assert (broken.sent, sound.sent) == (["1", "2"], [str(n) for n in range(3, -(-size // PART) + 1)])
    assert (told[0], told[-1]) == ((2 * PART, size), (size, size))
    assert (dataset["name"], dataset["rows"], again) == ("long", TABLE.count("\n") - 1, dataset)
    assert whole.blobs.read_bytes(f"datasets/{dataset['sha256']}") == TABLE.encode()
    assert whole.blobs.list("uploads") == []


def test_a_large_file_goes_in_parts_by_itself(whole: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "by itself.csv"
    file.write_text(HOUSES + "3,3,a,3\n")
    monkeypatch.setattr("horngate.client.datasets.LARGE", file.stat().st_size)
    line = Line()
    dataset = Datasets(http_service.Service(whole.settings.public_url, whole.key, line)).add(file)

    assert (dataset.name, dataset.about["rows"], line.sent) == ("by itself", 41, ["1"])


def test_an_upload_says_what_is_there_and_completes_once(http: httpx.Client) -> None:
    text = TABLE + "1,1,a,1.5\n"
    upload = begin(http, text, "told").json()
    put(http, upload, text, 2)
    same = begin(http, text, "told")
    early = http.post(f"{upload['href']}:complete")
    for number in range(1, upload["parts"] + 1):
        assert put(http, upload, text, number).status_code == 204
    first, second = (http.post(f"{upload['href']}:complete") for _ in range(2))
    late = put(http, upload, text, 1)

    assert (same.status_code, same.json()["id"], same.json()["received"]) == (200, upload["id"], [2])
    assert same.json()["received_bytes"] == PART
    assert (early.status_code, early.json()["code"]) == (409, "parts_missing")
    assert (first.status_code, second.status_code, second.json()) == (201, 200, first.json())
    assert (late.status_code, late.json()["code"]) == (409, "upload_is_complete")
    assert http.get(upload["href"]).json()["dataset"] == first.json()
    assert begin(http, text, "told").json()["dataset"] == first.json()


@pytest.mark.parametrize(
    ("number", "content", "digest", "code"),
    [
        (1, b"short", None, "bad_part"),
        (1, b"x" * (PART + 1), None, "bad_part"),
        (99, b"x", None, "bad_part"),
        (1, b"x" * PART, base64.b64encode(hashlib.sha256(b"y").digest()).decode(), "digest_differs"),
        (1, b"x" * PART, "none", "bad_part"),
    ],
)
def test_a_part_that_is_not_what_was_announced_is_refused_and_not_kept(
    http: httpx.Client, number: int, content: bytes, digest: str | None, code: str
) -> None:
    upload = begin(http, TABLE, "wrong parts").json()
    headers = {"Content-Digest": f"sha-256=:{digest}:"} if digest else {}
    answer = http.put(f"{upload['href']}/parts/{number}", content=content, headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert http.get(upload["href"]).json()["received"] == []


def test_parts_that_are_another_file_together_are_refused_and_forgotten(whole: Service, http: httpx.Client) -> None:
    upload = begin(http, TABLE, "another", sha256="a" * 64).json()
    for number in range(1, upload["parts"] + 1):
        put(http, upload, TABLE, number)
    answer = http.post(f"{upload['href']}:complete")

    assert (answer.status_code, answer.json()["code"]) == (422, "hash_differs")
    assert answer.json()["errors"][0]["pointer"] == "/sha256"
    assert http.get(upload["href"]).status_code == 404
    assert not [key for key, _ in whole.blobs.list("uploads") if upload["id"] in key]


def test_it_is_judged_as_a_plain_upload(http: httpx.Client) -> None:
    upload = begin(http, "%PDF-1.7 x", "a pdf").json()
    put(http, upload, "%PDF-1.7 x", 1)
    answer = http.post(f"{upload['href']}:complete")

    assert (answer.status_code, answer.json()["code"]) == (422, "data_refused")
    assert answer.json()["errors"][0]["pointer"] == "/file"


@pytest.mark.parametrize(
    ("announced", "status", "code"),
    [
        ({"bytes": LIMIT + 1}, 413, "too_large"),
        ({"bytes": 0}, 422, "invalid_request"),
        ({"sha256": "x"}, 422, "invalid_request"),
        ({"part_bytes": 5}, 422, "invalid_request"),
        ({"name": "a@2"}, 422, "refused"),
    ],
)
def test_what_would_be_refused_in_the_end_is_refused_at_once(
    http: httpx.Client, announced: dict[str, Any], status: int, code: str
) -> None:
    answer = begin(http, TABLE, "announced", **announced)

    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_nobody_begins_uploads_without_end(whole: Service, http: httpx.Client) -> None:
    begun = [begin(http, TABLE, f"many {n}").json() for n in range(uploads.MOST_UNFINISHED - len(unfinished(whole)))]
    refused = begin(http, TABLE, "one more")
    deleted = http.delete(begun[0]["href"])
    taken = begin(http, TABLE, "one more")

    assert (refused.status_code, refused.json()["code"]) == (409, "too_many_uploads")
    assert (deleted.status_code, http.get(begun[0]["href"]).status_code) == (204, 404)
    assert taken.status_code == 201


def test_an_upload_is_its_owner_s_alone(whole: Service, http: httpx.Client) -> None:
    for upload_id in unfinished(whole):
        http.delete(f"/v1/uploads/{upload_id}")
    upload = begin(http, TABLE, "mine").json()
    with whole.database.transaction() as session:
        with pytest.raises(NotFound):
            uploads.get_upload(session, upload["id"], "usr_somebody_else")
        assert uploads.get_upload(session, upload["id"], people.find_user(session).id).name == "mine"


def test_what_nobody_goes_on_with_is_swept_with_its_parts(whole: Service, http: httpx.Client) -> None:
    for upload_id in unfinished(whole):
        http.delete(f"/v1/uploads/{upload_id}")
    old, new = (begin(http, TABLE, name).json() for name in ("forgotten", "still coming"))
    for upload in (old, new):
        put(http, upload, TABLE, 1)
    whole.blobs.put_bytes(uploads.part_key("upl_of_nobody", 1), b"left")
    with whole.database.transaction() as session:
        long_ago = update(Upload).where(Upload.id == old["id"])
        session.execute(long_ago.values(touched_at=now_plus(-uploads.LONGEST_IDLE - 60)))
    uploads.sweep_uploads(whole.database, whole.blobs)

    assert http.get(old["href"]).status_code == 404
    assert [key for key, _ in whole.blobs.list("uploads")] == [uploads.part_key(new["id"], 1)]


def unfinished(service: Service) -> list[str]:
    with service.database.reading() as session:
        return list(session.scalars(select(Upload.id).where(Upload.dataset_id.is_(None))))
