"""A user's way through a team's service: the same as on one machine, over PostgreSQL, S3 and HTTP."""

import json
from pathlib import Path

import httpx
import pytest

from horngate.errors import Refused
from tests.stack import until
from tests.team.team import SPEC, Team, write_numbers


def test_every_part_is_ready_and_both_workers_live(team: Team) -> None:
    workers = team.http.get("/v1/workers").json()["data"]

    assert team.http.get("/readyz").json()["ready"]
    assert team.is_worker_healthy()
    assert {worker["pid"] for worker in workers} == {worker.pid for worker in team.workers.values()}
    assert all((worker["state"], worker["slots"]) == ("alive", 1) for worker in workers)


def test_train_watch_predict_look_at_tensorboard_download_and_delete(team: Team, tmp_path: Path) -> None:
    run = team.submit()

    events = list(run.events())
    kinds = {event["kind"] for event in events}
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert kinds >= {"status", "attempt", "phase", "progress", "metrics", "checkpoint", "artifact", "end"}
    assert run.wait().about["ended_by"] == "completed"

    [prediction] = run.predict([{"a": 1, "b": 2}])
    assert prediction
    board = f"{run.path}/tensorboard"
    assert until(lambda: team.http.get(f"{board}/data/runs").json()) == ["train", "validation"]
    assert team.http.get(f"{board}/data/plugin/scalars/tags").json()["train"]
    downloaded = run.download(tmp_path / "downloaded")
    assert (downloaded / "model.keras").stat().st_size > 1000
    assert json.loads((downloaded / "history.json").read_text())

    kept = {key.split("/")[2] for key, _ in team.blobs.list(f"runs/{run.id}")}
    assert kept >= {"artifacts", "checkpoints", "tensorboard"}
    run.delete()
    assert team.blobs.list(f"runs/{run.id}") == []
    assert team.http.get(run.path).status_code == 404


def test_faults_of_data_and_spec_come_from_the_predictor_on_another_machine(team: Team, tmp_path: Path) -> None:
    broken = tmp_path / "broken.npz"
    broken.write_bytes(b"not an archive")
    wrong = SPEC | {"model": {"kind": "sequential", "layers": ["Conv2D(4, 3)", {"name": "total", "layer": "Dense(1)"}]}}

    with pytest.raises(Refused):
        team.remote.datasets.add(broken)
    answer = team.http.post("/v1/specs:validate", json={"spec": wrong}).json()

    assert answer["errors"][0]["pointer"].startswith("/model/layers/0")
    assert team.blobs.list("quarantine") == []


def test_equal_bytes_are_kept_once_until_nobody_needs_them(team: Team, tmp_path: Path) -> None:
    file = write_numbers(tmp_path / "twice.csv", rows=50)
    before = {key for key, _ in team.blobs.list("datasets")}
    one, other = team.remote.datasets.add(file, "one"), team.remote.datasets.add(file, "other")
    [key] = {key for key, _ in team.blobs.list("datasets")} - before

    one.delete()
    assert team.blobs.exists(key)
    other.delete()
    assert not team.blobs.exists(key)


def test_lists_filter_sort_and_page(team: Team) -> None:
    """In a queue that nobody serves."""
    waiting = [
        team.submit(name=f"Waiting {n}%", queue="nobody", priority=n, tags={"team": "vision", "n": str(n)})
        for n in range(3)
    ]

    def names(**asked: str | list[str]) -> list[str]:
        answer = team.http.get("/v1/runs", params=httpx.QueryParams(asked))
        return [run["name"] for run in answer.raise_for_status().json()["data"]]

    assert names(tag="team:vision", sort="name") == ["Waiting 0%", "Waiting 1%", "Waiting 2%"]
    assert names(tag=["team", "n:1"]) == ["Waiting 1%"]
    assert names(tag="team:audio") == []
    assert names(search="waiting 2%", status="queued") == ["Waiting 2%"]
    listed = list(team.remote.runs.list(status="queued", limit=2, sort="-name"))
    assert [run.name for run in listed] == ["Waiting 2%", "Waiting 1%"]
    page = team.http.get("/v1/runs", params={"tag": "team", "limit": 2}).json()
    rest = team.http.get("/v1/runs", params={"tag": "team", "limit": 2, "after": page["next_cursor"]}).json()
    assert [run["id"] for run in page["data"] + rest["data"]] == [run.id for run in reversed(waiting)]
    assert [entry["run_id"] for entry in team.http.get("/v1/queue").json()["data"]] == [
        run.id for run in reversed(waiting)
    ]
    for run in waiting:
        run.cancel().delete()
