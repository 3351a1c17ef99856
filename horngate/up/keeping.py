"""What is done with a home's files by the server's own code, which is started by name from the checkout."""

import os
import subprocess
import sys
from pathlib import Path

from horngate.errors import NotRunning
from horngate.up.checkout import find_checkout
from horngate.up.home import describe_other, is_locked

NO_REPORT = 2


def back_up(home: Path, target: Path) -> tuple[bool, str]:
    """Copy the home, whether it is up or not; whether all of it was whole, and what is to be said."""
    return run(home, "store.backup", "make", str(target.expanduser().absolute()))


def restore(home: Path, source: Path) -> tuple[bool, str]:
    """Make the home of a backup."""
    if home.is_dir() and is_locked(home):
        raise NotRunning(describe_other(home))
    return run(home, "store.backup", "restore", str(source.expanduser().absolute()))


def audit(home: Path) -> tuple[bool, str]:
    """Compare every blob with the database's hash; JSON."""
    return run(home, "store.audit", "--json")


def run(home: Path, module: str, *words: str) -> tuple[bool, str]:
    """Its output; raises NotRunning with its own words where it could do nothing."""
    answer = subprocess.run(
        [sys.executable, "-m", module, *words],
        cwd=find_checkout(),
        env=os.environ | {"HORNGATE_HOME": str(home), "HORNGATE_MODE": "local"},
        capture_output=True,
        text=True,
        check=False,
    )
    if answer.returncode >= NO_REPORT or answer.returncode < 0:
        raise NotRunning(answer.stderr.strip() or f"{module} ended with {answer.returncode}.")
    return answer.returncode == 0, answer.stdout + answer.stderr
