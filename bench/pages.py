"""The dashboard in a real browser over a real API: a list of 10,000 runs, 20 live charts, and what stays in memory.

`python -m bench.pages [--runs N] [--charts N] [--seconds N] [--minutes N] [--times N]`
"""

import argparse
import gzip
import re
import statistics
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import httpx
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, sync_playwright
from sqlalchemy import update

from bench import crowd
from bench.scale import crowded, percentiles, running_api
from store import claims, people, recording, runs
from store.database import Database
from store.rows import Run
from store.settings import Settings
from store.sight import of_everybody
from store.stream import Announcer
from tests.dashboard.browsing import BUILT, open_browser
from tests.dashboard.test_weight import ASSETS, needed_by

USABLE_MS: Final = 1000.0
FRAME_MS: Final = 1000 / 60
MOST_LATE: Final = 0.05
GROWTH_KB: Final = 512.0
"""A minute, after garbage collection: an hour of it is 30 MB."""
EPOCH_SECONDS: Final = 0.25
BEHIND: Final = 3000
"""More than a page holds of a curve: what grows from then on is not the curves themselves."""
WORDS: Final = crowd.FIRST_WORDS

FRAMES: Final = """seconds => new Promise(tell => {
  const frames = []
  let before = performance.now()
  const until = before + 1000 * seconds
  const frame = at => {
    frames.push(at - before)
    before = at
    at < until ? requestAnimationFrame(frame) : tell(frames)
  }
  requestAnimationFrame(at => { before = at; requestAnimationFrame(frame) })
})"""


def wait_until(page: Page, is_so: str, *given: Any) -> float:
    """Milliseconds since the page was asked for, at the frame in which it is so."""
    script = (
        "([...given]) => new Promise(tell => { const look = () => "
        f"({is_so})(...given) ? tell(performance.now()) : requestAnimationFrame(look); look() }})"
    )
    return float(page.evaluate(script, list(given)))


ROWS: Final = "() => document.querySelectorAll('tr[data-index]').length > 5"
FOUND: Final = """word => { const rows = [...document.querySelectorAll('tr[data-index]')]
  return rows.length > 5 && rows.every(row => row.textContent.includes(word)) }"""
DRAWN: Final = "charts => document.querySelectorAll('[data-chart] canvas').length >= charts"


@dataclass(frozen=True)
class Listed:
    """Milliseconds of one look at the list: until it has rows, and from Enter until it has the right ones."""

    rows: float
    filtered: float


def look_at_list(page: Page, word: str) -> Listed:
    page.goto("/runs")
    rows = wait_until(page, ROWS)
    field = page.get_by_label("Search by name, or filter")
    field.fill(word)
    began = float(page.evaluate("performance.now()"))
    field.press("Enter")
    return Listed(rows, wait_until(page, FOUND, word) - began)


def measure_list(context: BrowserContext, runs: int, times: int) -> bool:
    """Print how long the list takes; whether it is usable in time. The first look, with nothing cached, is apart."""
    page = context.new_page()
    first, *rest = [look_at_list(page, word) for word in [*WORDS, *WORDS[: times - len(WORDS)]][: times + 1]]
    page.close()
    print(f"list of {runs:,} runs: rows after {first.rows:.0f} ms with an empty cache, then ", end="")
    print("p50 {:.0f} ms, p95 {:.0f} ms".format(*percentiles([one.rows / 1000 for one in rest])), end="; ")
    filtered = percentiles([one.filtered / 1000 for one in [first, *rest]])
    print("a filter is answered after p50 {:.0f} ms, p95 {:.0f} ms".format(*filtered), flush=True)
    return statistics.median(one.rows for one in rest) < USABLE_MS and filtered[0] < USABLE_MS


def metrics_of(epoch: int, charts: int) -> dict[str, float]:
    """Training and validation of so many metrics."""
    names = ["loss", *(f"metric_{n}" for n in range(1, charts))]
    return {f"{part}{name}": (2 - n % 2) / epoch for n, name in enumerate(names) for part in ("", "val_")}


def begin_run(database: Database, charts: int) -> claims.Claim:
    """A run of the administrator's that trains, with many epochs behind it."""
    with database.transaction() as session:
        place = {"project_id": people.find_project(session).id, "owner_id": people.find_user(session).id}
        runs.add_run(session, name="charts", spec={}, datasets={}, queue="bench", **place)
        claim = claims.claim_next_run(session, worker_id="wrk_bench", queues=["bench"], lease_seconds=36_000)
        assert claim is not None
        for epoch in range(1, BEHIND + 1):
            points = [(name, epoch, value) for name, value in metrics_of(epoch, charts).items()]
            recording.record_points(session, claim, points)
    return claim


@contextmanager
def streaming(settings: Settings, claim: claims.Claim, charts: int) -> Iterator[None]:
    """While inside, the run has an epoch more every quarter of a second, told as a supervisor tells it."""
    is_over = threading.Event()

    def write() -> None:
        database, announcer = Database(settings), Announcer(settings)
        epoch = BEHIND
        while not is_over.wait(EPOCH_SECONDS):
            epoch += 1
            with database.transaction() as session:
                recording.record_epoch(session, claim, epoch, metrics_of(epoch, charts), EPOCH_SECONDS)
            announcer.announce(claim.run_id)
        announcer.close()
        database.close()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield
    finally:
        is_over.set()
        writer.join()


