"""What a forked child may take of the machine."""

import os
import resource
from collections.abc import Sequence
from pathlib import Path

STACK, THREADS_PER_CORE = 8 << 20, 4  # of glibc on x86-64; TensorFlow's two pools, its pipeline's, and Arrow's


def limit_memory(most_bytes: int | None) -> None:
    """Bound what this process may allocate beyond what it was born with; then Python raises MemoryError.

    Counted is private writable memory (RLIMIT_DATA): TensorFlow reserves far more address space than it uses.
    The stacks of its threads count whole, though next to nothing of them is used: they come on top, by the cores.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if most_bytes is not None:
        allowed = own_data_bytes() + most_bytes + stack_bytes()
        resource.setrlimit(resource.RLIMIT_DATA, (allowed, allowed))


def own_data_bytes() -> int:
    """Private writable memory of this process, as RLIMIT_DATA counts it."""
    return int(Path("/proc/self/statm").read_text().split()[5]) * resource.getpagesize()


def stack_bytes() -> int:
    """What the stacks of a trainer's threads reserve."""
    return STACK * THREADS_PER_CORE * len(os.sched_getaffinity(0))


def choose_gpus(numbers: Sequence[int]) -> None:
    """Let CUDA, which is not awake yet, see these devices only."""
    os.environ["CUDA_VISIBLE_DEVICES"] = ",".join(map(str, numbers))
