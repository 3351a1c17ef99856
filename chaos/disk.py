"""A small disk for a town, which can be filled: a file system in memory, where this machine lets us mount one."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SIZE_MB = 1024
BALLAST = "ballast"


@contextmanager
def small_disk(place: Path) -> Iterator[bool]:
    """Whether `place` is one now: it takes the right to mount, which root has and a container seldom."""
    if shutil.which("mount") is None or os.geteuid() != 0:
        yield False
        return
    options = ["-t", "tmpfs", "-o", f"size={SIZE_MB}m,mode=700", "chaos", str(place)]
    mounted = subprocess.run(["mount", *options], capture_output=True).returncode == 0
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(place)], check=True)


def fill_up(home: Path, *, leave: int) -> None:
    """Leave so many bytes free and no more; who writes meanwhile finds less."""
    space = os.statvfs(home)
    room = space.f_bavail * space.f_frsize - leave
    with (home / BALLAST).open("wb") as ballast:
        if room > 0:
            os.posix_fallocate(ballast.fileno(), 0, room)


def make_room(home: Path) -> None:
    (home / BALLAST).unlink(missing_ok=True)
