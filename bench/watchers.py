"""Many browsers that watch one run: how late an epoch is with each. `python -m bench.watchers [500] [10]`."""

import asyncio
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bench.asking import free_port, open_connection, write_request
from bench.scale import running_api
from store import claims, people, recording, runs
from store.claims import Claim
from store.database import Database
from store.migrate import upgrade
from store.settings import Settings
from store.stream import Announcer

GOAL_MS: Final = 200.0
EVERY_SECONDS: Final = 1.0


async def watch(url: str, key: str, epochs: int, began: asyncio.Barrier) -> list[float]:
    """The moments at which this watcher had each epoch."""
    reader, writer = await open_connection(url)
    writer.write(write_request(url, "GET", key, accept="text/event-stream"))
    await reader.readuntil(b"\r\n\r\n")
    await began.wait()
    seen: list[float] = []
    while len(seen) < epochs:
        line = await reader.readline()
        if line.startswith(b"event: metrics"):
            seen.append(time.perf_counter())
    writer.close()
    return seen


async def watch_all(url: str, key: str, watchers: int, epochs: int, start: threading.Event) -> list[list[float]]:
    began = asyncio.Barrier(watchers + 1)
    tasks = [asyncio.create_task(watch(url, key, epochs, began)) for _ in range(watchers)]
    await began.wait()
    start.set()
    return list(await asyncio.gather(*tasks))


def write_epochs(settings: Settings, claim: Claim, epochs: int, start: threading.Event) -> list[float]:
    """As a supervisor does, once a second; the moments before each commit."""
    database, announcer = Database(settings), Announcer(settings)
    written: list[float] = []
    start.wait()
    for epoch in range(1, epochs + 1):
        time.sleep(EVERY_SECONDS)
        written.append(time.perf_counter())
        with database.transaction() as session:
            recording.record_epoch(session, claim, epoch, {"loss": 1 / epoch, "val_loss": 2 / epoch}, 1.0)
        announcer.announce(claim.run_id)
    announcer.close()
    database.close()
    return written


def begin_run(settings: Settings) -> Claim:
    database = Database(settings)
    with database.transaction() as session:
        place = {"project_id": people.find_project(session).id, "owner_id": people.find_user(session).id}
        runs.add_run(session, name="watched", spec={}, datasets={}, **place)
        claim = claims.claim_next_run(session, worker_id="wrk_bench", queues=["default"], lease_seconds=3600)
    database.close()
    assert claim is not None
    return claim


def measure(home: Path, watchers: int, epochs: int) -> Sequence[Sequence[float]]:
    """Milliseconds from the commit until each watcher had the epoch, epoch by epoch."""
    settings = Settings(home=home, port=free_port())
    upgrade(settings)
    key = (home / "admin.key").read_text().strip()
    claim, start = begin_run(settings), threading.Event()
    written: list[float] = []
    with running_api(settings):
        writer = threading.Thread(target=lambda: written.extend(write_epochs(settings, claim, epochs, start)))
        writer.start()
        url = f"{settings.public_url}/v1/runs/{claim.run_id}/events"
        seen = asyncio.run(watch_all(url, key, watchers, epochs, start))
        writer.join()
    return [[1000 * (own[epoch] - written[epoch]) for own in seen] for epoch in range(epochs)]


def main() -> int:
    watchers, epochs = (int(sys.argv[at]) if len(sys.argv) > at else given for at, given in ((1, 500), (2, 10)))
    with tempfile.TemporaryDirectory() as folder:
        found = measure(Path(folder), watchers, epochs)
    last = [max(epoch) for epoch in found]
    print(f"{watchers} watchers, {epochs} epochs: the median watcher has an epoch after ", end="")
    print(f"{statistics.median(ms for epoch in found for ms in epoch):.0f} ms; ", end="")
    print(f"the last one after {statistics.median(last):.0f} ms (median of the epochs), {max(last):.0f} ms (worst)")
    return 1 if statistics.median(last) > GOAL_MS else 0


if __name__ == "__main__":
    sys.exit(main())
