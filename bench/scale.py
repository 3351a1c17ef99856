"""The API over a crowded database: every list, filter and sort, a curve of a million points, p50 and p95 by HTTP.

`python -m bench.scale [--database postgresql|sqlite] [--runs N] [--points N] [--long N] [--url URL] [--times N]`
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx

from bench import crowd
from bench.asking import free_port
from store.database import Database
from store.migrate import upgrade
from store.settings import Settings
from tests.postgres import fresh_database, running_postgres
from tests.stack import clean_environment, until
from tests.valkey import running_valkey

ROOT: Final = Path(__file__).parents[1]
GOAL_MS: Final = 100.0
CURVE_GOAL_MS: Final = 150.0
PAGES: Final[Sequence[tuple[str, str, dict[str, Any]]]] = (
    ("runs, newest first", "/v1/runs", {}),
    ("runs, oldest first", "/v1/runs", {"sort": "created_at"}),
    ("runs, by name", "/v1/runs", {"sort": "name"}),
    ("runs, by name, descending", "/v1/runs", {"sort": "-name"}),
    ("runs, 500 at once", "/v1/runs", {"limit": 500}),
    ("runs, succeeded", "/v1/runs", {"status": "succeeded"}),
    ("runs, failed, oldest first", "/v1/runs", {"status": "failed", "sort": "created_at"}),
    ("runs, running", "/v1/runs", {"status": "running"}),
    ("runs, running, oldest first", "/v1/runs", {"status": "running", "sort": "created_at"}),
    ("runs, paused: none", "/v1/runs", {"status": "paused"}),
    ("runs, queued or running, by name", "/v1/runs", {"status": ["queued", "running"], "sort": "name"}),
    ("runs, of a project", "/v1/runs", {"project": "project-0"}),
    ("runs, of a project, by name", "/v1/runs", {"project": "project-0", "sort": "name"}),
    ("runs, of an empty project", "/v1/runs", {"project": "default", "sort": "created_at"}),
    ("runs, of a project, failed", "/v1/runs", {"project": "project-3", "status": "failed"}),
    ("runs, of a project, paused: none", "/v1/runs", {"project": "project-3", "status": "paused"}),
    ("runs, a frequent tag", "/v1/runs", {"tag": "team:team-3"}),
    ("runs, a tag of any value, by name", "/v1/runs", {"tag": "team", "sort": "name"}),
    ("runs, a rare tag", "/v1/runs", {"tag": "keep:yes"}),
    ("runs, a tag that none has", "/v1/runs", {"tag": "nobody:has"}),
    ("runs, two tags", "/v1/runs", {"tag": ["keep:yes", "team:team-4"]}),
    ("runs, a frequent word", "/v1/runs", {"search": "otter"}),
    ("runs, a frequent word, by name", "/v1/runs", {"search": "otter", "sort": "name"}),
    ("runs, a rare word", "/v1/runs", {"search": "newt 1159"}),
    ("runs, a word that none has", "/v1/runs", {"search": "walrus"}),
    ("runs, two letters", "/v1/runs", {"search": "zz"}),
    ("runs, of a data set", "/v1/runs", {"dataset": "{dataset}"}),
    ("runs, of a data set, by name", "/v1/runs", {"dataset": "{dataset}", "sort": "name"}),
    ("runs, many filters", "/v1/runs", {"project": "project-3", "status": "failed", "tag": "team", "search": "jade"}),
    ("one run", "/v1/runs/{run}", {}),
    ("a run that waits", "/v1/runs/{waiting}", {}),
    ("a run's events", "/v1/runs/{run}/events", {}),
    ("a run's curves", "/v1/runs/{run}/metrics", {}),
    ("data sets", "/v1/datasets", {}),
    ("data sets, by name", "/v1/datasets", {"sort": "name"}),
    ("components", "/v1/components", {}),
    ("the queue", "/v1/queue", {}),
    ("workers", "/v1/workers", {}),
    ("projects", "/v1/projects", {}),
    ("people", "/v1/users", {}),
    ("the audit log", "/v1/audit", {}),
    ("who am I", "/v1/me", {}),
)
CURVE: Final = ("a curve, thinned to 2,000", f"/v1/runs/{crowd.LONG}/metrics", {"names": "loss", "max_points": 2000})
CALLERS: Final = ("administrator", "owner", "member")


@dataclass(frozen=True)
class Measured:
    """Milliseconds of one page, asked for by one caller."""

    name: str
    p50: float
    p95: float
    rows: int


def percentiles(seconds: Sequence[float]) -> tuple[float, float]:
    ordered = sorted(1000 * s for s in seconds)
    return statistics.median(ordered), ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]


def measure_page(http: httpx.Client, name: str, path: str, asked: dict[str, Any], *, times: int) -> Measured | None:
    """From page to page as far as there are some, then again from the first; None of what the caller may not see."""
    seconds, cursor, rows = [], None, 0
    for _ in range(times + 1):
        began = time.perf_counter()
        answer = http.get(path, params={**asked, **({"after": cursor} if cursor else {})})
        seconds.append(time.perf_counter() - began)
        if answer.status_code in (403, 404):
            return None
        assert answer.status_code == 200, answer.text
        told = answer.json()
        rows = max(rows, len(told.get("data", told.get("series", [None]))))
        cursor = told.get("next_cursor") if path.endswith(("runs", "datasets")) else None
    p50, p95 = percentiles(seconds[1:])
    return Measured(name, p50, p95, rows)


def measure_pages(http: httpx.Client, known: dict[str, str], *, times: int) -> Iterator[Measured]:
    for name, path, asked in PAGES:
        filled = {key: value.format(**known) if isinstance(value, str) else value for key, value in asked.items()}
        if found := measure_page(http, name, path.format(**known), filled, times=times):
            yield found


def measure(settings: Settings, keys: dict[str, str], *, times: int) -> list[str]:
    """Print a line a page; those that are slower than they shall be."""
    slow: list[str] = []
    for caller in CALLERS:
        with client_of(settings, keys[caller]) as http:
            found = list(measure_pages(http, known_to(http), times=times))
            for page in found:
                print(f"{caller:14} {page.name:36} p50 {page.p50:8.1f} ms   p95 {page.p95:8.1f} ms   {page.rows} rows")
            slow += [f"{page.name} ({caller}): {page.p95:.0f} ms" for page in found if page.p95 >= GOAL_MS]
    with client_of(settings, keys["administrator"]) as http:
        curve = measure_page(http, *CURVE, times=times)
    assert curve is not None
    print(f"{'':14} {curve.name:36} p50 {curve.p50:8.1f} ms   p95 {curve.p95:8.1f} ms", flush=True)
    return slow + ([f"{curve.name}: {curve.p95:.0f} ms"] if curve.p95 >= CURVE_GOAL_MS else [])


def known_to(http: httpx.Client) -> dict[str, str]:
    """Ids that the caller sees."""

    def first(path: str, **asked: Any) -> str:
        return str(next(iter(http.get(path, params=asked).json()["data"]), {"id": "none"})["id"])

    return {
        "run": first("/v1/runs", status="succeeded"),
        "waiting": first("/v1/runs", status="queued", sort="created_at"),
        "dataset": first("/v1/datasets"),
    }


def client_of(settings: Settings, key: str) -> httpx.Client:
    headers = {"Authorization": f"Bearer {key}"}
    return httpx.Client(base_url=settings.public_url, headers=headers, timeout=120)


@contextmanager
def running_api(settings: Settings) -> Iterator[None]:
    """`python -m api` as it is deployed, with a broker beside it."""
    environment = clean_environment(settings.home) | {
        "HORNGATE_HOME": str(settings.home),
        "HORNGATE_PORT": str(settings.port),
        "HORNGATE_DATABASE_URL": settings.database_url,
        "HORNGATE_RATE_LIMIT": "100000000",
    }
    with running_valkey(settings):
        process = subprocess.Popen([sys.executable, "-m", "api"], cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
        try:
            until(lambda: answers(settings), 180)
            yield
        finally:
            process.terminate()
            process.wait(15)


def answers(settings: Settings) -> bool:
    try:
        return httpx.get(f"{settings.public_url}/healthz").status_code == 200
    except httpx.TransportError:
        return False


@contextmanager
def crowded(database: str, url: str | None, *, runs: int, points: int, long: int) -> Iterator[Settings]:
    """Settings of a database that is filled; `url` names one that stays, and is filled once."""
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        if url is None and database == "postgresql":
            url = stack.enter_context(fresh_database(stack.enter_context(running_postgres())))
        settings = Settings(home=home, port=free_port(), database_url=url or f"sqlite:///{home}/horngate.db")
        upgrade(settings)
        filling = Database(settings)
        if not crowd.is_filled(filling):
            began = time.monotonic()
            crowd.fill(filling, runs=runs, points=points, long=long)
            print(f"filled with {runs:,} runs and {points:,} points in {time.monotonic() - began:.0f} s", flush=True)
        filling.close()
        yield settings


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.scale")
    parser.add_argument("--database", choices=("postgresql", "sqlite"), default="postgresql")
    parser.add_argument("--url", help="a PostgreSQL database of your own, which keeps what it is filled with")
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--points", type=int, default=1_000_000)
    parser.add_argument("--long", type=int, default=1_000_000, help="points of the long curve")
    parser.add_argument("--times", type=int, default=20)
    return parser.parse_args()


def main() -> int:
    given = read_arguments()
    with crowded(given.database, given.url, runs=given.runs, points=given.points, long=given.long) as settings:
        keys = crowd.give_keys(Database(settings))
        with running_api(settings):
            slow = measure(settings, keys, times=given.times)
    print("slower than they shall be: " + "; ".join(slow) if slow else "nothing is slower than it shall be")
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
