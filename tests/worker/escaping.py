"""A mother without TensorFlow, whose children try a way out of the sandbox: `python -m tests.worker.escaping FD`."""

import ctypes
import json
import mmap
import os
import shutil
import socket
import sys
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from worker.mother.serving import Mother
from worker.sandbox.machine import call, system_calls
from worker.sandbox.probe import run_probe

Options = dict[str, Any]


def raw(name: str, *arguments: Any) -> int:
    return call(system_calls()[name], *arguments)


def spoken_to(address: object, family: int = socket.AF_INET, kind: int = socket.SOCK_STREAM) -> None:
    socket.socket(family, kind).connect(address)  # type: ignore[arg-type]


def listen_at(address: str) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as own:
        own.bind(address)
        own.listen()


def path(options: Options) -> Path:
    return Path(options["canary"])


def run_i386_call() -> None:
    """`int 0x80` from machine code: the same kernel by another door."""
    code = mmap.mmap(-1, 4096, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    code.write(b"\xb8\x14\x00\x00\x00\xcd\x80\xc3")
    ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(code)))()


def call_senselessly(name: str, options: Options) -> None:
    """The filter refuses before the kernel looks at arguments."""
    raw(name, -1, 0, 0, 0, 0, 0)


def use_pair() -> None:
    near, far = socket.socketpair()
    near.send(b"own")
    far.recv(3)


def write_datagram(address: str) -> None:
    near, _ = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    near.sendto(b"out", address)


CALLS = """
        bind listen accept4 sendmsg sendmmsg setsockopt ptrace process_vm_readv process_vm_writev process_madvise kcmp
        pidfd_open pidfd_getfd pidfd_send_signal tkill execveat vfork unshare setns mount umount2 chroot
        pivot_root open_tree move_mount fsopen fsmount mount_setattr name_to_handle_at open_by_handle_at inotify_init1
        fanotify_init io_uring_setup io_uring_enter bpf userfaultfd perf_event_open keyctl add_key request_key
        init_module finit_module kexec_load kexec_file_load reboot sethostname settimeofday clock_settime syslog swapon
        personality memfd_create setuid setgid setresuid capset shmget semget msgget mq_open setpriority ioprio_set
        seccomp acct quotactl setsid"""
