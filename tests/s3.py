"""A server that speaks S3 over HTTP, in a process of its own, for any room's tests."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import s3fs

BUCKET = "horngate"


@contextmanager
def running_s3() -> Iterator[str]:
    """Start moto's server with an empty bucket; gives its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=dict(os.environ))
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_for(address, server)
        _make_bucket(address)
        yield address
    finally:
        server.terminate()
        server.wait(10)


def _wait_for(address: str, server: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert server.poll() is None, "moto.server has ended"
        try:
            httpx.get(address, timeout=5)
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError("moto.server did not start")


def _make_bucket(address: str) -> None:
    s3fs.S3FileSystem(key="any", secret="any", endpoint_url=address, skip_instance_cache=True).mkdir(BUCKET)
