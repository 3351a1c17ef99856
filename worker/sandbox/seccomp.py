"""A seccomp filter put together by hand: which system calls a process may make, and with which arguments.

No wheel brings libseccomp, and nobody should have to install it: the kernel takes an array of instructions.
"""

import ctypes
import errno
import platform
import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from worker.sandbox.machine import call, system_calls
from worker.sandbox.numbers import NEWEST

SECCOMP = {"x86_64": 317, "aarch64": 277}
AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
SET_MODE_FILTER = 1
LOAD, AND, EQUAL, AT_LEAST, RETURN = 0x20, 0x54, 0x15, 0x35, 0x06
NUMBER_AT, ARCH_AT, ARGUMENTS_AT = 0, 4, 16
EVERY_BIT = 0xFFFFFFFF
KILL, ERRNO, ALLOW = 0x80000000, 0x00050000, 0x7FFF0000
REFUSED = ERRNO | errno.EPERM
UNKNOWN = ERRNO | errno.ENOSYS


@dataclass(frozen=True)
class Instruction:
    """One of the kernel's: the jumps count the instructions that are left out."""

    code: int
    value: int
    if_so: int = 0
    if_not: int = 0

    def pack(self) -> bytes:
        return struct.pack("HBBI", self.code, self.if_so, self.if_not, self.value)


@dataclass(frozen=True)
class Test:
    """True of a call whose argument (its lower 32 bits, unless `upper`) has, under the mask, this value."""

    argument: int
    value: int
    mask: int = EVERY_BIT
    upper: bool = False


@dataclass(frozen=True)
class Rule:
    """What becomes of a call: `matched` where all tests of one of the alternatives hold, else `otherwise`."""

    name: str
    otherwise: int = REFUSED
    alternatives: tuple[tuple[Test, ...], ...] = ()
    matched: int = ALLOW


def install_filter(rules: Iterable[Rule]) -> None:
    """Judge every system call of this thread, and of what it starts, from now on. Irrevocable; needs no_new_privs."""
    program = b"".join(instruction.pack() for instruction in write_program(rules, system_calls(), platform.machine()))
    code = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(code))
    call(SECCOMP[platform.machine()], SET_MODE_FILTER, 0, ctypes.c_char_p(header))


def write_program(rules: Iterable[Rule], calls: Mapping[str, int], machine: str) -> list[Instruction]:
    """The filter: another machine's calls kill, newer calls do not exist, what no rule names is allowed."""
    program = [
        Instruction(LOAD, ARCH_AT),
        Instruction(EQUAL, AUDIT_ARCH[machine], 1, 0),
        Instruction(RETURN, KILL),
        Instruction(LOAD, NUMBER_AT),
        Instruction(AT_LEAST, 0x40000000, 0, 1),  # x32: the same machine with other numbers
        Instruction(RETURN, KILL),
        Instruction(AT_LEAST, NEWEST + 1, 0, 1),
        Instruction(RETURN, UNKNOWN),
    ]
    for rule in rules:
        if rule.name in calls:
            body = _write_body(rule)
            program += [Instruction(EQUAL, calls[rule.name], 0, len(body)), *body]
    return [*program, Instruction(RETURN, ALLOW)]


def _write_body(rule: Rule) -> Sequence[Instruction]:
    body: list[Instruction] = []
    for tests in rule.alternatives:
        steps = [step for test in tests for step in _write_test(test)]
        for place, step in enumerate(steps):
            skip = len(steps) - place if step.code == EQUAL else 0
            body.append(Instruction(step.code, step.value, 0, skip))
        body.append(Instruction(RETURN, rule.matched))
    return [*body, Instruction(RETURN, rule.otherwise)]


def _write_test(test: Test) -> Sequence[Instruction]:
    at = ARGUMENTS_AT + 8 * test.argument + (4 if test.upper else 0)
    masked = [] if test.mask == EVERY_BIT else [Instruction(AND, test.mask)]
    return [Instruction(LOAD, at), *masked, Instruction(EQUAL, test.value)]