ESCAPES: dict[str, Callable[[Options], object]] = {
    **{f"call {name}": partial(call_senselessly, name) for name in CALLS.split()},
    "read a foreign file": lambda o: path(o).read_bytes(),
    "list a foreign folder": lambda o: list(path(o).parent.iterdir()),
    "write a foreign file": lambda o: path(o).write_text("changed"),
    "truncate a foreign file": lambda o: os.truncate(path(o), 0),
    "remove a foreign file": lambda o: path(o).unlink(),
    "rename a foreign file": lambda o: path(o).rename("tmp/taken"),
    "link a foreign file": lambda o: os.link(path(o), "tmp/taken"),
    "link to a foreign file": lambda o: Path("tmp/link").symlink_to(path(o)),
    "make a foreign folder": lambda o: (path(o).parent / "made").mkdir(),
    "change a foreign file's mode": lambda o: path(o).chmod(0o777),
    "change a foreign file's owner": lambda o: os.chown(path(o), 1, 1),
    "change a foreign file's times": lambda o: os.utime(path(o), (1, 1)),
    "mark a foreign file": lambda o: os.setxattr(path(o), "user.mark", b"out"),
    "write its own inputs": lambda o: Path("in/data").write_text("changed"),
    "make a pipe in a folder": lambda o: os.mkfifo("tmp/pipe"),
    "read /etc/passwd": lambda o: Path("/etc/passwd").read_bytes(),
    "read the connections": lambda o: Path("/proc/net/tcp").read_bytes(),
    "read them by its own number": lambda o: Path("/proc/self/task").joinpath(str(os.getpid()), "net/tcp").read_bytes(),
    "list the processes": lambda o: list(Path("/proc").iterdir()),
    "read another's environment": lambda o: Path(f"/proc/{o['owner']}/environ").read_bytes(),
    "write a kernel setting": lambda o: Path("/proc/sys/kernel/core_pattern").write_text("core"),
    "open the kernel's log": lambda o: Path("/dev/kmsg").read_bytes(),
    "use the shared memory": lambda o: Path("/dev/shm/out").write_text("out"),
    "TCP": lambda o: spoken_to(("127.0.0.1", 1)),
    "TCP over IPv6": lambda o: spoken_to(("::1", 1), socket.AF_INET6),
    "UDP": lambda o: socket.socket(type=socket.SOCK_DGRAM).sendto(b"out", ("127.0.0.1", 1)),
    "a unix socket": lambda o: spoken_to(o["socket"], socket.AF_UNIX),
    "an abstract socket": lambda o: spoken_to("\0out", socket.AF_UNIX),
    "netlink": lambda o: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW),
    "packets": lambda o: socket.socket(socket.AF_PACKET, socket.SOCK_RAW),
    "a datagram pair": lambda o: socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM),
    "a pair that is sent elsewhere": lambda o: write_datagram(o["socket"]),
    "signal the owner": lambda o: os.kill(o["owner"], 9),
    "signal everybody": lambda o: os.kill(-1, 0),
    "signal by a pipe": lambda o: raw("fcntl", os.pipe()[0], 8, o["owner"]),
    "limit the owner": lambda o: raw("prlimit64", o["owner"], 7, 0, 0),
    "bind the owner to a core": lambda o: os.sched_setaffinity(o["owner"], {0}),
    "outlive the mother": lambda o: raw("prctl", 1, 0, 0, 0, 0),
    "fork": lambda o: os.fork(),
    "start a program": lambda o: os.execv("/bin/true", ["true"]),
    "memory that no limit counts": lambda o: mmap.mmap(-1, 4096),
}  # fmt: skip
KILLED: dict[str, Callable[[Options], object]] = {
    "a call of i386": lambda o: run_i386_call(),
    "a call of x32": lambda o: call(0x40000000 + 39),
}
ABSENT: dict[str, Callable[[Options], object]] = {
    "clone3": lambda o: raw("clone3", 0, 0),
    "openat2": lambda o: raw("openat2", 0, 0, 0, 0),
    "a call of tomorrow": lambda o: call(463, 0, 0, 0, 0, 0, 0),
}
ALLOWED: dict[str, Callable[[Options], object]] = {
    "threads": lambda o: threading.Thread(target=int).start(),
    "its own folder": lambda o: [Path(name, "own").write_text("own") for name in ("out", "tmp")],
    "renaming in it": lambda o: [Path("tmp/a").write_text("a"), Path("tmp/a").replace("out/a")],
    "its inputs": lambda o: Path("in/data").read_text(),
    "a stream pair": lambda o: use_pair(),
    "itself": lambda o: os.kill(os.getpid(), 0),
}
OPEN_TO_CUDA = {"call bind", "call listen", "call memfd_create", "memory that no limit counts"}
"""Ways out that are none for a driver which begins with them: they lead to nobody else's matter."""
FOR_CUDA: dict[str, Callable[[Options], object]] = {
    "listen at an abstract name": lambda o: listen_at(f"\0horngate-{os.getpid()}"),
    "name its threads": lambda o: Path(f"/proc/self/task/{threading.get_native_id()}/comm").write_text("cuda"),
}
FOR_COMPILING: dict[str, Callable[[Options], object]] = {
    "have code compiled": lambda o: run("ptxas"),
    "have code compiled by a program of another name": lambda o: run("true"),
}


def run(program: str) -> None:
    """As XLA runs it; raises OSError where it may not."""
    found = shutil.which(program)
    assert found is not None
    _, status = os.waitpid(os.posix_spawn(found, [program], {}), 0)
    assert status == 0


def escape(options: Options, descriptors: list[int]) -> None:
    """Report what the attempt came to: the errno of its refusal, or 0."""
    attempt = (ESCAPES | KILLED | ABSENT | ALLOWED | FOR_CUDA | FOR_COMPILING)[options["escape"]]
    try:
        attempt(options)
    except OSError as error:
        os.write(descriptors[0], json.dumps(error.errno).encode())
    else:
        os.write(descriptors[0], b"0")


def status(options: Options, descriptors: list[int]) -> None:
    """Report how the kernel sees this process."""
    told = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    os.write(descriptors[0], json.dumps({name: value.strip() for name, value in told.items()}).encode())


if __name__ == "__main__":
    Mother(socket.socket(fileno=int(sys.argv[1])), {"escape": escape, "status": status, "probe": run_probe}).serve()
