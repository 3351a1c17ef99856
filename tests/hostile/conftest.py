"""A service that strangers' requests may do to what they like."""

from collections.abc import Iterator

import pytest

from tests.stack import Stack, running_stack


@pytest.fixture(scope="session")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Of its own, since a fuzzer deletes what it finds."""
    with running_stack(tmp_path_factory.mktemp("fuzzed")) as stack:
        yield stack
