"""`horngate up`: ready, alone on its home, on its feet again, gone without a trace."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import httpx

from tests.stack import (
    ROOT,
    Stack,
    clean_environment,
    processes_of,
    start_up,
    still_running,
    stop,
    type_command,
    until,
    wait_until_ready,
)


def test_a_second_one_on_the_same_home_names_the_first(stack: Stack) -> None:
    answer = type_command("up", "--home", str(stack.home), environment=clean_environment(stack.home), cwd=stack.home)

    assert answer.returncode == 1
    assert f"pid {stack.process.pid}" in answer.stderr
    assert stack.url in answer.stderr


def test_a_port_that_is_taken_is_named_with_the_way_out(stack: Stack, tmp_path: Path) -> None:
    port = httpx.URL(stack.url).port

    answer = type_command(
        "up", "--home", str(tmp_path), "--port", str(port), environment=clean_environment(tmp_path), cwd=tmp_path
    )

    assert answer.returncode == 1
    assert f"Port {port} on 127.0.0.1 is taken" in answer.stderr
    assert "--port" in answer.stderr


def test_it_says_where_it_is_and_how_to_sign_in_and_keeps_its_key_to_itself(stack: Stack) -> None:
    said = (stack.home / "up.out").read_text()

    assert f"Horngate is ready at {stack.url}" in said
    assert f"{stack.url}/sign-in#token=" in said
    assert (stack.home / "admin.key").stat().st_mode & 0o777 == 0o600
    assert stack.home.stat().st_mode & 0o077 == 0


def test_sigterm_ends_every_process_and_the_next_start_finds_everything_again(tmp_path: Path) -> None:
    first = start_up(tmp_path)
    wait_until_ready(tmp_path, first)
    key, family = (tmp_path / "admin.key").read_text(), processes_of(first)
    assert len(family) >= 8, "up, broker, api, worker, predictor, boards and two mothers"

    first.terminate()
    assert first.wait(15) == 0

    assert still_running(family) == []
    again = start_up(tmp_path)
    try:
        wait_until_ready(tmp_path, again)
        assert (tmp_path / "admin.key").read_text() == key
    finally:
        stop(again)


def test_what_falls_is_started_again_and_sigkill_leaves_no_process_either(tmp_path: Path) -> None:
    process = start_up(tmp_path)
    wait_until_ready(tmp_path, process)
    boards = pid_of(tmp_path, "boards")

    os.kill(boards, signal.SIGKILL)

    until(lambda: pid_of(tmp_path, "boards") not in (0, boards))
    assert "boards ended (exit -9) and is started again" in (tmp_path / "up.err").read_text()
    family = processes_of(process)
    process.kill()
    process.wait()
    until(lambda: still_running(family) == [], 12)


def pid_of(home: Path, module: str) -> int:
    """The process that runs a module for this home; 0 when there is none at the moment."""
    wanted = [sys.executable, "-m", module]
    for entry in Path("/proc").iterdir():
        try:
            words = (entry / "cmdline").read_text().split("\0")[:3]
            if words == wanted and f"HORNGATE_HOME={home}\0" in (entry / "environ").read_text():
                return int(entry.name)
        except OSError:
            continue
    return 0


def test_without_a_checkout_it_says_where_the_server_runs_from(tmp_path: Path) -> None:
    """The published distribution holds the client alone."""
    shutil.copytree(ROOT / "horngate", tmp_path / "horngate")

    answer = subprocess.run(
        [sys.executable, "-m", "horngate", "up", "--home", str(tmp_path / "home")],
        env=clean_environment(tmp_path),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert answer.returncode == 1
    assert "the server runs from its checkout or its image" in answer.stderr
