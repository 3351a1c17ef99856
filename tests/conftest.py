"""What all rooms' tests share: one warm service for those that need a whole one.

`make test` runs two rows of tests beside each other: tests of one row share services and keep their order.
"""

import os
import sys
from collections.abc import Iterator

import pytest
from xdist.scheduler import LoadScopeScheduling

from tests.stack import ROOT, Stack, running_stack

if sys.dont_write_bytecode:  # beside the sources; without any, each of a hundred processes compiles TensorFlow anew
    os.environ |= {"PYTHONPYCACHEPREFIX": str(ROOT / ".venv" / "compiled"), "PYTHONDONTWRITEBYTECODE": ""}

ROWS = {"models_lib": "library", "store": "parts", "team": "parts", "worker": "parts"}
"""The row of a folder; all others are the first, with the one warm service."""


class Rows(LoadScopeScheduling):
    """Hands each row of tests whole to one process."""

    def _split_scope(self, nodeid: str) -> str:
        return ROWS.get(nodeid.split("/")[1], "service")


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Rows:
    return Rows(config, log)


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """`horngate up` on a temporary home and a free port: started for the first test that asks, stopped at the end."""
    home = tmp_path_factory.mktemp("stack")
    with running_stack(home, HORNGATE_LINK_PLACES=str(home / "linked")) as stack:
        yield stack
