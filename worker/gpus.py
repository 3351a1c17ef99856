"""Which of this machine's GPUs a run gets: those with the fewest runs on them, and of those the ones with most room."""

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pynvml

from worker.devices import Machine


class GpuPool:
    """Threads may share one. With more slots than GPUs, runs share these; each takes of their memory what it uses."""

    def __init__(self, machine: Machine) -> None:
        self._numbers = [gpu.number for gpu in machine.gpus] or list(range(machine.cpu_devices))
        self._free_bytes = _free_bytes if machine.gpus else _none_known
        self._is_pretended = not machine.gpus
        self._runs: Counter[int] = Counter()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._numbers)

    @contextmanager
    def taken(self, asked: int | str) -> Iterator[Sequence[int]]:
        """The numbers of as many as asked for, and there are; `auto` is one, if there is one."""
        count = asked if isinstance(asked, int) else int(not self._is_pretended)
        with self._lock:
            chosen = sorted(self._numbers, key=lambda number: (self._runs[number], -self._free_bytes(number), number))
            chosen = sorted(chosen[:count])
            self._runs.update(chosen)
        try:
            yield tuple(chosen)
        finally:
            with self._lock:
                self._runs.subtract(chosen)


def _free_bytes(number: int) -> int:
    return int(pynvml.nvmlDeviceGetMemoryInfo(pynvml.nvmlDeviceGetHandleByIndex(number)).free)


def _none_known(number: int) -> int:
    return 0
