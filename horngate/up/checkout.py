"""The checkout that the server's processes are started from: the published distribution holds the client alone."""

import sys
from pathlib import Path

from horngate.errors import NotRunning

ROOMS = ("api", "boards", "store", "worker")


def find_checkout() -> Path:
    if not sys.platform.startswith("linux"):
        raise NotRunning("Local mode runs on Linux. Elsewhere: docker compose up, then `horngate login URL`.")
    root = Path(__file__).resolve().parents[2]
    if all((root / room / "__init__.py").is_file() for room in ROOMS):
        return root
    raise NotRunning(
        "This is the Horngate client; the server runs from its checkout or its image. "
        "Clone the repository and type `make up`, or `docker compose up`, then `horngate login URL` here."
    )
