"""What users' matter may not ask of the kernel, and with which arguments it may ask for the rest."""

import os
from collections.abc import Iterator, Sequence

from worker.sandbox.seccomp import ALLOW, REFUSED, UNKNOWN, Rule, Test

NEVER = """
socket connect bind listen accept accept4 sendmsg sendmmsg setsockopt
ptrace process_vm_readv process_vm_writev process_madvise process_mrelease kcmp get_robust_list
pidfd_open pidfd_getfd pidfd_send_signal tkill migrate_pages move_pages setpriority ioprio_set
execve execveat fork vfork unshare setns setsid setpgid
chmod fchmod fchmodat fchmodat2 chown lchown fchown fchownat utime utimes futimesat utimensat
setxattr lsetxattr fsetxattr removexattr lremovexattr fremovexattr
mknod mknodat name_to_handle_at open_by_handle_at
inotify_init inotify_init1 inotify_add_watch fanotify_init fanotify_mark
mount umount2 pivot_root chroot open_tree move_mount fsopen fsconfig fsmount fspick mount_setattr statmount listmount
swapon swapoff quotactl quotactl_fd acct
io_uring_setup io_uring_enter io_uring_register bpf userfaultfd perf_event_open keyctl add_key request_key
seccomp personality memfd_secret lsm_set_self_attr
init_module finit_module delete_module create_module kexec_load kexec_file_load reboot sethostname setdomainname
settimeofday clock_settime clock_adjtime adjtimex syslog vhangup iopl ioperm modify_ldt lookup_dcookie uselib ustat
_sysctl nfsservctl setuid setgid setreuid setregid setresuid setresgid setfsuid setfsgid setgroups capset
shmget shmat shmctl semget semop semtimedop semctl msgget msgsnd msgrcv msgctl
mq_open mq_unlink mq_timedsend mq_timedreceive mq_notify mq_getsetattr
"""
MISSING = ("clone3", "openat2")
"""Their arguments lie in memory, where no filter looks: libc falls back to `clone` and `openat`."""

OF_ONE_PROCESS = ("prlimit64", "sched_setaffinity", "sched_setparam", "sched_setscheduler", "sched_setattr")
SIGNALS = ("kill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo")

CUDA_SOCKETS = ("socket", "bind", "listen")
"""CUDA's driver begins by listening at an abstract Unix name, and ends with error 304 where it may not. From a sandbox
nobody connects to it, nor it to anybody: `connect` and `accept` stay refused, as do messages with an address."""
GRPC_CALLS = ("socket", "connect", "bind", "listen", "accept", "accept4", "sendmsg", "setsockopt")
"""What TensorFlow's collectives need where several machines train one model, which never holds code of a user's."""
STARTING = ("execve",)
STARTED_WAITING = (Test(0, 0x4111, mask=0x7E02C1FF),)
"""clone's CLONE_VM and CLONE_VFORK with SIGCHLD, as by posix_spawn: nothing of this process goes on beside it."""
TCP = ((Test(0, 2), Test(1, 1, mask=0xF)), (Test(0, 10), Test(1, 1, mask=0xF)))
UNIX = (Test(0, 1),)
UNIX_STREAM = (Test(0, 1), Test(1, 1, mask=0xF))
NO_ADDRESS = (Test(4, 0), Test(4, 0, upper=True))
ONLY_A_THREAD = (Test(0, 0x00010000, mask=0x00010000 | 0x7E020080),)
"""clone's CLONE_THREAD, and none of its new namespaces."""
SIGNAL_OWNERS = (8, 10, 15)
"""fcntl's F_SETOWN, F_SETSIG and F_SETOWN_EX: a pipe's readiness would be told to another process by a signal."""
TERMINAL_TRICKS = (0x5412, 0x540E, 0x541C, 0x8901, 0x8902)
"""ioctl's TIOCSTI, TIOCSCTTY, TIOCLINUX, FIOSETOWN and SIOCSPGRP."""
OWN_SETTINGS = (2, 3, 15, 16, 21, 23, 27, 30, 39, 41, 42, 0x53564D41)
"""prctl's names, huge pages and questions: not its death signal, its dumps, or who may debug."""
SHARED_MEMORY = (Test(3, 0x21, mask=0x21),)
"""mmap's MAP_SHARED with MAP_ANONYMOUS: memory that no limit counts, as is a memfd's."""
TRUNCATING, ASKED = 0x200, 0x203
"""open's O_TRUNC without a right to write, which Landlock before its ABI 3 does not see."""


def forbidden_calls(
    *, abi: int, has_gpus: bool, has_network: bool = False, has_compiler: bool = False
) -> Iterator[Rule]:
    """The rules for this process. Only CUDA needs memory that is shared with a driver, and a socket.

    With a compiler it may start programs: those that Landlock lets it execute, so only where there is one.
    """
    may_start = has_compiler and abi > 0
    sockets = {*(CUDA_SOCKETS if has_gpus else ()), *(GRPC_CALLS if has_network else ())}
    needed = {*sockets, *(STARTING if may_start else ())}
    yield allowed_but("fcntl", [(Test(1, command),) for command in SIGNAL_OWNERS])
    yield allowed_but("ioctl", [(Test(1, command),) for command in TERMINAL_TRICKS])
    yield from (Rule(name) for name in NEVER.split() if name not in needed)
    yield from (Rule(name, UNKNOWN) for name in MISSING)
    yield Rule("clone", alternatives=(ONLY_A_THREAD, STARTED_WAITING) if may_start else (ONLY_A_THREAD,))
    yield Rule("socketpair", alternatives=(UNIX_STREAM,))
    yield Rule("sendto", alternatives=(NO_ADDRESS,))
    yield Rule("prctl", alternatives=tuple((Test(0, option),) for option in OWN_SETTINGS))
    yield from (Rule(name, alternatives=((Test(0, os.getpid()),),)) for name in SIGNALS)
    yield from (Rule(name, alternatives=((Test(0, 0),), (Test(0, os.getpid()),))) for name in OF_ONE_PROCESS)
    if sockets:
        yield Rule("socket", alternatives=((UNIX,) if has_gpus else ()) + (TCP if has_network else ()))
    if not has_gpus:
        yield Rule("memfd_create")
        yield allowed_but("mmap", [SHARED_MEMORY])
    if abi < 3:
        yield Rule("truncate")
        yield allowed_but("open", [(Test(1, TRUNCATING, mask=ASKED),)])
        yield allowed_but("openat", [(Test(2, TRUNCATING, mask=ASKED),)])


def allowed_but(name: str, refused: Sequence[tuple[Test, ...]]) -> Rule:
    return Rule(name, otherwise=ALLOW, alternatives=tuple(refused), matched=REFUSED)
