"""A body is as long as one length says, and comes within its time; no connection is held open by what is not."""

import socket

import pytest

from tests.api.serving import Service


def answer_to(service: Service, request: str) -> str:
    """All that comes back before the connection is closed by the service."""
    with socket.create_connection((service.settings.host, service.settings.port), timeout=30) as connection:
        head, _, body = request.partition("\n\n")
        names = f"Host: 127.0.0.1\nAuthorization: Bearer {service.key}\nContent-Type: application/json"
        connection.sendall(f"{head}\n{names}\n\n{body}".replace("\n", "\r\n").encode())
        return b"".join(iter(lambda: connection.recv(65_536), b"")).decode()


def test_a_request_of_two_lengths_is_refused_with_all_that_follows_it(service: Service) -> None:
    """A proxy that goes by the other length would take the next request for somebody else's body."""
    smuggled = "0\n\nGET /v1/me HTTP/1.1\nHost: 127.0.0.1\n\n"

    answer = answer_to(service, f"POST /v1/keys HTTP/1.1\nTransfer-Encoding: chunked\nContent-Length: 5\n\n{smuggled}")

    assert answer.startswith("HTTP/1.1 400 ")
    assert answer.count("HTTP/1.1 ") == 1


def test_who_stays_silent_in_the_middle_of_a_body_is_sent_away(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.limits.SILENT_SECONDS", 0.2)

    answer = answer_to(service, 'POST /v1/keys HTTP/1.1\nContent-Length: 100\n\n{"name": ')

    assert answer.startswith("HTTP/1.1 408 ")
    assert "too_slow" in answer
