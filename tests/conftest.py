"""What all rooms' tests share: one warm service for those that need a whole one."""

from collections.abc import Iterator

import pytest

from tests.stack import Stack, running_stack


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """`horngate up` on a temporary home and a free port: started for the first test that asks, stopped at the end."""
    home = tmp_path_factory.mktemp("stack")
    with running_stack(home, HORNGATE_LINK_PLACES=str(home / "linked")) as stack:
        yield stack
