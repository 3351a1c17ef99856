"""Ways out of the sandbox, tried in the children that a mother forks."""

import errno
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.worker.escaping import ABSENT, ALLOWED, ESCAPES, FOR_CUDA, KILLED, OPEN_TO_CUDA
from tests.worker.room import ROOT
from worker.mother.messages import receive_packet, send_packet

REFUSALS = {errno.EPERM, errno.EACCES, errno.EXDEV}


@dataclass
class LittleMother:
    """A mother of children that start in milliseconds, and the things outside that they are after."""

    socket: socket.socket
    folder: Path

    def try_in_child(self, kind: str, firmness: str = "strict", **options: Any) -> tuple[Any, int]:
        """What the child wrote, as JSON, and its exit status."""
        reading, writing = os.pipe()
        targets = {"canary": str(self.canary), "owner": os.getpid(), "socket": str(self.folder / "socket"), "gpus": []}
        request = {"request": 1, "kind": kind, "folder": str(self.folder / "own"), "sandbox": firmness}
        send_packet(self.socket, request | {"options": targets | options}, (2, 2, writing))
        os.close(writing)
        receive_packet(self.socket)
        with os.fdopen(reading, "rb") as report:
            said = report.read()
        ended, _ = receive_packet(self.socket)
        assert ended is not None
        return (json.loads(said) if said else None), ended["status"]

    @property
    def canary(self) -> Path:
        return self.folder / "foreign" / "canary"


@pytest.fixture(scope="module")
def mother(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LittleMother]:
    folder = tmp_path_factory.mktemp("sandbox")
    for name in ("foreign", "own/in", "own/out"):
        (folder / name).mkdir(parents=True)
    (folder / "foreign" / "canary").write_text("foreign")
    (folder / "own" / "in" / "data").write_text("data")
    ours, hers = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.settimeout(30)
    command = [sys.executable, "-m", "tests.worker.escaping", str(hers.fileno())]
    (folder / "bin").mkdir()
    true = shutil.which("true")
    assert true is not None
    shutil.copy(true, folder / "bin" / "ptxas")
    environment = os.environ | {"PATH": f"{folder / 'bin'}:{os.environ['PATH']}"}
    with socket.socket(socket.AF_UNIX) as listening, ours:
        listening.bind(str(folder / "socket"))
        listening.listen()
        process = subprocess.Popen(command, cwd=ROOT, env=environment, pass_fds=[hers.fileno()])
        hers.close()
        receive_packet(ours)
        yield LittleMother(ours, folder)
        ours.shutdown(socket.SHUT_RDWR)
        process.wait(10)


@pytest.mark.parametrize("escape", ESCAPES)
def test_a_way_out_is_closed(mother: LittleMother, escape: str) -> None:
    """Each is refused by the kernel, and what it was after is as it was."""
    before = mother.canary.lstat()
    refusal, _ = mother.try_in_child("escape", escape=escape)

    assert refusal in REFUSALS
    assert mother.canary.lstat() == before
    assert mother.canary.read_text() == "foreign"
    assert [file.name for file in mother.canary.parent.iterdir()] == ["canary"]


@pytest.mark.parametrize("escape", KILLED)
def test_another_machine_s_calls_end_the_process(mother: LittleMother, escape: str) -> None:
    assert mother.try_in_child("escape", escape=escape) == (None, -signal.SIGSYS)


@pytest.mark.parametrize("escape", ABSENT)
def test_a_call_that_no_filter_can_judge_does_not_exist(mother: LittleMother, escape: str) -> None:
    assert mother.try_in_child("escape", escape=escape) == (errno.ENOSYS, 0)


@pytest.mark.parametrize("need", ALLOWED)
def test_what_a_training_needs_is_left(mother: LittleMother, need: str) -> None:
    assert mother.try_in_child("escape", escape=need) == (0, 0)


@pytest.mark.parametrize("need", [*ALLOWED, *FOR_CUDA])
def test_what_cuda_begins_with_is_left_to_a_training_on_gpus(mother: LittleMother, need: str) -> None:
    """Found out on an H200: without these two its driver ends with error 304, "operation not supported on this OS"."""
    assert mother.try_in_child("escape", escape=need, gpus=[0]) == (0, 0)
    assert (mother.try_in_child("escape", escape=need) == (0, 0)) == (need in ALLOWED)


def test_a_training_on_gpus_finds_no_other_way_out(mother: LittleMother) -> None:
    done = {escape: mother.try_in_child("escape", escape=escape, gpus=[0])[0] for escape in ESCAPES}

    assert {escape for escape, refusal in done.items() if refusal not in REFUSALS} == OPEN_TO_CUDA
    assert mother.canary.read_text() == "foreign"


def test_a_gpus_code_is_made_by_the_one_program_that_may_be_started(mother: LittleMother) -> None:
    """A program stands for XLA's assembler here: no test machine has the one that comes with CUDA."""

    def tried(escape: str, **options: object) -> int:
        refusal, _ = mother.try_in_child("escape", escape=escape, **options)
        return int(refusal)

    assert tried("have code compiled", gpus=[0], compiles=True) == 0
    assert tried("have code compiled", gpus=[0]) in REFUSALS
    assert tried("have code compiled by a program of another name", gpus=[0], compiles=True) in REFUSALS
    done = {escape: tried(escape, gpus=[0], compiles=True) for escape in ESCAPES}
    assert {escape for escape, refusal in done.items() if refusal not in REFUSALS} == OPEN_TO_CUDA
    assert mother.canary.read_text() == "foreign"


def test_the_kernel_sees_a_process_without_privileges(mother: LittleMother) -> None:
    status, _ = mother.try_in_child("status")

    assert (status["Seccomp"], status["NoNewPrivs"]) == ("2", "1")
    assert {int(status[name], 16) for name in ("CapPrm", "CapEff", "CapBnd", "CapInh", "CapAmb")} == {0}


def test_the_probe_finds_no_hole_in_a_sandbox_that_works(mother: LittleMother) -> None:
    assert mother.try_in_child("probe") == ([], 0)


def test_the_probe_names_what_is_possible_where_there_is_no_sandbox(mother: LittleMother) -> None:
    """A program that could be started takes the probe's place, which then says nothing: no sandbox either."""
    found, _ = mother.try_in_child("escape", firmness="off", escape="read a foreign file")
    said, _ = mother.try_in_child("probe", firmness="off")

    assert found == 0
    assert said is None
