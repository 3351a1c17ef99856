"""The embedded Valkey in a process of its own, for any room's tests."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis

from store.queue import redis_url
from store.settings import Settings

ROOT = Path(__file__).parents[1]


def start_valkey(settings: Settings, **environment: str) -> "subprocess.Popen[str]":
    """`python -m store.valkey` for these settings' home; it need not be ready yet."""
    return subprocess.Popen(
        [sys.executable, "-m", "store.valkey"],
        cwd=ROOT,
        env={**os.environ, "HORNGATE_HOME": str(settings.home), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def wait_until_ready(settings: Settings) -> None:
    """Until it answers a ping."""
    client = redis.Redis.from_url(redis_url(settings.broker_url))
    deadline = time.monotonic() + 30
    while True:
        try:
            client.ping()
        except redis.RedisError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            client.close()
            return


@contextmanager
def running_valkey(settings: Settings) -> Iterator["subprocess.Popen[str]"]:
    """A server that is ready; stopped at the end, if it is still there."""
    server = start_valkey(settings)
    try:
        wait_until_ready(settings)
        yield server
    finally:
        server.terminate()
        server.communicate(timeout=10)
