"""Whether the kernel has killed for want of memory: the one hint that needs no rights."""

from pathlib import Path

VMSTAT = Path("/proc/vmstat")


def count_oom_kills(vmstat: Path = VMSTAT) -> int | None:
    """How many processes of this machine the kernel has killed so, since it started; None where it does not say."""
    try:
        lines = vmstat.read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) for line in lines if line.startswith("oom_kill ")), None)


def may_be_oom(before: int | None, now: int | None) -> bool:
    """Whether a process that died by SIGKILL in between may have been one of them."""
    return before is None or now is None or now > before
