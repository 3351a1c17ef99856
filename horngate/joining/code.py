"""The code that a joined worker runs: what the service hands out, or a checkout of the same version."""

import hashlib
import io
import shutil
import tarfile
import tomllib
from pathlib import Path

from horngate.client.service import Service
from horngate.errors import NotRunning, UsageError

NEEDED = ("worker/__main__.py", "store/__init__.py", "models_lib/__init__.py", "pyproject.toml", "uv.lock")


def fetch_code(service: Service, sha256: str, at: Path) -> Path:
    """The service's own code, unpacked where it is not there already; raises NotRunning for another hash."""
    if (at / "pyproject.toml").is_file():
        return at
    content = service.answer("GET", "/v1/workers/code").content
    if (found := hashlib.sha256(content).hexdigest()) != sha256:
        raise NotRunning(
            f"The code came with SHA-256 {found}, and {sha256} was told. Try again; is a proxy in between?"
        )
    draft = at.with_name(f"{at.name}.new")
    shutil.rmtree(draft, ignore_errors=True)
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as archive:
        archive.extractall(draft, filter="data")
    shutil.rmtree(at, ignore_errors=True)
    draft.rename(at)
    return at


def describe_checkout(root: Path) -> dict[str, str]:
    """Version and newest revision of a checkout, for the service to compare; raises UsageError where it is none."""
    missing = [name for name in NEEDED if not (root / name).is_file()]
    if missing:
        raise UsageError(f"{root} is no checkout of Horngate: {missing[0]} is missing.")
    version = tomllib.loads((root / "pyproject.toml").read_text())["project"]["version"]
    revisions = sorted(path.stem.partition("_")[0] for path in (root / "migrations" / "versions").glob("[0-9]*.py"))
    return {"version": str(version), "revision": revisions[-1] if revisions else "none"}
