"""Landlock by its three system calls: which files a process may open from now on.

The `landlock` package knows neither scopes nor the ABI versions after 5, and would be used for these few lines.
"""

import ctypes
import os
import stat
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntFlag
from pathlib import Path

from worker.sandbox.machine import MissingMeans, call

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
VERSION = 1
PATH_BENEATH, NET_PORT = 1, 2
BIND, CONNECT = 0b01, 0b10
ABSTRACT_SOCKETS_AND_SIGNALS = 0b11


class Right(IntFlag):
    """What may be done beneath a path; the names are the kernel's."""

    EXECUTE = 1 << 0
    WRITE_FILE = 1 << 1
    READ_FILE = 1 << 2
    READ_DIR = 1 << 3
    REMOVE_DIR = 1 << 4
    REMOVE_FILE = 1 << 5
    MAKE_CHAR = 1 << 6
    MAKE_DIR = 1 << 7
    MAKE_REG = 1 << 8
    MAKE_SOCK = 1 << 9
    MAKE_FIFO = 1 << 10
    MAKE_BLOCK = 1 << 11
    MAKE_SYM = 1 << 12
    REFER = 1 << 13
    TRUNCATE = 1 << 14
    IOCTL_DEV = 1 << 15


OF_FILES = Right.EXECUTE | Right.WRITE_FILE | Right.READ_FILE | Right.TRUNCATE | Right.IOCTL_DEV
SINCE = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
"""The rights that each ABI version brought, with those before it."""


@dataclass(frozen=True)
class Grant:
    """What may be done at or beneath a path. A path that is not there is left out."""

    path: Path
    rights: Right


def landlock_abi() -> int:
    """The kernel's version of Landlock; raises MissingMeans where it has none, or has it switched off."""
    try:
        return call(CREATE_RULESET, None, 0, VERSION)
    except OSError as error:
        raise MissingMeans(
            "The kernel has no Landlock (Linux 5.13 or newer, with landlock among the `lsm=` it was started with)."
        ) from error


def restrict_files(grants: Iterable[Grant], *, port: int | None = None) -> list[int]:
    """Allow this thread, and what it starts, only what is granted. Irrevocable; needs no_new_privs.

    With a `port` it may listen there, and connect anywhere; without one it has no network.

    Gives descriptors to keep open: a rule belongs to an inode, and those of /proc are made anew when nobody holds them.
    """
    abi = landlock_abi()
    handled = SINCE[max(version for version in SINCE if version <= abi)]
    network = BIND if port else BIND | CONNECT
    attributes = struct.pack(
        "QQQ", handled, network if abi >= 4 else 0, ABSTRACT_SOCKETS_AND_SIGNALS if abi >= 6 else 0
    )
    size = 8 if abi < 4 else 16 if abi < 6 else 24
    ruleset = call(CREATE_RULESET, ctypes.c_char_p(attributes), size, 0)
    held = [fd for grant in grants if (fd := _add_rule(ruleset, grant, handled)) is not None]
    if port and abi >= 4:
        call(ADD_RULE, ruleset, NET_PORT, ctypes.c_char_p(struct.pack("QQ", BIND, port)), 0)
    call(RESTRICT_SELF, ruleset, 0)
    os.close(ruleset)
    return held


def _add_rule(ruleset: int, grant: Grant, handled: int) -> int | None:
    try:
        fd = os.open(grant.path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return None
    rights = int(grant.rights) & handled
    if not stat.S_ISDIR(os.fstat(fd).st_mode):
        rights &= int(OF_FILES)
    call(ADD_RULE, ruleset, PATH_BENEATH, ctypes.c_char_p(struct.pack("=Qi", rights, fd)), 0)
    if grant.path.is_relative_to("/proc"):
        return fd
    os.close(fd)
    return None
