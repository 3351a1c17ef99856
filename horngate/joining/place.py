"""The folder of a joined worker: the service's code, an environment, and a file of settings that holds secrets."""

import hashlib
import json
import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from horngate.errors import NotRunning

DEFAULT_HOME = "~/.horngate-worker"


@dataclass(frozen=True)
class Place:
    """HOME/code/<hash>, HOME/venv/<hash>, HOME/worker.env (mode 600), HOME/worker.json; cache and runs beside.

    What an older worker still runs from is left alone, so that the next one may be made ready beside it.
    """

    home: Path

    @property
    def settings(self) -> Path:
        return self.home / "worker.env"

    @property
    def note(self) -> Path:
        return self.home / "worker.json"

    def code(self, sha256: str) -> Path:
        return self.home / "code" / sha256[:16]

    def venv(self, lock: Path, *, gpu: bool) -> Path:
        digest = hashlib.sha256(lock.read_bytes()).hexdigest()
        return self.home / "venv" / f"{digest[:16]}{'-gpu' if gpu else ''}"

    def prepare(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.home.chmod(0o700)

    def write(self, settings: Mapping[str, str], *, url: str, version: str, code: Path, python: Path) -> None:
        """Keep what the worker starts with, readable for its owner alone."""
        lines = [f"{name}={shlex.quote(value)}\n" for name, value in sorted(settings.items())]
        draft = self.settings.with_suffix(".new")
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.writelines(lines)
        draft.replace(self.settings)
        self.note.write_text(json.dumps({"url": url, "version": version, "code": str(code), "python": str(python)}))

    def read_note(self) -> dict[str, Any]:
        """Where code and Python lie; raises NotRunning where no worker has joined."""
        try:
            return dict(json.loads(self.note.read_text()))
        except (FileNotFoundError, ValueError):
            raise NotRunning(
                f"No worker has joined from {self.home}. Have an administrator type `horngate worker invite`, "
                "then type here what it prints."
            ) from None

    def read_settings(self) -> dict[str, str]:
        lines = self.settings.read_text().splitlines()
        pairs = (line.partition("=") for line in lines if line)
        return {name: "".join(shlex.split(value)) for name, _, value in pairs}
