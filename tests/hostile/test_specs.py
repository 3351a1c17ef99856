"""Hundreds of hostile specs through the front door: each refused at its place, quickly, by a process without Keras."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from tests.hostile.specs import Hostile, hostile_specs
from tests.stack import Stack

TABLE = "a,b,c,total\n" + "\n".join(f"{i % 7},{i % 5},{i % 3},{i}" for i in range(60)) + "\n"
CASES = {case.what: case for case in hostile_specs()}
SECONDS = 0.25
BYTES = 64 * 2**20


@pytest.fixture(scope="module")
def desk(stack: Stack) -> Iterator[httpx.Client]:
    with stack.http as http:
        files = {"file": ("judged.csv", TABLE)}
        http.post("/v1/datasets", data={"name": "judged"}, files=files).raise_for_status()
        yield http


@pytest.fixture(scope="module")
def api(stack: Stack) -> psutil.Process:
    """The process that answers."""
    family = psutil.Process(stack.process.pid).children(recursive=True)
    return next(process for process in family if process.cmdline()[-2:] == ["-m", "api"])


def peak_memory(process: psutil.Process) -> int:
    lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


def test_there_are_three_hundred_and_more() -> None:
    assert len(CASES) >= 300


@pytest.mark.parametrize("case", CASES.values(), ids=[f"{n}" for n in range(len(CASES))])
def test_a_hostile_spec_is_refused_where_its_fault_stands(
    desk: httpx.Client, api: psutil.Process, case: Hostile
) -> None:
    before, memory = sum(api.cpu_times()[:2]), peak_memory(api)

    answer = desk.post("/v1/specs:validate", json=case.body)

    assert answer.status_code == 422, (case.what, answer.text[:2000])
    assert answer.headers["content-type"] == "application/problem+json"
    faults = answer.json()["errors"]
    assert faults, case.what
    assert any(fault["pointer"].startswith(case.pointer) for fault in faults), (case.what, faults)
    assert {fault["code"] for fault in faults} <= case.codes, (case.what, faults)
    assert all(fault["message"] for fault in faults)
    assert "Traceback" not in answer.text
    assert sum(api.cpu_times()[:2]) - before < SECONDS, case.what
    assert peak_memory(api) - memory < BYTES, case.what


def test_none_of_them_brought_keras_into_the_process_that_judges(api: psutil.Process) -> None:
    assert not [place.path for place in api.memory_maps() if "tensorflow" in place.path or "numpy" in place.path]
