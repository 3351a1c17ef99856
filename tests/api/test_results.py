"""What a run leaves: summary, checkpoints, files."""

import hashlib
import io
import zipfile

import httpx
import pytest

from store import recording
from store.claims import Claim
from tests.api.serving import Service

FILES = {"model.keras": b"PK model" * 100_000, "load_model.py": b"import keras\n", "naïve résumé.txt": b"plain"}


@pytest.fixture
def claim(service: Service, request: pytest.FixtureRequest) -> Claim:
    """A run that has made a summary, a checkpoint and three files."""
    claim = service.add_running(request.node.name)
    summary: dict[str, object] = {
        "layers": [{"name": "dense", "class": "Dense", "output_shape": [None, 8], "parameters": 24}],
        "parameters": 24,
        "trainable_parameters": 24,
        "bytes": 96,
    }
    with service.database.transaction() as session:
        recording.record_summary(session, claim, summary)
        recording.record_checkpoint(
            session,
            claim,
            name="best",
            epoch=2,
            metrics={"val_loss": 0.25},
            bytes=10,
            manifest={"model.weights.h5": {"sha256": "00", "bytes": 10}},
            merit=-0.25,
            prefix=f"runs/{claim.run_id}/checkpoints/1/best-2",
        )
        service.blobs.put_bytes(f"runs/{claim.run_id}/checkpoints/1/best-2/model.weights.h5", b"0123456789")
        for path, data in FILES.items():
            service.blobs.put_bytes(f"runs/{claim.run_id}/artifacts/{claim.attempt}/{path}", data)
            recording.record_artifact(
                session,
                claim,
                path=path,
                bytes=len(data),
                sha256=hashlib.sha256(data).hexdigest(),
                media_type="text/html" if path.endswith(".txt") else "application/octet-stream",
            )
    return claim


def test_a_summary_names_layers_and_parameters(http: httpx.Client, claim: Claim) -> None:
    summary = http.get(f"/v1/runs/{claim.run_id}/summary").json()

    assert summary["layers"] == [{"name": "dense", "class": "Dense", "output_shape": [None, 8], "parameters": 24}]
    assert (summary["parameters"], summary["bytes"]) == (24, 96)


def test_a_summary_that_is_not_there_yet_is_told_as_such(service: Service, http: httpx.Client) -> None:
    answer = http.get(f"/v1/runs/{service.add_run('unbuilt')}/summary")

    assert (answer.status_code, answer.json()["code"]) == (404, "no_summary_yet")


def test_checkpoints_carry_their_metrics_and_the_hashes_of_their_files(http: httpx.Client, claim: Claim) -> None:
    [checkpoint] = http.get(f"/v1/runs/{claim.run_id}/checkpoints").json()["data"]

    assert (checkpoint["name"], checkpoint["epoch"], checkpoint["metrics"]) == ("best", 2, {"val_loss": 0.25})
    assert checkpoint["rank"] == 1
    assert checkpoint["files"] == [{"path": "model.weights.h5", "bytes": 10, "sha256": "00"}]


@pytest.mark.parametrize("name", ["best", "2"])
def test_a_checkpoints_files_come_by_its_name_or_its_epoch(http: httpx.Client, claim: Claim, name: str) -> None:
    answer = http.get(f"/v1/runs/{claim.run_id}/checkpoints/{name}/model.weights.h5")

    assert (answer.content, answer.headers["ETag"]) == (b"0123456789", '"00"')
    assert answer.headers["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("last/model.weights.h5", "unknown_checkpoint"),
        ("1/model.weights.h5", "unknown_checkpoint"),
        (f"{10**20}/model.weights.h5", "unknown_checkpoint"),
        (f"{'9' * 5000}/model.weights.h5", "unknown_checkpoint"),
        ("best/state.npz", "unknown_checkpoint_file"),
        ("best/..%2fbest-2", "unknown_address"),
    ],
)
def test_a_checkpoint_or_a_file_that_it_has_not_does_not_exist(
    http: httpx.Client, claim: Claim, path: str, code: str
) -> None:
    answer = http.get(f"/v1/runs/{claim.run_id}/checkpoints/{path}")

    assert (answer.status_code, answer.json()["code"]) == (404, code)


def test_every_file_is_listed_and_comes_back_byte_for_byte(http: httpx.Client, claim: Claim) -> None:
    listed = http.get(f"/v1/runs/{claim.run_id}/artifacts").json()["data"]
    fetched = {artifact["path"]: http.get(artifact["href"]) for artifact in listed}

    assert {path: answer.content for path, answer in fetched.items()} == FILES
    for artifact in listed:
        assert hashlib.sha256(fetched[artifact["path"]].content).hexdigest() == artifact["sha256"]
        assert fetched[artifact["path"]].headers["Content-Length"] == str(artifact["bytes"])


def test_a_file_is_never_run_by_a_browser(http: httpx.Client, claim: Claim) -> None:
    """Whatever a run has written, it is a download, and shut in where it is shown all the same."""
    answer = http.get(f"/v1/runs/{claim.run_id}/artifacts/naïve résumé.txt")

    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"] == (
        "attachment; filename=\"na_ve r_sum_.txt\"; filename*=UTF-8''na%C3%AFve%20r%C3%A9sum%C3%A9.txt"
    )


def test_all_files_come_in_one_archive(http: httpx.Client, claim: Claim) -> None:
    answer = http.get(f"/v1/runs/{claim.run_id}/artifacts.zip")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == FILES


@pytest.mark.parametrize("path", ["none", "../../../../../etc/passwd", "%2e%2e/%2e%2e/x", "model.keras/", "a//b"])
def test_a_file_that_is_not_listed_does_not_exist(http: httpx.Client, claim: Claim, path: str) -> None:
    assert http.get(f"/v1/runs/{claim.run_id}/artifacts/{path}").status_code == 404


@pytest.mark.parametrize("part", ["summary", "checkpoints", "artifacts", "artifacts.zip", "artifacts/x", "metrics"])
def test_nothing_is_left_by_a_run_that_does_not_exist(http: httpx.Client, part: str) -> None:
    assert http.get(f"/v1/runs/run_none/{part}").json()["code"] == "unknown_run"


def test_a_file_whose_bytes_are_gone_is_told_as_such(service: Service, http: httpx.Client, claim: Claim) -> None:
    service.blobs.delete(f"runs/{claim.run_id}/artifacts/{claim.attempt}/model.keras")
    answer = http.get(f"/v1/runs/{claim.run_id}/artifacts/model.keras")

    assert (answer.status_code, answer.json()["code"]) == (404, "file_is_gone")
