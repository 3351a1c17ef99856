"""What a child may take of the machine before anything is known of what it is for."""

import resource

MOST_DESCRIPTORS = 4096
MOST_THREADS = 4096
LARGEST_FILE = 64 << 30
LIMITS = {
    resource.RLIMIT_CORE: 0,
    resource.RLIMIT_FSIZE: LARGEST_FILE,
    resource.RLIMIT_NOFILE: MOST_DESCRIPTORS,
    resource.RLIMIT_NPROC: MOST_THREADS,
    resource.RLIMIT_MSGQUEUE: 0,
    resource.RLIMIT_NICE: 0,
    resource.RLIMIT_RTPRIO: 0,
}


def limit_process() -> None:
    """No core dumps, no endless file, not all descriptors. The kernel counts the threads of root for nobody."""
    for kind, most in LIMITS.items():
        _, hard = resource.getrlimit(kind)
        allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (allowed, allowed))
