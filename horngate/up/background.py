"""Local mode beside the caller instead of in the foreground: for the demo."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from horngate.errors import NotRunning
from horngate.up.home import read_note
from horngate.up.service import die_with

READY_SECONDS = 200.0
STOP_SECONDS = 20.0


@contextmanager
def background_local_mode(home: Path) -> Iterator[str]:
    """Local mode on a free port while inside; gives its address, and leaves no process behind."""
    parent = os.getpid()
    process = subprocess.Popen(
        [sys.executable, "-m", "horngate", "up", "--home", str(home), "--port", "0"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C is for us to pass on
        preexec_fn=lambda: die_with(parent),
    )
    try:
        yield wait_for_note(home, process)
    finally:
        stop(process)


def wait_for_note(home: Path, process: "subprocess.Popen[bytes]") -> str:
    deadline = time.monotonic() + READY_SECONDS
    while (note := read_note(home)) is None or note["pid"] != process.pid:
        if process.poll() is not None:
            raise NotRunning("Horngate did not start; the reason is above.")
        if time.monotonic() > deadline:
            raise NotRunning(f"Horngate was not ready after {READY_SECONDS:.0f} s; its logs are in {home / 'logs'}.")
        time.sleep(0.1)
    return str(note["url"])


def stop(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
