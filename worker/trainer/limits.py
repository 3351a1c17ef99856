"""What a forked child may take of the machine."""

import os
import resource
from collections.abc import Sequence
from pathlib import Path


def limit_memory(most_bytes: int | None) -> None:
    """Bound what this process may allocate beyond what it was born with; then Python raises MemoryError.

    Counted is private writable memory (RLIMIT_DATA): TensorFlow reserves far more address space than it uses.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if most_bytes is not None:
        allowed = own_data_bytes() + most_bytes
        resource.setrlimit(resource.RLIMIT_DATA, (allowed, allowed))


def own_data_bytes() -> int:
    """Private writable memory of this process, as RLIMIT_DATA counts it."""
    return int(Path("/proc/self/statm").read_text().split()[5]) * resource.getpagesize()


def choose_gpus(numbers: Sequence[int]) -> None:
    """Let CUDA, which is not awake yet, see these devices only."""
    os.environ["CUDA_VISIBLE_DEVICES"] = ",".join(map(str, numbers))
