"""What a team's users are told while a part is away. These tests come last: S3 does not come back."""

import signal

import httpx
import psutil
import pytest

from tests.stack import until
from tests.team.team import Team, database_away, write_numbers


def assert_away(answer: httpx.Response, code: str) -> None:
    assert (answer.status_code, answer.json()["code"]) == (503, code), answer.text
    assert int(answer.headers["Retry-After"]) > 0


def test_without_the_database_every_answer_says_so_and_afterwards_all_is_well(team: Team) -> None:
    with database_away(team):
        for path in ("/v1/runs", "/v1/me", "/v1/datasets"):
            assert_away(team.http.get(path), "database_away")
        assert_away(team.http.post("/v1/runs", json={"text": "model: {}"}), "database_away")
        assert team.http.get("/readyz").status_code == 503
    team.wait_until_ready()

    assert team.submit().wait().status == "succeeded"


@pytest.fixture(scope="module")
def files_away(team: Team) -> str:
    """S3 ends; the id of a run that left its files there. No worker has read the data set `unread` before."""
    team.remote.datasets.add(write_numbers(team.folder / "unread.csv", rows=70))
    run = team.submit().wait()
    team.s3.close()
    return run.id


def test_without_s3_what_needs_files_says_so(team: Team, files_away: str) -> None:
    path = f"/v1/runs/{files_away}"
    file = write_numbers(team.folder / "later.csv", rows=30).read_bytes()

    assert_away(team.http.post("/v1/datasets", files={"file": ("later.csv", file)}), "files_away")
    assert_away(team.http.get(f"{path}/artifacts/model.keras"), "files_away")
    assert_away(team.http.get(f"{path}/artifacts.zip"), "files_away")
    assert_away(team.http.get(f"{path}/logs"), "files_away")
    assert team.http.post(f"{path}:predict", json={"instances": [{"a": 1, "b": 2}]}).status_code == 503


def test_without_s3_what_needs_none_goes_on(team: Team, files_away: str) -> None:
    assert team.http.get("/v1/runs").status_code == 200
    assert team.http.get(f"/v1/runs/{files_away}/metrics").json()["series"]


def test_a_run_whose_files_are_away_waits_for_them_until_it_is_cancelled(team: Team, files_away: str) -> None:
    run = team.submit(dataset="unread")
    logs = [team.folder / log.name for log in team.folder.glob("*.log")]
    until(lambda: any("files_away" in log.read_text() for log in logs if "api" not in log.name))

    assert run.refresh().status == "running"
    run.cancel()
    until(lambda: run.refresh().is_final)
    assert run.status == "cancelled"


def test_sigterm_leaves_no_process_even_then(team: Team) -> None:
    services = [psutil.Process(service.pid) for service in team.services if service.poll() is None]
    family = [*services, *(child for service in services for child in service.children(recursive=True))]

    assert set(team.stop()) <= {0, -signal.SIGTERM}
    assert not team.is_worker_healthy()
    until(lambda: not any(p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in family), 2)
