"""The predictor and users' code: what it refuses without a sandbox, and what its children get hold of."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from structlog.testing import capture_logs

from tests.stack import until
from tests.worker.conftest import is_ready
from tests.worker.room import READY_SECONDS, ROOT, Room
from worker.predictor.children import NoSandbox
from worker.predictor.trust import require_working
from worker.predictor.words import MOST_BYTES, keep_words
from worker.sandbox.working import Sandbox

SPEAKING = """
import os, sys
for number in (1, 2):
    os.write(number, b"spoken to %d\\n" % number)
    try:
        os.truncate(f"/proc/self/fd/{number}", 0)
    except OSError:
        os.write(number, b"not truncated\\n")
"""


@pytest.fixture(scope="module")
def unprotected(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A predictor whose sandbox is switched off."""
    room = Room(tmp_path_factory.mktemp("unprotected"))
    room.migrate()
    service = room.start("worker.predictor", HORNGATE_SANDBOX="off")
    with room.predictor_client() as client:
        until(lambda: is_ready(client), READY_SECONDS)
        yield client
    service.terminate()
    service.wait(20)


@pytest.mark.parametrize(
    ("door", "question"),
    [
        ("/components", {"name": "mine", "files": {"__init__.py": "x = 1"}}),
        ("/examinations", {"name": "mine", "files": {}, "objects": [], "config": {}, "code": []}),
        ("/checks", {"spec": {}, "components": {"mine": "0" * 64}}),
    ],
)
def test_without_a_sandbox_nobody_s_code_is_run(unprotected: httpx.Client, door: str, question: object) -> None:
    answer = unprotected.post(door, json=question)

    assert (answer.status_code, answer.json()["code"]) == (409, "no_sandbox")
    assert "HORNGATE_SANDBOX=off" in answer.json()["detail"]
    assert "HORNGATE_SANDBOX=auto" in answer.json()["detail"]


def test_what_needs_no_code_is_answered_without_a_sandbox(unprotected: httpx.Client) -> None:
    answer = unprotected.post("/predictions", json={"run_id": "run_none", "attempt": 1, "instances": []})

    assert answer.status_code == 404


def test_with_a_sandbox_code_is_described_and_may_print(room: Room, predictor: httpx.Client) -> None:
    """What it prints is in the log, quoted; the log's descriptor is not the child's."""
    files = {"__init__.py": SPEAKING}
    answer = predictor.post("/components", json={"name": "speaking", "files": files})
    log = next(room.home.glob("worker.predictor-*.log"))

    assert answer.status_code == 200, answer.text
    until(lambda: "spoken to 2" in log.read_text())
    assert "sandbox_works" in log.read_text()
    assert log.read_text().count("not truncated") == 2


def test_a_working_sandbox_is_enough_and_any_other_is_not() -> None:
    require_working(Sandbox(True, "Landlock"))
    with pytest.raises(NoSandbox, match="No Landlock"):
        require_working(Sandbox(False, "No Landlock."))


def test_a_child_s_flood_is_cut_off_and_its_words_cannot_look_like_the_log_s_own() -> None:
    reading, writing = os.pipe()
    with capture_logs() as logged:
        keep_words(reading, 1)
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(b"\x1b[2Jwiped\n" + (b"x" * 999 + b"\n") * 1000)
        until(lambda: logged and logged[-1]["event"] == "child_says_too_much")

    said = [entry["text"] for entry in logged if entry["event"] == "child_said"]
    assert said[0] == "\N{REPLACEMENT CHARACTER}[2Jwiped"
    assert MOST_BYTES - 1000 < sum(map(len, said)) <= MOST_BYTES + 1000


def test_a_required_sandbox_that_does_not_work_lets_no_predictor_start(tmp_path: Path) -> None:
    """On a machine whose system calls nobody knows."""
    program = (
        "import platform, sys; platform.machine = lambda: 'vax'; from worker.predictor.__main__ import main;"
        " sys.exit(main())"
    )
    environment = {**os.environ, "HORNGATE_HOME": str(tmp_path), "HORNGATE_SANDBOX": "required"}
    ended = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=READY_SECONDS,
    )

    assert ended.returncode == 1
    assert "HORNGATE_SANDBOX=required" in ended.stderr
    assert "vax" in ended.stderr
