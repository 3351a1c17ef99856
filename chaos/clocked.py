"""`python -m chaos.clocked FILE MODULE`: the module as a service whose wall clock is wrong by the seconds in FILE.

The file is read again and again, so that the clock jumps under way. Monotonic clocks and the database's stay right.
"""

import runpy
import sys
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from time_machine import travel

LOOK_SECONDS = 0.2


def follow(file: Path) -> None:
    """Be as wrong as the file says, for as long as the process lasts."""
    wrong, journey = 0.0, None
    while True:
        with suppress(OSError, ValueError):
            said = float(file.read_text())
            if said != wrong:
                if journey is not None:
                    journey.stop()
                journey = travel(datetime.fromtimestamp(time.time() + said, UTC), tick=True)
                journey.start()
                wrong = said
        time.sleep(LOOK_SECONDS)


if __name__ == "__main__":
    _, path, module = sys.argv
    threading.Thread(target=follow, args=(Path(path),), name="clock", daemon=True).start()
    sys.argv = [module]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
