"""What this machine has to train on: cores, memory, GPUs."""

import os
import platform
from dataclasses import dataclass
from pathlib import Path

import psutil
import pynvml

CGROUP = Path("/sys/fs/cgroup")


@dataclass(frozen=True)
class Gpu:
    """One NVIDIA device, by the number that CUDA knows it by."""

    number: int
    name: str
    memory_bytes: int


@dataclass(frozen=True)
class Machine:
    """What all runs on this worker share; the container's limits are heeded."""

    cores: int
    memory_bytes: int
    gpus: tuple[Gpu, ...]
    cpu_devices: int = 0
    """As how many the processor appears to a run that asks for GPUs, for trying that without any."""

    def to_json(self) -> list[dict[str, object]]:
        """As the workers row lists it."""
        cpu: dict[str, object] = {
            "kind": "cpu",
            "name": platform.processor() or platform.machine(),
            "cores": self.cores,
            "memory_bytes": self.memory_bytes,
            **({"devices": self.cpu_devices} if self.cpu_devices else {}),
        }
        return [cpu, *({"kind": "gpu", **vars(gpu)} for gpu in self.gpus)]


def survey_machine(cpu_devices: int = 0) -> Machine:
    """Look once: a machine does not change under a running worker. One with GPUs does not pretend to have others."""
    gpus = _gpus()
    return Machine(cores=_cores(), memory_bytes=_memory(), gpus=gpus, cpu_devices=0 if gpus else cpu_devices)


def _cores() -> int:
    allowed = len(os.sched_getaffinity(0))
    quota, period = (_cgroup("cpu.max") or "max 1").split()
    return allowed if quota == "max" else max(1, min(allowed, round(int(quota) / int(period))))


def _memory() -> int:
    total: int = psutil.virtual_memory().total
    limit = _cgroup("memory.max") or "max"
    return total if limit == "max" else min(total, int(limit))


def _cgroup(name: str) -> str | None:
    try:
        return (CGROUP / name).read_text().strip()
    except OSError:
        return None


def _gpus() -> tuple[Gpu, ...]:
    """No driver, no GPUs. `CUDA_VISIBLE_DEVICES`, where it names devices by number, leaves out the others."""
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return ()
    return tuple(_gpu(number) for number in _visible(pynvml.nvmlDeviceGetCount()))


def _visible(count: int) -> list[int]:
    named = os.environ.get("CUDA_VISIBLE_DEVICES")
    if named is None:
        return list(range(count))
    return [int(number) for number in named.split(",") if number.strip().isdigit() and int(number) < count]


def _gpu(number: int) -> Gpu:
    device = pynvml.nvmlDeviceGetHandleByIndex(number)
    return Gpu(number, pynvml.nvmlDeviceGetName(device), int(pynvml.nvmlDeviceGetMemoryInfo(device).total))
