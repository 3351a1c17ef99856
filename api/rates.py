"""How often somebody may ask: by key for those who are known, by address for those who are not."""

import math
import time
from typing import Final

import structlog
from limits import RateLimitItem, RateLimitItemPerMinute
from limits.aio.strategies import FixedWindowRateLimiter
from limits.storage import storage_from_string
from redis.exceptions import RedisError

from api.problems import TooMany
from store.settings import Settings

log = structlog.get_logger("api")

WORDS: Final = "More than {limit:,} {what} came in a minute. Ask again in {seconds} s."


class Rates:
    """Counts in windows of a minute; where the counts cannot be kept, everybody is let through."""

    def __init__(self, settings: Settings) -> None:
        storage = storage_from_string(settings.rate_limit_url, implementation="redispy")
        self._limiter = FixedWindowRateLimiter(storage)
        self._known = RateLimitItemPerMinute(settings.rate_limit)
        self._strangers = RateLimitItemPerMinute(settings.rate_limit_strangers)
        self._sign_ins = RateLimitItemPerMinute(settings.rate_limit_sign_ins)

    async def count_known(self, key_id: str) -> None:
        """A request with this key; raises TooMany."""
        await self._count(self._known, "requests with this key", "key", key_id)

    async def count_stranger(self, ip: str) -> None:
        """A request of somebody unknown; raises TooMany."""
        await self._count(self._strangers, "requests without a valid key", "stranger", ip)

    async def count_wrong_sign_in(self, ip: str) -> None:
        """A token that opens nothing."""
        await self._take(self._sign_ins, "sign-in", ip)

    async def refuse_guessing(self, ip: str) -> None:
        """Raise TooMany for an address that got too many tokens wrong, before another is looked at."""
        try:
            is_open = await self._limiter.test(self._sign_ins, "sign-in", ip)
        except (RedisError, OSError) as error:
            log.warning("rates_not_counted", reason=str(error))
            return
        if not is_open:
            raise await self._refusal(self._sign_ins, "wrong sign-ins", "sign-in", ip)

    async def _count(self, item: RateLimitItem, what: str, *names: str) -> None:
        if not await self._take(item, *names):
            raise await self._refusal(item, what, *names)

    async def _take(self, item: RateLimitItem, *names: str) -> bool:
        try:
            return await self._limiter.hit(item, *names)
        except (RedisError, OSError) as error:
            log.warning("rates_not_counted", reason=str(error))
            return True

    async def _refusal(self, item: RateLimitItem, what: str, *names: str) -> TooMany:
        reset = (await self._limiter.get_window_stats(item, *names)).reset_time
        seconds = max(1, math.ceil(reset - time.time()))
        return TooMany(WORDS.format(limit=item.amount, what=what, seconds=seconds), retry_after=seconds)
