"""Other makers' programs, each in a process of its own that stays: asked by a line of JSON, answered by one.

They live in an environment of their own (`make peers`); where it is missing, a bench says so and goes on without them.
"""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[1]
PYTHON: Final = ROOT / ".venv-peers" / "bin" / "python"
MISSING: Final = "no peers to measure against: `make peers` installs them (JAX, MLflow)"


def are_installed() -> bool:
    return PYTHON.exists()


class Peer:
    """A program of `bench` that answers each line with a line."""

    def __init__(self, module: str, *arguments: str) -> None:
        environment = {**os.environ, "KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"}
        command = [str(PYTHON), "-m", module, *arguments]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, cwd=ROOT, env=environment, stdin=pipe, stdout=pipe, text=True)

    def ask(self, question: Any) -> Any:
        """Its answer; raises EOFError where it has died of the question."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        if line := self._process.stdout.readline():
            return json.loads(line)
        raise EOFError(f"{self._process.args} has died: see above")

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(15)


@contextmanager
def kept_alive(*names: str, module: str) -> Iterator[dict[str, Peer]]:
    """A process of this module for each name; none where the peers are not installed."""
    peers = {name: Peer(module, name) for name in names} if are_installed() else {}
    try:
        yield peers
    finally:
        for peer in peers.values():
            peer.close()
