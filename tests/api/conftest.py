"""One API for all of this room's tests."""

from collections.abc import Iterator

import httpx
import pytest

from tests.api.serving import Service, running_api, running_valkey, settings_for


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A real API over a real database and a real broker; no worker, predictor or boards."""
    settings = settings_for(tmp_path_factory.mktemp("api"), upload_limit_bytes=200_000)
    with running_valkey(settings), running_api(settings) as service:
        yield service


@pytest.fixture
def http(service: Service) -> Iterator[httpx.Client]:
    """The administrator's client."""
    with service.client() as client:
        yield client
