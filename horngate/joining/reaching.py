"""Whether this machine reaches what a worker needs: a port that answers, tried before anything is installed."""

import socket
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from horngate.errors import NotReachable

PATIENCE = 5.0
PORTS = {"postgresql": 5432, "redis": 6379, "rediss": 6379, "http": 80, "https": 443}
ADDRESSES = {
    "HORNGATE_DATABASE_URL": ("The database", "HORNGATE_WORKER_DATABASE_URL"),
    "HORNGATE_BROKER_URL": ("The broker", "HORNGATE_WORKER_BROKER_URL"),
    "HORNGATE_S3_ENDPOINT": ("The S3 service", "HORNGATE_WORKER_S3_ENDPOINT"),
}


def require_reachable(settings: Mapping[str, str]) -> None:
    """Raise NotReachable with one line for each address at which nobody answers."""
    if lines := list(unreachable(settings)):
        raise NotReachable(
            "\n".join(lines) + "\nPublish the port on a network that both machines share, or have the operator set the "
            "variable named above on the api, and start it again. Then join again."
        )


def unreachable(settings: Mapping[str, str]) -> Iterator[str]:
    for name, (what, variable) in ADDRESSES.items():
        if name in settings:
            host, port = endpoint(settings[name])
            try:
                socket.create_connection((host, port), timeout=PATIENCE).close()
            except OSError as error:
                yield f"{what} at {host}:{port} cannot be reached from here: {error.strerror or error} ({variable})."


def endpoint(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or PORTS.get(parts.scheme.partition("+")[0], 0)
