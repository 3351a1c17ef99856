"""A second machine joins with an invitation, and trains."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.stack import ROOT, clean_environment, type_command, until
from tests.team.team import ENDLESS, READY_SECONDS, Team

QUEUE = "far"


def invite(team: Team) -> str:
    token: str = team.http.post("/v1/workers:invite", json={}).raise_for_status().json()["token"]
    return token


@contextmanager
def joined(team: Team, home: Path, *words: str) -> Iterator["subprocess.Popen[bytes]"]:
    """`horngate worker …` on a machine with another home, which has become a worker that is seen."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / "out.log").open("ab") as log:
        worker = subprocess.Popen(
            [sys.executable, "-m", "horngate", "worker", *words, "--home", str(home / "worker")],
            env=clean_environment(home) | {"PYTHONPATH": str(ROOT)},
            cwd=home,
            stdout=log,
            stderr=log,
        )
    try:
        until(lambda: is_seen(team, worker, home), READY_SECONDS)
        yield worker
    finally:
        worker.kill()
        worker.wait()


def is_seen(team: Team, worker: "subprocess.Popen[bytes]", home: Path) -> bool:
    assert worker.poll() is None, (home / "out.log").read_text()
    return worker.pid in team.live_workers()


def test_a_machine_joins_trains_leaves_and_comes_back_without_a_token(team: Team, tmp_path: Path) -> None:
    """Its code is what the service handed out; its environment is one that was there."""
    words = ("join", team.url, "--token", invite(team), "--python", sys.executable, "--queues", QUEUE, "--slots", "1")
    with joined(team, tmp_path, *words) as worker:
        run = team.submit(queue=QUEUE).wait()

        assert run.status == "succeeded"
        [attempt] = [event for event in team.events(run, "attempt") if event["state"] == "started"]
        assert attempt["worker"] == team.live_workers()[worker.pid]
        assert Path(f"/proc/{worker.pid}/cwd").readlink().is_relative_to(tmp_path / "worker" / "code")
        assert (tmp_path / "worker" / "worker.env").stat().st_mode & 0o777 == 0o600

        under_way = team.submit(queue=QUEUE, fit=ENDLESS)
        until(lambda: (under_way.refresh().about["progress"] or {}).get("epoch", 0) > 2, 60)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(15) == 0
        assert under_way.refresh().status == "queued"

    with joined(team, tmp_path, "start"):
        until(lambda: under_way.refresh().about["attempt"] == 2 and under_way.status == "running", 60)
        under_way.cancel()
        until(lambda: under_way.refresh().is_final, 60)


@pytest.mark.parametrize("words", [("--token", "hgj_wrong"), ("--python", "/bin/false")])
def test_what_cannot_join_is_told_why(team: Team, tmp_path: Path, words: tuple[str, str]) -> None:
    given = dict([("--token", invite(team)), ("--python", sys.executable), words])

    answer = type_command(
        *("worker", "join", team.url, "--home", str(tmp_path / "worker"), "--no-start"),
        *(word for pair in given.items() for word in pair),
        environment=clean_environment(tmp_path),
        cwd=tmp_path,
    )

    assert answer.returncode in (1, 2)
    assert ("unknown, has expired" if "--token" in words else "/bin/false is no Python") in answer.stderr
    assert not (tmp_path / "worker" / "worker.env").exists()
