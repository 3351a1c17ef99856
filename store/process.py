"""How a service's processes hang together: none outlives the one that started it."""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
_PARENT = os.getppid()


def die_with_parent(signal_number: int = signal.SIGTERM) -> None:
    """Ask the kernel for this signal when the parent dies; kept across exec. On Linux only.

    It fires when the parent's thread that started this process ends, not only when the whole parent does.
    """
    if not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal_number)
    if os.getppid() != _PARENT:  # it died before it could be watched
        os.kill(os.getpid(), signal_number)
