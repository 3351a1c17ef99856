"""A broker and a store of files that are away, or are something else, are found with the reason and the mend."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from store.blobs import Blobs
from store.findings import Finding
from store.outside import look_at_broker, look_at_files
from store.settings import Settings
from tests.valkey import running_valkey


@contextmanager
def somebody(answer: Callable[[bytes], bytes]) -> Iterator[int]:
    """Who listens at this port, and what they answer to one caller's questions."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def listen() -> None:
            caller, _ = server.accept()
            with caller:
                while asked := caller.recv(4096):
                    caller.sendall(answer(asked))

        listening = threading.Thread(target=listen, daemon=True)
        listening.start()
        yield server.getsockname()[1]
        listening.join(10)


def test_a_broker_that_is_well_says_what_it_is(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    with running_valkey(settings):
        found = look_at_broker(settings)

    assert found.ok
    assert found.found.startswith("Valkey ")


def test_a_broker_that_nobody_is_is_named_without_its_password(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    found = look_at_broker(Settings(home=tmp_path, broker_url=f"redis://us:secret@127.0.0.1:{port}/0"))

    assert not found.ok
    assert "refused" in found.found
    assert f"HORNGATE_BROKER_URL (redis://127.0.0.1:{port}/0)" in found.mend
    assert "secret" not in found.found + found.mend


@pytest.mark.parametrize(
    ("answer", "named"),
    [(b"HTTP/1.1 400 Bad Request\r\n\r\n", "HTTP"), (b"-ERR unknown command `HELLO`\r\n", "HELLO")],
)
def test_what_answers_in_another_language_or_is_too_old_is_no_broker(tmp_path: Path, answer: bytes, named: str) -> None:
    with somebody(lambda _: answer) as port:
        found = look_at_broker(Settings(home=tmp_path, broker_url=f"redis://127.0.0.1:{port}/0"))

    assert not found.ok
    assert named in found.found
    assert "Redis 6 or newer" in found.mend


def look(home: Path, **given: str) -> Finding:
    settings = Settings(home=home, **given)  # type: ignore[arg-type]
    return look_at_files(settings, Blobs(settings))


@pytest.mark.parametrize(
    ("place", "named", "mend"),
    [
        ({"blobs_url": "file:///proc/files"}, "0 MB free in /proc/files", "Make room"),
        ({"blobs_url": "s3://b/f", "s3_endpoint": "http://127.0.0.1:9"}, "127.0.0.1:9", "HORNGATE_S3_ENDPOINT"),
    ],
)
def test_files_that_are_away_are_named(tmp_path: Path, place: dict[str, str], named: str, mend: str) -> None:
    found = look(tmp_path, s3_key="any", s3_secret="any", **place)

    assert not found.ok
    assert named in found.found
    assert mend in found.mend
    assert look(tmp_path).ok
