"""A full disk costs lines of a log, and nothing else."""

import json
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

FULL = Path("/dev/full")
LOGGING = """
import structlog
from store.logs import start_log
from store.settings import Settings

start_log(Settings(), "api")
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

start_log(Settings(), "api")
try:
    secret = "hg_" + "private"
    raise ValueError("it went wrong")
except ValueError:
    structlog.get_logger().exception("failed", run="run_1")
"""


def test_a_traceback_in_the_log_says_where_and_not_what_the_variables_held() -> None:
    for wanted, told in (("text", "run=run_1"), ("json", '"run": "run_1"')):
        said = run_with(FAILING, HORNGATE_LOG_FORMAT=wanted)

        assert "ValueError: it went wrong" in said
        assert told in said
        assert "hg_private" not in said


LIBRARY = """
import logging
import structlog
from structlog.contextvars import bound_contextvars
from store.logs import start_log
from store.settings import Settings

start_log(Settings(), "worker")
with bound_contextvars(request_id="req_1", run="run_1"):
    structlog.get_logger().info("run_claimed", slot=0)
    logging.getLogger("celery.worker").warning("%s is away", "the broker")
    try:
        raise OSError("gone")
    except OSError:
        logging.getLogger("uvicorn.error").exception("it failed")
"""


def test_every_line_of_a_service_is_json_with_process_request_and_run_whoever_logs_it() -> None:
    ours, theirs, failed = map(json.loads, run_with(LIBRARY).splitlines())

    for line in (ours, theirs, failed):
        assert (line["process"], line["request_id"], line["run"]) == ("worker", "req_1", "run_1")
        assert datetime.fromisoformat(line["time"]).tzinfo is not None
    assert (ours["event"], ours["level"], ours["slot"]) == ("run_claimed", "info", 0)
    assert (theirs["event"], theirs["logger"], theirs["level"]) == ("the broker is away", "celery.worker", "warning")
    assert "OSError: gone" in failed["exception"]


def run_with(program: str, **environment: str) -> str:
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env={**os.environ, **environment}
    )
    return ended.stdout
