"""A machine that loses its power, and a home that comes back from a backup: runs go on where they were."""

import os
import shlex
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from horngate.client.connecting import Remote, connect
from horngate.client.runs import Run
from horngate.systemd import NoSystemd, Systemd
from horngate.up.installing import describe, install, uninstall
from tests.stack import clean_environment, processes_of, still_running, stop, type_command, until, wait_until_ready

SPEC: dict[str, Any] = {
    "name": "through the night",
    "dataset": "sums",
    "inputs": {"x": {"columns": ["a", "b"], "preprocess": None}},
    "targets": {"total": {"column": "total"}},
    "model": {"kind": "sequential", "layers": ["Dense(8)", {"name": "total", "layer": "Dense(1)"}]},
    "compile": {"optimizer": "Adam(0.01)", "loss": "mse"},
    "fit": {"epochs": 2, "batch_size": 16},
}
ENDLESS = SPEC | {"fit": {"epochs": 100_000, "batch_size": 16}}
Said = list[str]


def exec_start(home: Path) -> tuple[list[str], Path]:
    """The command that systemd would run at boot, and where."""
    unit = describe(home, host="127.0.0.1", port=0).text(for_system=True)
    lines = dict(line.split("=", 1) for line in unit.splitlines() if "=" in line and not line.startswith("#"))
    return shlex.split(lines["ExecStart"]), Path(lines["WorkingDirectory"])


@contextmanager
def booted(home: Path) -> Iterator[tuple["subprocess.Popen[str]", Remote]]:
    """The service's own ExecStart line, as at boot."""
    words, folder = exec_start(home)
    home.mkdir(exist_ok=True)
    with (home / "up.out").open("a") as out, (home / "up.err").open("a") as err:
        process = subprocess.Popen(
            words,
            cwd=folder,
            env=clean_environment(home),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            text=True,
            start_new_session=True,
        )
    try:
        note = wait_until_ready(home, process)
        yield process, connect(note["url"], (home / "admin.key").read_text().strip())
    finally:
        stop(process)


def epoch_of(run: Run) -> int:
    return int((run.refresh().about["progress"] or {}).get("epoch") or 0)


def first_epoch_of(run: Run, attempt: int) -> int:
    """Where an attempt began; 0 while its first epoch has not ended."""
    after, has_more = 0, True
    while has_more:
        page = run.service.get(f"{run.path}/events", after=after, limit=1000)
        for event in page["data"]:
            if event["kind"] == "metrics" and event["attempt"] == attempt:
                return int(event["epoch"])
        after, has_more = page["next_cursor"], page["has_more"]
    return 0


def test_after_a_power_cut_and_after_a_restore_runs_go_on_where_they_were(tmp_path: Path) -> None:
    """kill -9 of everything at once; stale sockets, locks and notes are left as they lie."""
    home, again = tmp_path / "house", tmp_path / "again"
    (tmp_path / "sums.csv").write_text("a,b,total\n" + "\n".join(f"{i % 7},{i % 5},{i % 7 + i % 5}" for i in range(96)))
    with booted(home) as (process, remote):
        remote.datasets.add(tmp_path / "sums.csv", name="sums")
        done = remote.runs.create(SPEC).wait()
        rows = [{"a": 1, "b": 2}]
        prediction, model = done.predict(rows), file_of(done)
        run = remote.runs.create(ENDLESS)
        until(lambda: epoch_of(run) > 3, 120)

        copied = type_command(
            *("backup", str(tmp_path / "night.tar.gz"), "--home", str(home)),
            environment=clean_environment(tmp_path),
            cwd=tmp_path,
        )
        family = processes_of(process)
        for pid, _ in family:
            os.kill(pid, signal.SIGKILL)
        process.wait()
        until(lambda: still_running(family) == [], 12)

    assert copied.returncode == 0, copied.stderr
    assert (home / "up.json").exists(), "nobody cleared up"
    with booted(home) as (_, remote):
        after_the_cut = remote.runs.get(run.id)
        assert until(lambda: first_epoch_of(after_the_cut, 2), 120) > 1
        assert after_the_cut.stop().wait().status == "succeeded"

    restored = type_command(
        *("restore", str(tmp_path / "night.tar.gz"), "--home", str(again)),
        environment=clean_environment(tmp_path),
        cwd=tmp_path,
    )
    assert restored.returncode == 0, restored.stderr
    with booted(again) as (_, remote):
        old = remote.runs.get(done.id)
        assert (old.predict(rows), file_of(old)) == (prediction, model)
        goes_on = remote.runs.get(run.id)
        assert until(lambda: first_epoch_of(goes_on, 2), 120) > 1
        assert goes_on.stop().wait().status == "succeeded"


def file_of(run: Run) -> bytes:
    return run.service.http.get(f"{run.path}/artifacts/model.keras").raise_for_status().content


@pytest.fixture
def systemctl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[str]]:
    """A systemctl that notes what it is asked for."""
    program = tmp_path / "bin" / "systemctl"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\necho "$*" >> {tmp_path}/asked\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    return lambda: (tmp_path / "asked").read_text().splitlines()


def test_the_service_is_written_enabled_and_started_and_taken_away_again(
    tmp_path: Path, systemctl: Callable[[], list[str]]
) -> None:
    systemd = Systemd(runs_here=tmp_path, folder=tmp_path / "units", is_root=True)
    said: Said = []

    install(tmp_path / "house", host="127.0.0.1", port=8123, say=said.append, systemd=systemd)

    unit = tmp_path / "units" / "horngate-house.service"
    assert f"--home {tmp_path / 'house'} --host 127.0.0.1 --port 8123" in unit.read_text()
    assert systemctl() == ["daemon-reload", "enable horngate-house.service", "restart horngate-house.service"]
    assert any(str(unit) in line for line in said)

    uninstall(tmp_path / "house", said.append, systemd)

    assert not unit.exists()
    assert "disable --now horngate-house.service" in systemctl()


def test_without_systemd_the_units_text_is_given_and_nothing_is_written(tmp_path: Path) -> None:
    systemd = Systemd(runs_here=tmp_path / "none", folder=tmp_path / "units", is_root=False)

    with pytest.raises(NoSystemd, match="does not run here") as caught:
        install(tmp_path / "a house", host="127.0.0.1", port=8000, say=lambda _: None, systemd=systemd)

    assert "WantedBy=default.target" in caught.value.unit
    assert f'--home "{tmp_path / "a house"}"' in caught.value.unit
    assert not (tmp_path / "units").exists()
