"""Local mode as a service of systemd, so that it comes back after a reboot."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

from horngate.systemd import Systemd, Unit
from horngate.up.checkout import find_checkout
from horngate.up.home import is_locked

NAME = "horngate"
OWN = {"HORNGATE_HOME", "HORNGATE_HOST", "HORNGATE_PORT", "HORNGATE_URL", "HORNGATE_API_KEY"}
"""Said on the command line of the unit, or the client's own."""


def install(home: Path, *, host: str, port: int, say: Callable[[str], None], systemd: Systemd | None = None) -> None:
    """Have it started now and at every boot; the caller's other settings are kept in HOME/up.env."""
    unit = describe(home, host=host, port=port)
    keep_settings(unit.environment_file, say)
    is_running = home.is_dir() and is_locked(home)
    if is_running:
        say(f"Horngate runs on {home} already: stop that one, and the service may start.")
    (systemd or Systemd()).install(unit, say, start=not is_running)


def uninstall(home: Path, say: Callable[[str], None], systemd: Systemd | None = None) -> None:
    """Have it started no more."""
    name = name_of(home)
    if not (systemd or Systemd()).uninstall(name, say):
        say(f"No service {name} is installed.")


def describe(home: Path, *, host: str, port: int) -> Unit:
    """The service of this home: one of each may stand beside others."""
    words = [sys.executable, "-m", "horngate", "up", "--home", str(home), "--host", host, "--port", str(port)]
    return Unit(name_of(home), f"Horngate on {home}", words, find_checkout(), home / "up.env")


def name_of(home: Path) -> str:
    """`horngate` for the usual home, else with the folder's own name."""
    usual = Path("~/.horngate").expanduser()
    word = "".join(letter if letter.isalnum() else "-" for letter in home.name.strip("."))
    return NAME if home == usual else f"{NAME}-{word}"


def keep_settings(file: Path, say: Callable[[str], None]) -> None:
    """The HORNGATE_ variables of the caller, who may have set them for this shell alone; never over what is there."""
    given = {name: value for name, value in os.environ.items() if name.startswith("HORNGATE_") and name not in OWN}
    if not given or file.exists():
        return
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as kept:
        kept.writelines(f"{name}='{value}'\n" for name, value in sorted(given.items()))
    say(f"Kept {', '.join(sorted(given))} in {file}.")
