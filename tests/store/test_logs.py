"""A full disk costs lines of a log, and nothing else."""

import subprocess
import sys
from pathlib import Path

import pytest

FULL = Path("/dev/full")
LOGGING = """
import structlog
from store.logs import start_log
from store.settings import Settings

start_log(Settings())
for _ in range(1000):
    structlog.get_logger().warning("disk_full", reason="x" * 100)
"""


@pytest.mark.skipif(not FULL.exists(), reason="only Linux has a file that is always full")
def test_a_log_that_finds_no_room_does_not_fail_its_writer() -> None:
    with FULL.open("w") as full:
        ended = subprocess.run([sys.executable, "-c", LOGGING], stdout=full, stderr=subprocess.PIPE, text=True)

    assert "Traceback" not in ended.stderr


FAILING = """
import structlog
from store.logs import start_log
from store.settings import Settings

start_log(Settings())
try:
    secret = "hg_" + "private"
    raise ValueError("it went wrong")
except ValueError:
    structlog.get_logger().exception("failed", run="run_1")
"""


def test_a_traceback_in_the_log_says_where_and_not_what_the_variables_held() -> None:
    ended = subprocess.run([sys.executable, "-c", FAILING], capture_output=True, text=True, check=True)

    assert "ValueError: it went wrong" in ended.stdout
    assert "run=run_1" in ended.stdout
    assert "hg_private" not in ended.stdout
