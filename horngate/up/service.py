"""One process of local mode: started, watched, started again, stopped."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

PR_SET_PDEATHSIG = 1
LOG_BYTES = 20_000_000
STEADY_SECONDS = 60.0
BACK_OFF_SECONDS = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)

libc = ctypes.CDLL(None, use_errno=True)


def die_with(parent: int) -> None:
    """In the new process: take signals again, and be killed when the thread that started it ends, however it ends."""
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before the line above
        os._exit(1)


@dataclass
class Service:
    """`python -m <module> <arguments>` from the checkout, in a process group of its own, with a log file."""

    name: str
    module: str
    log: Path
    root: Path
    environment: Mapping[str, str]
    arguments: tuple[str, ...] = ()
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    start_at: float = 0.0
    falls: int = field(default=0)

    def start(self) -> None:
        parent = os.getpid()
        rotate(self.log)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", self.module, *self.arguments],
                cwd=self.root,
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=lambda: die_with(parent),
            )
        self.started_at = time.monotonic()

    def has_ended(self) -> bool:
        """Whether the process is gone; it is not reaped yet, so that its group's number stays taken."""
        if self.process is None or self.process.returncode is not None:
            return True
        return os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def clear(self) -> int:
        """Kill what the process may have left in its group, take it off the table, and return its exit status."""
        if self.process is None:
            return 0
        if self.process.returncode is None:
            self.send(signal.SIGKILL)
        return self.process.wait()

    def send(self, what: signal.Signals) -> None:
        if self.process is not None and self.process.returncode is None:
            os.killpg(self.process.pid, what)

    def ask_to_stop(self) -> None:
        if self.process is not None and self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)

    def fall(self) -> int:
        """It ended by itself: plan the next start, later each time, and return the exit status."""
        status = self.clear()
        if time.monotonic() - self.started_at > STEADY_SECONDS:
            self.falls = 0
        self.start_at = time.monotonic() + BACK_OFF_SECONDS[min(self.falls, len(BACK_OFF_SECONDS) - 1)]
        self.falls += 1
        self.process = None
        return status

    def last_lines(self, count: int = 12) -> str:
        """The end of its log, for an error message."""
        with self.log.open("rb") as log:
            log.seek(max(0, self.log.stat().st_size - 8_000))
            return "\n".join(log.read().decode(errors="replace").splitlines()[-count:])


def rotate(log: Path) -> None:
    if log.exists() and log.stat().st_size > LOG_BYTES:
        log.replace(log.with_suffix(".log.1"))
