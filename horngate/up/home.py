"""HOME: the folder that local mode keeps everything in, and the note there that says where it runs."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from horngate.errors import NotRunning

DEFAULT_HOME = "~/.horngate"
DEFAULT_PORT = 8000


def find_home(home: str | os.PathLike[str] | None = None) -> Path:
    """The folder asked for, else HORNGATE_HOME, else ~/.horngate."""
    return Path(home or os.environ.get("HORNGATE_HOME") or DEFAULT_HOME).expanduser().absolute()


def read_note(home: Path) -> dict[str, Any] | None:
    """Where local mode of this home runs (pid, host, port, url); None when it does not."""
    try:
        note: dict[str, Any] = json.loads((home / "up.json").read_text())
    except (FileNotFoundError, ValueError):
        return None
    return note if is_locked(home) else None


def write_note(home: Path, *, host: str, port: int, url: str) -> None:
    draft = home / "up.json.new"
    draft.write_text(json.dumps({"pid": os.getpid(), "host": host, "port": port, "url": url}))
    draft.replace(home / "up.json")


def read_admin_key(home: Path) -> str | None:
    """The administrator's key; None before the first start."""
    try:
        return (home / "admin.key").read_text().strip()
    except FileNotFoundError:
        return None


@contextmanager
def owned_home(home: Path) -> Iterator[None]:
    """Own the folder while inside: a second local mode on it is refused, and a lock never outlives its process."""
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    (home / "logs").mkdir(exist_ok=True, mode=0o700)
    with (home / "up.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise NotRunning(describe_other(home)) from None
        (home / "up.json").unlink(missing_ok=True)  # of one that lost its power: it would send callers to its old port
        try:
            yield
        finally:
            (home / "up.json").unlink(missing_ok=True)


def describe_other(home: Path) -> str:
    note = read_note(home) or {}
    where = f"pid {note['pid']}, {note['url']}" if note else "it is just starting"
    return f"Horngate already runs on {home} ({where}). Use that one, stop it, or give this one another --home."


def is_locked(home: Path) -> bool:
    try:
        with (home / "up.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False
