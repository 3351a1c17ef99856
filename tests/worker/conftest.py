"""One warm worker and one warm predictor for the whole session: importing TensorFlow is what takes time."""

import subprocess
from collections.abc import Iterator

import httpx
import pytest

from tests.worker.room import READY_SECONDS, Room, open_room, until


@pytest.fixture(scope="session")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    with open_room(tmp_path_factory.mktemp("room")) as room:
        yield room


@pytest.fixture
def free_workers(room: Room) -> Iterator[None]:
    """No run of this test is left for the next."""
    yield
    room.cancel_all()


@pytest.fixture(scope="session")
def worker(room: Room) -> "subprocess.Popen[bytes]":
    return room.start_worker(HORNGATE_WORKER_QUEUES="default,spare")


@pytest.fixture(scope="session")
def predictor(room: Room) -> Iterator[httpx.Client]:
    room.start("worker.predictor", HORNGATE_CHECK_SECONDS="3")
    with room.predictor_client() as client:
        until(lambda: is_ready(client), seconds=READY_SECONDS)
        yield client


def is_ready(client: httpx.Client) -> bool:
    try:
        return client.get("/healthz").status_code == 200
    except httpx.TransportError:
        return False
