"""What a trainer takes of the machine, as curves."""

from collections.abc import Iterator, Sequence
from contextlib import suppress

import psutil
import pynvml

MEGABYTE = 1024 * 1024


class Sampler:
    """Looks at a trainer and all that it started."""

    def __init__(self, pid: int, gpus: Sequence[int]) -> None:
        self._pid = pid
        self._gpus = gpus
        self._known: dict[int, psutil.Process] = {}
        self.cpu_seconds = 0.0
        for process in self._processes():
            with suppress(psutil.Error):
                process.cpu_percent()  # the first call only begins to count

    def sample(self) -> dict[str, float]:
        """Values by curve name, none of a trainer that is gone; memory is what it does not share with its mother."""
        percent = memory = seconds = 0.0
        for process in self._processes():
            with suppress(psutil.Error):
                percent += process.cpu_percent()
                memory += process.memory_full_info().uss
                times = process.cpu_times()
                seconds += times.user + times.system
        if not memory:
            return {}
        self.cpu_seconds = seconds
        return {"system/cpu_percent": percent, "system/memory_mb": memory / MEGABYTE} | self._sample_gpus()

    def _processes(self) -> Iterator[psutil.Process]:
        with suppress(psutil.Error):
            trainer = psutil.Process(self._pid)
            for process in (trainer, *trainer.children(recursive=True)):
                yield self._known.setdefault(process.pid, process)

    def _sample_gpus(self) -> dict[str, float]:
        if not self._gpus:
            return {}
        devices = [pynvml.nvmlDeviceGetHandleByIndex(number) for number in self._gpus]
        used = sum(pynvml.nvmlDeviceGetMemoryInfo(device).used for device in devices)
        busy = sum(pynvml.nvmlDeviceGetUtilizationRates(device).gpu for device in devices)
        return {"system/gpu_percent": float(busy), "system/gpu_memory_mb": used / MEGABYTE}
