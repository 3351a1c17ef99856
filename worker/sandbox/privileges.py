"""What a process may give up for good: root's capabilities, and getting anything by starting a program."""

import ctypes
import struct
from pathlib import Path

from worker.sandbox.machine import call, system_calls

SET_BOUND, SET_NO_NEW_PRIVILEGES, AMBIENT, CLEAR_ALL = 24, 38, 47, 4
CAPABILITIES_V3 = 0x20080522
SETPCAP = 1 << 8


def give_up_privileges() -> None:
    """No capability in any set, and no_new_privs."""
    prctl, capset = system_calls()["prctl"], system_calls()["capset"]
    if own_status("CapEff") & SETPCAP:
        for number in range(own_status("CapBnd").bit_length()):
            call(prctl, SET_BOUND, number, 0, 0, 0)
    call(prctl, AMBIENT, CLEAR_ALL, 0, 0, 0)
    call(capset, ctypes.c_char_p(struct.pack("Ii", CAPABILITIES_V3, 0)), ctypes.c_char_p(bytes(24)))
    call(prctl, SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0)


def own_status(name: str) -> int:
    """A line of /proc/self/status: the capabilities are hexadecimal, the other numbers small enough to be either."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith(f"{name}:")), 16)
