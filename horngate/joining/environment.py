"""The Python that a joined worker runs in: made by uv from the lock, or one that is there."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from horngate.errors import NotRunning, UsageError

NEEDED = ("celery", "keras", "psycopg", "s3fs", "sqlalchemy", "tensorflow")


def make_environment(venv: Path, code: Path, *, tools: Path, gpu: bool) -> Path:
    """Install what the lock names, TensorFlow with CUDA for `gpu`; its Python. A second time takes a moment."""
    groups = ["worker", "boards", "gpu" if gpu else "cpu"]
    words = [find_uv(tools), "sync", "--frozen", "--no-install-project", "--no-default-groups"]
    environment = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    run(
        [*words, "--python", sys.executable, *(word for group in groups for word in ("--group", group))],
        cwd=code,
        environment=environment | {"UV_PROJECT_ENVIRONMENT": str(venv)},
        what="The worker's packages could not be installed",
    )
    return venv / "bin" / "python"


def find_uv(tools: Path) -> str:
    """uv on the PATH or beside our Python, else one of our own in `tools`, installed from the package registry."""
    own = tools / "bin" / "uv"
    found = shutil.which("uv") or shutil.which("uv", path=str(Path(sys.executable).parent))
    if found is None and not own.exists():
        run([sys.executable, "-m", "venv", str(tools)], what="No virtual environment could be made")
        pip = [str(tools / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "uv"]
        run(pip, what="uv could not be installed")
    return found or str(own)


def use_environment(python: Path) -> Path:
    """A Python that is there already; raises UsageError naming the packages that it lacks."""
    probe = f"import importlib.util as u; print(*(n for n in {NEEDED!r} if u.find_spec(n) is None))"
    try:
        answer = subprocess.run([str(python), "-c", probe], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise UsageError(f"{python} is no Python that runs: {error}") from error
    if missing := answer.stdout.split():
        raise UsageError(f"{python} lacks {', '.join(missing)}. Leave out --python: an environment is then made.")
    return python.absolute()


def run(words: Sequence[str], *, what: str, cwd: Path | None = None, environment: dict[str, str] | None = None) -> None:
    """A command whose output is for the reader; raises NotRunning."""
    try:
        subprocess.run(words, cwd=cwd, env=environment, stdout=sys.stderr, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise NotRunning(
            f"{what} ({error}). What it said stands above; the same command goes on from there."
        ) from error
