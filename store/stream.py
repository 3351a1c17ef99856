"""Announcements: after a commit, the id of the run that changed is published, so that watchers look at once."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress

import redis
import redis.asyncio
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from store.queue import redis_url
from store.settings import Settings

CHANNEL = "hg:events"
PUBLISH_SECONDS = 0.5
RECONNECT_SECONDS = 1.0
PING_SECONDS = 5.0


class Announcer:
    """Publishes; a broker that is away costs half a second at most, and then nothing for a while."""

    def __init__(self, settings: Settings) -> None:
        self._client = redis.Redis.from_url(
            redis_url(settings.broker_url), socket_timeout=PUBLISH_SECONDS, retry=Retry(NoBackoff(), 0)
        )
        self._silent_until = 0.0

    def announce(self, run_id: str) -> bool:
        """Whether the broker took it; watchers poll anyway."""
        if time.monotonic() < self._silent_until:
            return False
        try:
            self._client.publish(CHANNEL, run_id)
        except (RedisError, OSError):
            self._silent_until = time.monotonic() + RECONNECT_SECONDS
            return False
        return True

    def close(self) -> None:
        """Give back the connections."""
        self._client.close()


class Watcher:
    """Hears announcements. `is_connected` says whether silence means that nothing changes, or that one should poll."""

    def __init__(self, settings: Settings) -> None:
        self._client = redis.asyncio.Redis.from_url(
            redis_url(settings.broker_url), decode_responses=True, retry=AsyncRetry(NoBackoff(), 0)
        )
        self.is_connected = False

    async def watch(self) -> AsyncGenerator[str | None]:
        """Run ids as they are announced, for ever; None after every (re)connection: look at everything then."""
        while True:
            with suppress(RedisError, OSError, TimeoutError):
                async with aclosing(self._watch_one_connection()) as run_ids:
                    async for run_id in run_ids:
                        yield run_id
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _watch_one_connection(self) -> AsyncGenerator[str | None]:
        try:
            async with self._client.pubsub() as channel:
                await channel.subscribe(CHANNEL)
                self.is_connected = True
                yield None
                async with aclosing(_listen(channel)) as run_ids:
                    async for run_id in run_ids:
                        yield run_id
        finally:
            self.is_connected = False

    async def close(self) -> None:
        """Give back the connections."""
        await self._client.aclose()


async def _listen(channel: PubSub) -> AsyncGenerator[str]:
    """Messages until the connection breaks; raises TimeoutError when the broker hangs."""
    is_asked = False
    while True:
        message = await channel.get_message(timeout=PING_SECONDS)
        if message is None and is_asked:
            raise TimeoutError("The broker does not answer.")
        if message is None:
            await channel.ping()
        is_asked = message is None
        if message is not None and message["type"] == "message":
            yield message["data"]
