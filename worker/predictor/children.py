"""Children that answer questions, and two of them kept ready."""

import contextlib
import os
import queue
import shutil
import signal
import socket
import threading
from pathlib import Path
from typing import Any
from uuid import uuid4

import structlog

from worker.mother.owner import Child, MotherKeeper, MotherUnavailable
from worker.predictor.framing import PeerGone, receive_message, send_message
from worker.predictor.words import keep_words

log = structlog.get_logger()

WARM_SECONDS = 60.0
RETRY_SECONDS = 1.0
LOWEST = 19
TRIES = 4
"""Two children wait and a third may be in the making: of those that died together, none is left at the fourth try."""


class ChildLost(Exception):
    """The child died while it was asked, or could not be started."""


class AnswerFailed(Exception):
    """The child met an error of ours: the predictor's log has its traceback."""


class OutOfTime(Exception):
    """The child did not answer in time, and was killed."""


class OutOfMemory(Exception):
    """What was asked needs more memory than it may have."""


class NoSandbox(Exception):
    """What was asked needs users' code to run, which it does in a working sandbox only."""


class InputRefused(Exception):
    """What was asked is wrong, and why."""

    def __init__(self, faults: list[dict[str, Any]]) -> None:
        super().__init__(f"{len(faults)} faults")
        self.faults = faults


class ForbiddenCall(InputRefused):
    """The sandbox ended the child: somebody's code made a system call that no code of a run may make."""

    def __init__(self) -> None:
        message = (
            "The sandbox ended the process (SIGSYS): the code makes a forbidden system call, of another machine, "
            "of i386 or x32. Look for machine code, ctypes and extension modules in it."
        )
        super().__init__([{"pointer": "", "message": message, "code": "forbidden"}])


class AnsweringChild:
    """A child with a folder of its own; one question at a time."""

    def __init__(self, mother: MotherKeeper, root: Path) -> None:
        self.folder = root / uuid4().hex
        self.folder.mkdir(parents=True)
        self._asking, far = socket.socketpair()
        heard, said = os.pipe()
        try:
            with far:
                self._child: Child = mother.spawn("answering", self.folder, (said, said, far.fileno()))
            keep_words(heard, self._child.pid)
        except MotherUnavailable as error:
            os.close(heard)
            self._asking.close()
            shutil.rmtree(self.folder, ignore_errors=True)
            raise ChildLost(str(error)) from error
        finally:
            os.close(said)

    @property
    def pid(self) -> int:
        return self._child.pid

    def give_way(self) -> None:
        """Have it compute only while trainers leave a processor free."""
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, self.pid, LOWEST)

    def wait_until_warm(self) -> None:
        """Raises ChildLost, OutOfTime."""
        self._receive(WARM_SECONDS)

    def ask(self, question: dict[str, Any], *, seconds: float) -> Any:
        """Its answer; raises InputRefused, AnswerFailed, OutOfMemory, OutOfTime, ChildLost; it is dead after
        the last two, and after a ForbiddenCall."""
        try:
            self._asking.settimeout(seconds)
            send_message(self._asking, question)
        except (PeerGone, TimeoutError) as error:
            raise ChildLost("the child has died") from error
        match self._receive(seconds):
            case {"ok": answer}:
                return answer
            case {"faults": faults}:
                raise InputRefused(faults)
            case {"error": "memory"}:
                raise OutOfMemory
        raise AnswerFailed(str(question["ask"]))

    def close(self) -> None:
        self._child.close()
        self._asking.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _receive(self, seconds: float) -> Any:
        try:
            self._asking.settimeout(seconds)
            return receive_message(self._asking)
        except TimeoutError as error:
            self._child.signal_group(signal.SIGKILL)
            raise OutOfTime from error
        except PeerGone as error:
            raise self._reason_of_death() from error

    def _reason_of_death(self) -> ChildLost | OutOfMemory | ForbiddenCall:
        """C++ aborts where it gets no memory, and the kernel kills; the sandbox ends what makes foreign calls."""
        status = self._child.wait(1.0)
        if status in (-signal.SIGABRT, -signal.SIGKILL):
            return OutOfMemory()
        if status == -signal.SIGSYS:
            return ForbiddenCall()
        return ChildLost(f"the child ended with status {self._child.status}")


class Nursery:
    """Hands out children; two wait warm (one in the queue, one for a place in it) and are replaced when taken."""

    def __init__(self, mother: MotherKeeper, root: Path) -> None:
        shutil.rmtree(root, ignore_errors=True)
        self._mother, self._root = mother, root
        self._ready: queue.Queue[AnsweringChild] = queue.Queue(maxsize=1)
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._keep_ready, name="nursery", daemon=True)
        self._thread.start()

    def take(self, *, seconds: float, memory_mb: int) -> AnsweringChild:
        """A warm child with its memory limited, to be closed by the caller; raises ChildLost where none gets ready."""
        for _ in range(TRIES):
            child = self._get(seconds)
            try:
                child.ask({"ask": "limit", "memory_mb": memory_mb}, seconds=seconds)
            except (ChildLost, OutOfMemory):
                child.close()  # it died while it waited, and this question found it out
            except BaseException:
                child.close()
                raise
            else:
                return child
        raise ChildLost("no child stays alive")

    def _get(self, seconds: float) -> AnsweringChild:
        try:
            return self._ready.get(timeout=seconds)
        except queue.Empty as error:
            raise ChildLost("no child is ready") from error

    def close(self) -> None:
        self._closing.set()
        with contextlib.suppress(queue.Empty):
            while True:
                self._ready.get_nowait().close()

    def _keep_ready(self) -> None:
        while not self._closing.is_set():
            try:
                self._ready.put(self._make_warm())
            except (ChildLost, OutOfTime, OutOfMemory) as error:
                log.warning("no_spare_child", reason=str(error))
                self._closing.wait(RETRY_SECONDS)

    def _make_warm(self) -> AnsweringChild:
        child = AnsweringChild(self._mother, self._root)
        try:
            child.wait_until_warm()
        except BaseException:
            child.close()
            raise
        return child
