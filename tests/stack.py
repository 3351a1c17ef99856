"""A warm service for the tests that need a whole one: `horngate up` on a folder and a port of its own."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from horngate.client.connecting import Remote, connect
from horngate.up.home import read_note

ROOT = Path(__file__).resolve().parents[1]
READY_SECONDS = 180.0
STOP_SECONDS = 20.0


@dataclass(frozen=True)
class Stack:
    """A running service: where it is, who may call it, and how to speak to it."""

    home: Path
    url: str
    key: str
    process: "subprocess.Popen[str]"

    @property
    def remote(self) -> Remote:
        return connect(self.url, self.key)

    @property
    def http(self) -> httpx.Client:
        """For tests that speak HTTP themselves, as the administrator."""
        return httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {self.key}"}, timeout=60)

    @property
    def environment(self) -> dict[str, str]:
        """What a shell needs to speak to this service and no other."""
        return clean_environment(self.home) | {"HORNGATE_URL": self.url, "HORNGATE_API_KEY": self.key}

    def horngate(
        self, *words: str, cwd: Path | None = None, seconds: float = 240
    ) -> "subprocess.CompletedProcess[str]":
        """Type a command line."""
        return type_command(*words, environment=self.environment, cwd=cwd or self.home, seconds=seconds)


def clean_environment(home: Path) -> dict[str, str]:
    """The environment without anything of Horngate's in it, and with a HOME of its own."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("HORNGATE_")}
    return inherited | {"HOME": str(home), "XDG_CONFIG_HOME": str(home / "config"), "COLUMNS": "120", "NO_COLOR": "1"}


def type_command(
    *words: str, environment: Mapping[str, str], cwd: Path, seconds: float = 240
) -> "subprocess.CompletedProcess[str]":
    """`horngate …` in a shell without a terminal."""
    return subprocess.run(
        [sys.executable, "-m", "horngate", *words],
        env={**environment, "PYTHONPATH": str(ROOT)},
        cwd=cwd,
        text=True,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        timeout=seconds,
        check=False,
    )


def start_up(home: Path, *words: str, **environment: str) -> "subprocess.Popen[str]":
    """`horngate up` on a home and any free port, in a session of its own."""
    home.mkdir(parents=True, exist_ok=True)
    return subprocess.Popen(
        [sys.executable, "-m", "horngate", "up", "--home", str(home), "--port", "0", *words],
        env={**clean_environment(home), **environment},
        cwd=ROOT,
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=(home / "up.out").open("w"),
        stderr=(home / "up.err").open("w"),
        start_new_session=True,
    )


def wait_until_ready(home: Path, process: "subprocess.Popen[str]") -> Mapping[str, Any]:
    """Until it says where it is; fails with what it said when it ends before that."""

    def is_there() -> Mapping[str, Any] | None:
        assert process.poll() is None, f"horngate up ended:\n{(home / 'up.err').read_text()}"
        return read_note(home)

    return until(is_there, READY_SECONDS)


def until(is_so: Callable[[], Any], seconds: float = 30.0) -> Any:
    """Wait for a condition, and give what it found."""
    deadline = time.monotonic() + seconds
    while not (found := is_so()):
        assert time.monotonic() < deadline, f"it did not come to pass within {seconds} s"
        threading.Event().wait(0.05)
    return found


@contextmanager
def running_stack(home: Path, **environment: str) -> Iterator[Stack]:
    """A service while inside; nothing of it is left afterwards."""
    process = start_up(home, **environment)
    try:
        note = wait_until_ready(home, process)
        yield Stack(home, note["url"], (home / "admin.key").read_text().strip(), process)
    finally:
        stop(process)


def stop(process: "subprocess.Popen[str]") -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()  # its children die with it
        process.wait()


def processes_of(process: "subprocess.Popen[str]") -> list[tuple[int, str]]:
    """A process and all that it started, directly or not: each one's number and moment of birth."""
    found = {pid: (parent, born) for pid, parent, born in all_processes()}
    family = {process.pid}
    while more := {pid for pid, (parent, _) in found.items() if parent in family} - family:
        family |= more
    return [(pid, found[pid][1]) for pid in family if pid in found]


def still_running(processes: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """Those of them that have not ended."""
    now = {(pid, born) for pid, _, born in all_processes()}
    return [process for process in processes if process in now]


def all_processes() -> Iterator[tuple[int, int, str]]:
    """Number, parent's number and moment of birth of every process that is not a zombie."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                state, parent, *rest = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:  # it ended while we looked
                continue
            if state != "Z":
                yield int(entry.name), int(parent), rest[17]
