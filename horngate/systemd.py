"""Services of systemd: a unit's text, and installing it so that it comes back after a reboot."""

import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from horngate.errors import HorngateError

RUNS_HERE = Path("/run/systemd/system")
"""There where systemd is this machine's first process (sd_booted(3))."""


class NoSystemd(HorngateError):
    """Nothing was installed; `unit` is what would have been, and `path` where."""

    def __init__(self, unit: str, path: Path) -> None:
        super().__init__(
            f"systemd does not run here: nothing was installed. The text below is the service, to be {path} where "
            "it does; elsewhere have your own supervisor run its ExecStart line."
        )
        self.unit, self.path = unit, path


class SystemdFailed(HorngateError):
    """systemctl refused; its own words say why."""


@dataclass(frozen=True)
class Unit:
    """A service: a command that stays in the foreground, ends on SIGTERM, and is started again when it fails."""

    name: str
    description: str
    command: Sequence[str]
    folder: Path
    environment_file: Path
    stop_seconds: int = 30

    def text(self, *, for_system: bool) -> str:
        return f"""\
# Written by horngate. Variables (HORNGATE_…=…) may be set in {escape(str(self.environment_file))}.
[Unit]
Description={escape(self.description)}
Wants=network-online.target
After=network-online.target

[Service]
Type=exec
WorkingDirectory={escape(str(self.folder))}
EnvironmentFile=-{escape(str(self.environment_file))}
Environment=PYTHONUNBUFFERED=1
ExecStart={" ".join(map(quote, self.command))}
Restart=on-failure
RestartSec=5
KillMode=mixed
TimeoutStopSec={self.stop_seconds}

[Install]
WantedBy={"multi-user.target" if for_system else "default.target"}
"""


def quote(word: str) -> str:
    """A word of ExecStart as systemd.service(5) reads it."""
    escaped = escape(word).replace("\\", "\\\\").replace('"', '\\"').replace("$", "$$")
    return f'"{escaped}"' if any(c in word for c in " \t'\";") or not word else escaped


def escape(text: str) -> str:
    """Without the specifiers that a percent sign begins, and on one line."""
    return text.replace("%", "%%").replace("\n", " ")


class Systemd:
    """The system's for root, the user's own for everybody else."""

    def __init__(self, *, runs_here: Path = RUNS_HERE, folder: Path | None = None, is_root: bool | None = None) -> None:
        self.for_system = os.geteuid() == 0 if is_root is None else is_root
        config = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
        own = Path(config).expanduser() / "systemd" / "user"
        self.folder = folder or (Path("/etc/systemd/system") if self.for_system else own)
        self.runs_here = runs_here.is_dir() and shutil.which("systemctl") is not None

    def install(self, unit: Unit, say: Callable[[str], None], *, start: bool = True) -> None:
        """Write the unit and have it started now and at every boot; raises NoSystemd, SystemdFailed."""
        path = self.path_of(unit.name)
        text = unit.text(for_system=self.for_system)
        if not self.runs_here:
            raise NoSystemd(text, path)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        say(f"Wrote {path}.")
        self.control("daemon-reload")
        self.control("enable", f"{unit.name}.service")
        if start:
            self.control("restart", f"{unit.name}.service")
        say(f"It starts at every boot{' and runs now' if start else ''}: {self.typed('status', unit.name)}")
        if not self.for_system:
            self.linger(say)

    def uninstall(self, name: str, say: Callable[[str], None]) -> bool:
        """Stop it, and forget the unit; False where there is none. What it kept stays."""
        path = self.path_of(name)
        if not path.exists():
            return False
        if self.runs_here:
            self.control("disable", "--now", f"{name}.service")
        path.unlink()
        if self.runs_here:
            self.control("daemon-reload")
        say(f"Removed {path}. What it kept stays where it is.")
        return True

    def path_of(self, name: str) -> Path:
        return self.folder / f"{name}.service"

    def linger(self, say: Callable[[str], None]) -> None:
        """A user's services start at the first sign-in, unless they may linger."""
        done = subprocess.run(["loginctl", "enable-linger"], capture_output=True, check=False).returncode == 0
        say("It runs without anybody signed in." if done else "To start it before you sign in: loginctl enable-linger")

    def control(self, *words: str) -> None:
        command = self.words(*words)
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
        if answer.returncode != 0:
            raise SystemdFailed(f"`{' '.join(command)}` failed: {(answer.stderr or answer.stdout).strip()}")

    def words(self, *words: str) -> list[str]:
        return ["systemctl", *([] if self.for_system else ["--user"]), *words]

    def typed(self, verb: str, name: str) -> str:
        return " ".join(self.words(verb, name))
