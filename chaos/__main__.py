"""`python -m chaos [--seconds S] [--seed N] [--database sqlite|postgresql|both] [--cancels N]`: a storm; what held."""

import argparse
import random
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from chaos.cancelling import measure_cancels
from chaos.disk import small_disk
from chaos.storming import Weathered, prepare, weather
from chaos.town import Town, open_town
from tests.postgres import fresh_database, running_postgres


def main() -> int:
    parser = argparse.ArgumentParser(prog="chaos")
    parser.add_argument("--seconds", type=float, default=120, help="how long each storm lasts; 0: none")
    parser.add_argument("--seed", type=int, default=None, help="the dice; left out: chance")
    parser.add_argument("--database", choices=["sqlite", "postgresql", "both"], default="both")
    parser.add_argument("--cancels", type=int, default=50, help="how many cancellations are timed afterwards")
    parser.add_argument("--logs", type=Path, default=None, help="a folder where the services' logs are kept")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that nothing is left behind
    seed = random.SystemRandom().randrange(10**6) if asked.seed is None else asked.seed
    engines = ["sqlite", "postgresql"] if asked.database == "both" else [asked.database]
    is_sound = True
    for engine in engines:
        print(f"storm over {engine}, seed {seed}, {asked.seconds:.0f} s", flush=True)
        with a_town(engine, asked.logs) as town:
            if asked.seconds:
                weathered = weather(town, seconds=asked.seconds, seed=seed)
                tell(weathered)
                is_sound = is_sound and not weathered.findings.broken
            else:
                prepare(town)
            if asked.cancels:
                print(f"  cancelled  {measure_cancels(town, asked.cancels)}", flush=True)
    return 0 if is_sound else 1


@contextmanager
def a_town(engine: str, logs: Path | None = None) -> Iterator[Town]:
    """On a home of its own, and where asked for on a PostgreSQL of its own."""
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="chaos-", ignore_cleanup_errors=True)))
        is_small = stack.enter_context(small_disk(home))
        if logs is not None:
            stack.callback(keep_logs, home, logs / engine)
        url = None
        if engine == "postgresql":
            url = stack.enter_context(fresh_database(stack.enter_context(running_postgres())))
        yield stack.enter_context(open_town(home, url, has_small_disk=is_small))


def keep_logs(home: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for log in home.glob("*.log"):
        shutil.copy(log, folder)


def tell(weathered: Weathered) -> None:
    found = weathered.findings
    faults = ", ".join(f"{name} {count}" for name, count in weathered.faults.items())
    outcomes = ", ".join(f"{count} {name}" for name, count in sorted(found.outcomes.items()))
    print(f"  runs       {weathered.runs} in {weathered.attempts} attempts and {weathered.seconds:.0f} s: {outcomes}")
    print(f"  faults     {sum(weathered.faults.values())}: {faults}")
    print(f"  deaths     {weathered.deaths} of trainings; taken up again after {spread(weathered.recoveries)}")
    print(f"  bits       {found.compared} runs compared with the undisturbed one of their kind")
    print(f"  api        {spread(weathered.latencies)}; not reached {weathered.unreachable} times")
    for line in found.broken or ["everything held"]:
        print(f"  {'BROKEN' if found.broken else 'invariants'} {line}", flush=True)


def spread(seconds: Sequence[float]) -> str:
    if not seconds:
        return "none"
    ordered = sorted(seconds)
    at = {share: ordered[min(len(ordered) - 1, int(share * len(ordered)))] for share in (0.5, 0.99)}
    return f"p50 {at[0.5]:.2f} s, p99 {at[0.99]:.2f} s, longest {ordered[-1]:.2f} s of {len(ordered)}"


if __name__ == "__main__":
    sys.exit(main())
