"""A second machine joins with an invitation, and trains."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from store.database import Database
from store.settings import Settings
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


@contextmanager
def newer_tables(team: Team) -> Iterator[None]:
    """The team's database as the next version's migrations leave it: something more, and another number."""
    database = Database(Settings(home=team.folder, database_url=team.stores["database_url"]))
    with database.transaction() as session:
        now = session.scalar(text("SELECT version_num FROM alembic_version"))
        session.execute(text("ALTER TABLE runs ADD COLUMN of_the_next_version TEXT"))
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    try:
        yield
    finally:
        with database.transaction() as session:
            session.execute(text("ALTER TABLE runs DROP COLUMN of_the_next_version"))
            session.execute(text("UPDATE alembic_version SET version_num = :now"), {"now": now})
        database.close()


def test_a_machine_joins_and_trains(team: Team, tmp_path: Path) -> None:
    """Its code is what the service handed out; its environment is one that was there."""
    words = ("join", team.url, "--token", invite(team), "--python", sys.executable, "--queues", QUEUE, "--slots", "1")
    with joined(team, tmp_path, *words) as worker:
        run = team.submit(queue=QUEUE).wait()

        assert run.status == "succeeded"
        [attempt] = [event for event in team.events(run, "attempt") if event["state"] == "started"]
        assert attempt["worker"] == team.live_workers()[worker.pid]
        assert Path(f"/proc/{worker.pid}/cwd").readlink().is_relative_to(tmp_path / "worker" / "code")
        assert (tmp_path / "worker" / "worker.env").stat().st_mode & 0o777 == 0o600

        with newer_tables(team):
            assert team.submit(queue=QUEUE).wait().status == "succeeded", "who works goes on"
            again = type_command(
                *("worker", "start", "--home", str(tmp_path / "worker")),
                environment=clean_environment(tmp_path),
                cwd=tmp_path,
            )
        assert again.returncode == 1
        assert "at revision 9999, of which this version of Horngate knows nothing" in again.stderr


def test_the_next_worker_goes_on_to_the_same_numbers_when_the_old_one_is_sent_home(team: Team, tmp_path: Path) -> None:
    """A rolling upgrade: the new one is started beside the old one, from the same home and without a token."""
    words = ("join", team.url, "--token", invite(team), "--python", sys.executable, "--queues", QUEUE, "--slots", "1")
    with joined(team, tmp_path, *words) as old:
        run = team.submit(queue=QUEUE, fit=ENDLESS)
        until(lambda: (run.refresh().about["progress"] or {}).get("epoch", 0) > 3, 60)
        with joined(team, tmp_path, "start"):
            old.send_signal(signal.SIGTERM)
            assert old.wait(15) == 0
            until(lambda: len([event for event in team.events(run, "metrics") if event["attempt"] == 2]) > 3, 60)
            run.stop().wait()
            handed_over = next(event["epoch"] for event in team.events(run, "metrics") if event["attempt"] == 2)
            alone = team.submit(queue=QUEUE, fit=ENDLESS | {"epochs": handed_over + 1}).wait()

    assert handed_over > 1
    assert [reason for _, state, reason in team.attempts(run) if state == "ended"] == ["worker_ending", "stop"]
    curves, expected = (one.metrics(["loss", "val_loss"], max_points=20_000) for one in (run, alone))
    for name in ("loss", "val_loss"):
        assert curves[name][: handed_over + 1] == expected[name], name


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
