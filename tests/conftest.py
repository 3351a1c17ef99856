"""What all rooms' tests share: one warm service for those that need a whole one.

`make test` runs two rows of tests beside each other, the next when one is done: tests of one row share services and
keep their order.
"""

import os
import sys
from collections import Counter
from collections.abc import Iterator

import pytest
from xdist.scheduler import LoadScopeScheduling

from tests.stack import ROOT, Stack, running_stack

if sys.dont_write_bytecode:  # beside the sources; without any, each of a hundred processes compiles TensorFlow anew
    os.environ |= {"PYTHONPYCACHEPREFIX": str(ROOT / ".venv" / "compiled"), "PYTHONDONTWRITEBYTECODE": ""}

ALONE = {"chaos", "hostile", "models_lib", "store", "team", "worker"}
"""Folders that are a row of their own; all others are the first, with the one warm service."""
seconds: Counter[str] = Counter()


def row_of(nodeid: str) -> str:
    folder = nodeid.split("/")[1]
    return folder if folder in ALONE else "service"


class Rows(LoadScopeScheduling):
    """Hands each row of tests whole to one process."""

    def _split_scope(self, nodeid: str) -> str:
        return row_of(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Rows:
    return Rows(config, log)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    seconds[row_of(report.nodeid)] += report.duration


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """How long each row took: the longest says where time can be saved."""
    told = ", ".join(f"{row} {taken:.0f} s" for row, taken in seconds.most_common())
    terminalreporter.write_line(f"rows: {told}")


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """`horngate up` on a temporary home and a free port: started for the first test that asks, stopped at the end."""
    home = tmp_path_factory.mktemp("stack")
    with running_stack(home, HORNGATE_LINK_PLACES=str(home / "linked")) as stack:
        yield stack
