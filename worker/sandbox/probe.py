"""Trying the forbidden things from inside: what succeeds is a hole in the sandbox."""

import json
import os
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from worker.sandbox.machine import call, system_calls
from worker.sandbox.privileges import own_status


def run_probe(options: dict[str, Any], descriptors: list[int]) -> None:
    """The program of a probing child: writes the names of what succeeded, as JSON."""
    found = [name for name, attempt in attempts(options).items() if succeeds(attempt)]
    found += [f"unable: {name}" for name, need in needs().items() if not succeeds(need)]
    os.write(descriptors[0], json.dumps(found).encode())


def attempts(options: Mapping[str, Any]) -> dict[str, Callable[[], object]]:
    """Forbidden things, by what they would be a breach of."""
    canary, owner = Path(options["canary"]), options["owner"]
    return {
        "read a foreign file": canary.read_bytes,
        "list a foreign folder": lambda: list(canary.parent.iterdir()),
        "write a foreign file": lambda: canary.open("ab").close(),
        "make a foreign file": lambda: (canary.parent / "made").touch(),
        "remove a foreign file": canary.unlink,
        "change a foreign file's mode": lambda: canary.chmod(0o600),
        "make a link": lambda: Path("tmp/link").symlink_to(canary),
        "read another process": lambda: Path(f"/proc/{owner}/cmdline").read_bytes(),
        "open a unix socket": lambda: socket.socket(socket.AF_UNIX),
        "open a TCP socket": lambda: socket.socket(socket.AF_INET),
        "open a UDP socket": lambda: socket.socket(socket.AF_INET6, socket.SOCK_DGRAM),
        "signal another process": lambda: os.kill(owner, 0),
        "watch foreign files": lambda: raw("inotify_init1", 0),
        "start a process": start_process,
        "start a program": lambda: os.execv("/bin/true", ["true"]),
        "leave its namespaces": lambda: raw("unshare", 0),
        "hold capabilities": lambda: require(own_status("CapEff") | own_status("CapBnd")),
        "gain privileges": lambda: require(not own_status("NoNewPrivs")),
        **{f"call {name}": forbidden_call(name) for name in UNUSUAL},
    }


UNUSUAL = ("ptrace", "io_uring_setup", "bpf", "userfaultfd", "perf_event_open", "keyctl", "mount", "pidfd_open")


def needs() -> dict[str, Callable[[], object]]:
    """What a training cannot do without."""
    return {
        "read its own environment": Path(os.__file__).read_bytes,
        "write its own folder": lambda: (Path.cwd() / "tmp" / "own").write_bytes(b"own"),
    }


def forbidden_call(name: str) -> Callable[[], object]:
    """Refused before the kernel looks at the arguments, which are senseless: any other refusal is a breach."""

    def attempt() -> None:
        try:
            raw(name, -1, 0, 0, 0, 0)
        except PermissionError:
            raise
        except OSError:
            return

    return attempt


def raw(name: str, *arguments: int) -> int:
    return call(system_calls()[name], *arguments)


def require(found: object) -> None:
    if not found:
        raise PermissionError


def start_process() -> None:
    if os.fork() == 0:
        os._exit(0)


def succeeds(attempt: Callable[[], object]) -> bool:
    with suppress(OSError):
        attempt()
        return True
    return False