def measure_frames(page: Page, charts: int, seconds: float) -> bool:
    """Print how long frames take while all charts are fed; whether nearly all of them are of 60 a second."""
    frames = [float(ms) for ms in page.evaluate(FRAMES, seconds)]
    p50, p95 = percentiles([ms / 1000 for ms in frames])
    p99 = sorted(frames)[int(0.99 * len(frames))]
    late = sum(ms > 2.5 * FRAME_MS for ms in frames) / len(frames)
    print(
        f"{charts} charts, {1 / EPOCH_SECONDS:.0f} epochs a second: {len(frames) / seconds:.1f} frames a second; ",
        end="",
    )
    print(f"a frame takes p50 {p50:.1f} ms, p95 {p95:.1f} ms, p99 {p99:.1f} ms, at most {max(frames):.0f} ms; ", end="")
    print(f"{late:.1%} miss two frames or more", flush=True)
    return late < MOST_LATE


def kept_bytes(session: CDPSession) -> int:
    """What the page's scripts hold after garbage collection."""
    for _ in range(2):
        session.send("HeapProfiler.collectGarbage")
    return int(session.send("Runtime.getHeapUsage")["usedSize"])


def measure_memory(page: Page, minutes: int) -> bool:
    """Print what a page of live charts keeps, minute by minute; whether it stays about as much."""
    session = page.context.new_cdp_session(page)
    kept = [kept_bytes(session)]
    for minute in range(1, minutes + 1):
        page.wait_for_timeout(60_000)
        kept.append(kept_bytes(session))
        nodes, listeners = (session.send("Memory.getDOMCounters")[key] for key in ("nodes", "jsEventListeners"))
        print(f"after {minute} min: {kept[-1] / 1e6:.2f} MB, {nodes} nodes, {listeners} listeners", flush=True)
    growth = (kept[-1] - kept[1]) / 1024 / max(1, minutes - 1)
    print(f"memory grows by {growth:.0f} kB a minute, the first one left out", flush=True)
    return growth < GROWTH_KB


def first_load() -> int:
    """Bytes of script, compressed, before the list of runs is shown in English."""
    known: set[str] = set()
    for name in (*re.findall(r'src="/assets/(index-[^"]+\.js)"', BUILT.read_text()), *started()):
        needed_by(name, known)
    return sum(len(gzip.compress((ASSETS / name).read_bytes())) for name in known)


def started() -> list[str]:
    return [path.name for path in ASSETS.glob("start-*.js")]


@contextmanager
def signed_in(browser: Browser, settings: Settings, key: str) -> Iterator[BrowserContext]:
    answer = httpx.post(f"{settings.public_url}/v1/sign-in-links", headers={"Authorization": f"Bearer {key}"})
    with browser.new_context(base_url=settings.public_url, viewport={"width": 1360, "height": 900}) as context:
        page = context.new_page()
        page.goto(answer.raise_for_status().json()["url"])
        page.get_by_role("heading", name="Runs", level=1).wait_for()
        page.close()
        yield context


def move_home(database: Database) -> None:
    """All runs into the project that the administrator sees first."""
    with database.transaction() as session:
        session.execute(of_everybody(update(Run).values(project_id=people.find_project(session).id)))


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.pages")
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--charts", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=20, help="of frames")
    parser.add_argument("--minutes", type=int, default=5, help="of live charts")
    parser.add_argument("--times", type=int, default=10, help="looks at the list")
    return parser.parse_args()


def measure(settings: Settings, given: argparse.Namespace) -> list[bool]:
    """Each thing in its turn, in one browser; whether it is as it shall be."""
    database = Database(settings)
    move_home(database)
    key, claim = crowd.give_keys(database)["administrator"], begin_run(database, given.charts)
    database.close()
    with running_api(settings), sync_playwright() as playwright:
        browser = open_browser(playwright)
        with signed_in(browser, settings, key) as context:
            reached = [measure_list(context, given.runs, given.times)]
            with streaming(settings, claim, given.charts):
                page = context.new_page()
                page.goto(f"/runs/{claim.run_id}?tab=curves")
                wait_until(page, DRAWN, given.charts)
                page.wait_for_timeout(2000)
                reached.append(measure_frames(page, given.charts, given.seconds))
                if given.minutes:
                    reached.append(measure_memory(page, given.minutes))
        browser.close()
    return reached


def main() -> int:
    given = read_arguments()
    print(f"first load: {first_load():,} bytes of script, compressed")
    with crowded("postgresql", None, runs=given.runs, points=4 * given.runs, long=1000) as settings:
        reached = measure(settings, given)
    print("all of it is as it shall be" if all(reached) else "not all of it is as it shall be")
    return 0 if all(reached) else 1


if __name__ == "__main__":
    sys.exit(main())
