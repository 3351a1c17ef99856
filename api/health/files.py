"""Whether the store of files answers, for all who ask `/readyz`: anybody may, and S3 may take its time."""

import asyncio
import time
from typing import Final

from fastapi.concurrency import run_in_threadpool

from store.blobs import Blobs
from store.findings import Finding
from store.outside import look_at_files
from store.settings import Settings

EVERY_SECONDS: Final = 5.0
PATIENCE_SECONDS: Final = 1.0


class FilesWatch:
    """Looks once in a while, in one thread however many ask; who asks meanwhile is told what was found last."""

    def __init__(self, settings: Settings, blobs: Blobs) -> None:
        self._settings, self._blobs = settings, blobs
        self._found: Finding | None = None
        self._looked_at = -EVERY_SECONDS
        self._looking: asyncio.Task[None] | None = None

    async def look(self) -> Finding | None:
        """What was found within the last seconds; None where the first look is not over."""
        if self._looking is None and time.monotonic() - self._looked_at >= EVERY_SECONDS:
            self._looking = asyncio.create_task(self._look_again())
        if self._looking is not None:
            await asyncio.wait({self._looking}, timeout=PATIENCE_SECONDS)
        return self._found

    async def _look_again(self) -> None:
        try:
            self._found = await run_in_threadpool(look_at_files, self._settings, self._blobs)
        finally:
            self._looked_at, self._looking = time.monotonic(), None
