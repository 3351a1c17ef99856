"""The owner's side: keeps a mother alive, asks her for children, and hears how they end."""

import os
import re
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import structlog

from worker.mother.messages import receive_packet, send_packet
from worker.sandbox.entering import Firmness

log = structlog.get_logger()

CHECKOUT = Path(__file__).resolve().parents[2]
SECRETS = re.compile("KEY|TOKEN|SECRET|PASSW|CREDENTIAL|^TF_VAR_")
"""Others' names begin like those that are passed on: NVIDIA_API_KEY, TF_TOKEN_…, LD_SDK_KEY."""
PASSED_ON = ("PATH", "LANG", "LC_", "TZ", "LD_", "CUDA_", "NVIDIA_", "NCCL_", "TF_", "XLA_", "VIRTUAL_ENV", "PYTHON")
RESTART_PAUSE = 1.0


class MotherUnavailable(Exception):
    """No child could be forked: the mother is starting, gone, or refused."""


class Child:
    """A forked process, leader of its own group. `fileno()` becomes readable when it has ended."""

    def __init__(self, pid: int, hold: Callable[[int, float], None]) -> None:
        self.pid = pid
        self._hold = hold
        self.status: int | None = None
        self._ended, self._ending = os.pipe()
        self._lock = threading.Lock()

    def fileno(self) -> int:
        return self._ended

    @property
    def has_ended(self) -> bool:
        return self._ending < 0

    def wait(self, seconds: float) -> int | None:
        """Wait that long for its end; its status, None when it has none (yet)."""
        select.select([self._ended], [], [], seconds)
        return self.status

    def hold_until(self, moment: float) -> None:
        """Have the mother kill it at this moment of the boot clock, unless it is held for longer by then."""
        if not self.has_ended:
            self._hold(self.pid, moment)

    def signal_group(self, number: signal.Signals) -> None:
        """Send a signal to the child and everything it started; once closed to nobody, as the id may be reused."""
        with self._lock, suppress(ProcessLookupError):
            if self._ended >= 0:
                os.killpg(self.pid, number)

    def note_end(self, status: int | None) -> None:
        """Called when the child has ended; `None` when it went down with its mother."""
        with self._lock:
            if not self.has_ended:
                self.status = status
                os.close(self._ending)
                self._ending = -1

    def close(self) -> None:
        """Kill what is left of the group, and forget the child."""
        self.signal_group(signal.SIGKILL)
        with self._lock:
            os.close(self._ended)
            self._ended = -1


