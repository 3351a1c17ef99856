"""The kernel asked directly: a system call by its number, and what it is called on this machine."""

import ctypes
import os
import platform
from collections.abc import Mapping
from typing import Any

from worker.sandbox.numbers import numbers_of

MACHINES = ("x86_64", "aarch64")
_LIBC = ctypes.CDLL(None, use_errno=True)
_LIBC.syscall.restype = ctypes.c_long


class MissingMeans(OSError):
    """This kernel or machine has not what a layer of the sandbox is made of."""


def call(number: int, *arguments: Any) -> int:
    """The system call's answer; raises OSError with its errno."""
    words = [ctypes.c_long(word) if isinstance(word, int) else word for word in arguments]
    answer = int(_LIBC.syscall(ctypes.c_long(number), *words))
    if answer < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return answer


def system_calls() -> Mapping[str, int]:
    """The numbers of the system calls that the sandbox knows; raises MissingMeans."""
    if (machine := platform.machine()) not in MACHINES:
        raise MissingMeans(f"The sandbox knows the system calls of x86-64 and arm64, and not those of {machine}.")
    return numbers_of(MACHINES.index(machine))
