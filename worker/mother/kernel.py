"""What is asked of Linux directly: death with the parent, who else lives in this process, a clock that never stops."""

import ctypes
import os
import signal
import time
from pathlib import Path

PR_SET_PDEATHSIG = 1


def die_with_parent(parent: int) -> None:
    """Have the kernel kill this process when the *thread* that started it ends; end at once if it already has."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) failed")
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


def thread_names() -> list[str]:
    """The names of all threads of this process, those of C++ libraries included."""
    return [(task / "comm").read_text().strip() for task in Path("/proc/self/task").iterdir()]


def seconds_since_boot() -> float:
    """A clock of the whole machine, which goes on while it sleeps: a mother and her owner both count by it."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)