class MotherKeeper:
    """Starts a mother at once, and another whenever she dies, from one thread that lives as long as the service.

    The kernel kills a mother when the thread that started her ends, so that none outlives her owner.
    """

    def __init__(
        self, *, home: Path, environment: Mapping[str, str] | None = None, sandbox: Firmness = "lenient"
    ) -> None:
        self.sandbox = sandbox
        self._environment = _trainer_environment(home) | dict(environment or {})
        self._changed = threading.Condition()
        self._socket: socket.socket | None = None
        self._answers: dict[int, Child | MotherUnavailable] = {}
        self._children: dict[int, Child] = {}
        self._requests = 0
        self._is_closing = False
        self.pid: int | None = None
        self._thread = threading.Thread(target=self._keep, name="mother", daemon=True)
        self._thread.start()

    @property
    def is_sandboxed(self) -> bool:
        """Whether the sandbox was tried and works: then no child runs without it."""
        return self.sandbox == "strict"

    @property
    def is_ready(self) -> bool:
        return self._socket is not None

    def wait_until_ready(self, timeout: float) -> bool:
        with self._changed:
            return (
                self._changed.wait_for(lambda: self._socket is not None or self._is_closing, timeout) and self.is_ready
            )

    def spawn(
        self,
        kind: str,
        folder: Path,
        descriptors: tuple[int, ...],
        *,
        options: Mapping[str, Any] | None = None,
        timeout: float = 30.0,
    ) -> Child:
        """Fork a child of this kind; raises MotherUnavailable. The caller keeps and closes its own descriptors."""
        request = {"kind": kind, "folder": str(folder), "sandbox": self.sandbox, "options": dict(options or {})}
        with self._changed:
            if not self._changed.wait_for(lambda: self.is_ready or self._is_closing, timeout):
                raise MotherUnavailable("the mother is still importing TensorFlow")
            number, asked = self._ask(request, descriptors)
            if not self._changed.wait_for(lambda: number in self._answers or self._socket is not asked, timeout):
                self._kill()
            answer = self._answers.pop(number, MotherUnavailable("the mother did not answer"))
        if isinstance(answer, MotherUnavailable):
            raise answer
        return answer

    def close(self) -> None:
        """End the mother and all her children."""
        with self._changed:
            self._is_closing = True
            if self._socket is not None:
                self._socket.shutdown(socket.SHUT_RDWR)
            else:
                self._kill()
            self._changed.notify_all()
        self._thread.join(timeout=5)

    def _ask(self, request: dict[str, Any], descriptors: tuple[int, ...]) -> tuple[int, socket.socket]:
        if self._socket is None:
            raise MotherUnavailable("the service is ending")
        self._requests += 1
        try:
            send_packet(self._socket, request | {"request": self._requests}, descriptors)
        except OSError as error:
            raise MotherUnavailable(f"the mother is gone: {error}") from error
        return self._requests, self._socket

    def _hold(self, pid: int, moment: float) -> None:
        mother = self._socket
        if mother is not None:
            with suppress(OSError):  # she is gone, and her children with her
                send_packet(mother, {"held": pid, "until": moment})

    def _kill(self) -> None:
        if self.pid is not None:
            os.kill(self.pid, signal.SIGKILL)

    def _keep(self) -> None:
        while not self._is_closing:
            started = time.monotonic()
            ours, hers = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with ours, self._start(hers) as process:
                hers.close()
                self.pid = process.pid
                self._listen(ours)
                self._forget()
                process.kill()
            if not self._is_closing:
                log.warning("mother_lost", status=process.returncode)
                time.sleep(max(0.0, RESTART_PAUSE - (time.monotonic() - started)))

    def _start(self, hers: socket.socket) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "worker.mother", str(hers.fileno()), str(os.getpid())],
            cwd=CHECKOUT,
            env=self._environment,
            pass_fds=[hers.fileno()],
            stdin=subprocess.DEVNULL,
        )

    def _listen(self, mother: socket.socket) -> None:
        while True:
            message, _ = receive_packet(mother)
            if message is None:
                return
            with self._changed:
                self._note(mother, message)
                self._changed.notify_all()

    def _note(self, mother: socket.socket, message: dict[str, Any]) -> None:
        if "ready" in message:
            self._socket = mother
        elif "exited" in message:
            self._children.pop(message["exited"]).note_end(message["status"])
        elif "pid" in message:
            child = self._children[message["pid"]] = Child(message["pid"], self._hold)
            self._answers[message["request"]] = child
        else:
            self._answers[message["request"]] = MotherUnavailable(message["error"])

    def _forget(self) -> None:
        with self._changed:
            self._socket = None
            self.pid = None
            lost, self._children = self._children, {}
            for child in lost.values():
                child.note_end(None)
            self._changed.notify_all()


def _trainer_environment(home: Path) -> dict[str, str]:
    """What the Keras side may know of our environment: how to run, and no address, key or secret."""
    passed_on = {
        name: value for name, value in os.environ.items() if name.startswith(PASSED_ON) and not SECRETS.search(name)
    }
    settled = {
        "HOME": str(home),
        "KERAS_HOME": str(home / "cache" / "keras"),
        "KERAS_BACKEND": "tensorflow",
        "TF_CPP_MIN_LOG_LEVEL": "2",
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONUNBUFFERED": "1",
    }
    return passed_on | settled
