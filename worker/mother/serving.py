"""The mother: forks children on request, reports who has ended, and never uses TensorFlow herself."""

import os
import selectors
import signal
import socket
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from worker.mother.child import Program, live
from worker.mother.kernel import seconds_since_boot, thread_names
from worker.mother.messages import receive_packet, send_packet


class TensorFlowAwake(RuntimeError):
    """TensorFlow has started threads in the mother: a child forked now would hang, so she ends and is replaced."""


class Mother:
    """Serves one owner over one private socket."""

    def __init__(self, owner: socket.socket, programs: Mapping[str, Program]) -> None:
        self._owner = owner
        self._programs = programs
        self._watched = selectors.DefaultSelector()
        self._watched.register(owner, selectors.EVENT_READ)
        self._held_until: dict[int, float] = {}

    def serve(self) -> None:
        """Answer until the owner is gone."""
        send_packet(self._owner, {"ready": True})
        while True:
            for key, _ in self._watched.select(self._seconds_to_next()):
                if key.data is not None:
                    self._report_exit(key.fd, key.data)
                elif not self._answer():
                    return
            self._end_forgotten()

    def _seconds_to_next(self) -> float | None:
        return max(0.0, min(self._held_until.values()) - seconds_since_boot()) if self._held_until else None

    def _end_forgotten(self) -> None:
        """Kill children that their owner, who may be frozen, has not held on to: their work may be somebody else's."""
        for pid, moment in list(self._held_until.items()):
            if moment <= seconds_since_boot():
                del self._held_until[pid]
                with suppress(ProcessLookupError):
                    os.killpg(pid, signal.SIGKILL)

    def _answer(self) -> bool:
        request, descriptors = receive_packet(self._owner)
        if request is None:
            return False
        if "held" in request:
            if request["held"] in {key.data for key in self._watched.get_map().values()}:
                self._held_until[request["held"]] = request["until"]
            return True
        send_packet(self._owner, {"request": request["request"], **self._fork(request, descriptors)})
        for fd in descriptors:
            os.close(fd)
        return True

    def _fork(self, request: dict[str, Any], descriptors: list[int]) -> dict[str, Any]:
        refuse_awake_tensorflow()
        mother = os.getpid()
        try:
            pid = os.fork()
        except OSError as error:
            return {"error": f"fork: {error}"}
        if pid == 0:
            live(self._programs[request["kind"]], request, descriptors, mother)
        self._watched.register(os.pidfd_open(pid), selectors.EVENT_READ, pid)
        return {"pid": pid}

    def _report_exit(self, watch: int, pid: int) -> None:
        self._watched.unregister(watch)
        os.close(watch)
        _, status = os.waitpid(pid, 0)
        self._held_until.pop(pid, None)
        send_packet(self._owner, {"exited": pid, "status": os.waitstatus_to_exitcode(status)})


def refuse_awake_tensorflow() -> None:
    if awake := [name for name in thread_names() if name.startswith("tf_")]:
        raise TensorFlowAwake(f"TensorFlow threads in the mother: {', '.join(sorted(set(awake)))}")
