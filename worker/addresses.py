"""Where the trainers of other machines reach one of this machine's."""

import socket
from urllib.parse import urlsplit

from store.queue import redis_url
from store.settings import Settings


def choose_address(settings: Settings) -> tuple[str, int]:
    """Host and a port that is free now; raises OSError where the broker's host is not known."""
    host = settings.worker_address or _outward_address(settings)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as tried:
        tried.bind(("", 0))
        port: int = tried.getsockname()[1]
    return (f"[{host}]" if ":" in host else host), port


def _outward_address(settings: Settings) -> str:
    """Nothing is sent: a datagram socket learns which of the machine's addresses the route begins at."""
    broker = urlsplit(redis_url(settings.broker_url))
    if broker.hostname is None:
        return "127.0.0.1"
    family, kind, _, _, place = socket.getaddrinfo(broker.hostname, broker.port or 6379, type=socket.SOCK_DGRAM)[0]
    with socket.socket(family, kind) as outward:
        outward.connect(place)
        return str(outward.getsockname()[0])
