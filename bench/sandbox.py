"""What the sandbox costs a child: fork to end with it and without, in pairs. `python -m bench.sandbox 30`."""

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from worker.mother.owner import MotherKeeper
from worker.sandbox.entering import Firmness
from worker.sandbox.working import probe_sandbox

ENDS_SECONDS = 30.0
READY_SECONDS = 120.0


def fork(mother: MotherKeeper, folder: Path, firmness: Firmness) -> float:
    """Milliseconds from asking for a child to its end: a probe that is told of nothing to try ends at once."""
    mother.sandbox = firmness
    (folder / "out").mkdir(parents=True, exist_ok=True)
    output = os.open(os.devnull, os.O_WRONLY)
    started = time.perf_counter()
    try:
        child = mother.spawn("probe", folder, (output, output, output), options={})
    finally:
        os.close(output)
    assert child.wait(ENDS_SECONDS) is not None
    taken = time.perf_counter() - started
    child.close()
    return taken * 1000


def measure(pairs: int) -> tuple[list[float], list[float]]:
    """With and without, one after the other, so that a busy machine is busy for both."""
    with tempfile.TemporaryDirectory() as home:
        mother = MotherKeeper(home=Path(home))
        try:
            assert mother.wait_until_ready(READY_SECONDS), "the mother did not get ready"
            found = probe_sandbox(mother, Path(home))
            assert found.works, found.detail
            folder = Path(home) / "child"
            rounds = [(fork(mother, folder, "strict"), fork(mother, folder, "off")) for _ in range(pairs)]
        finally:
            mother.close()
    return [within for within, _ in rounds], [without for _, without in rounds]


def main() -> None:
    within, without = measure(int(sys.argv[1]) if len(sys.argv) > 1 else 30)
    ratio = statistics.median(a / b for a, b in zip(within, without, strict=True))
    print(
        f"fork to end, {len(within)} pairs: {statistics.median(within):.1f} ms in the sandbox,"
        f" {statistics.median(without):.1f} ms without, median ratio {ratio:.2f}"
    )


if __name__ == "__main__":
    main()
