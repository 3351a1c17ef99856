"""What `horngate doctor` looks at: this machine, the address, the key, and every part of the service."""

import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata

from horngate.client.connecting import Remote, connect
from horngate.errors import HorngateError, NotReachable, Problem
from horngate.up.home import find_home, read_note

LEAST_FREE_BYTES = 2_000_000_000


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    what: str
    ok: bool
    found: str
    mend: str = ""


MENDS = {
    "database": "Look into HOME/logs/migrate.log and api.log; in a team, whether PostgreSQL answers.",
    "broker": "Runs wait until it is back. Look into HOME/logs/valkey.log; in a team, whether Valkey answers.",
    "worker": "Nothing trains without one. Look into HOME/logs/worker.log; in a team: docker compose up -d worker.",
    "predictor": "Predictions and shape checks wait for it. Look into HOME/logs/predictor.log.",
    "boards": "TensorBoard waits for it. Look into HOME/logs/boards.log.",
    "sandbox": "Components wait for it; HOME/logs/worker.log says what is missing. It needs Linux 5.13 or newer with"
    " Landlock among `lsm=`, and HORNGATE_SANDBOX=auto.",
}


def examine(url: str | None, api_key: str | None) -> Iterator[Finding]:
    """Look at one thing after the other; what depends on something broken is left out."""
    yield python_finding()
    yield local_finding()
    yield disk_finding()
    try:
        remote = connect(url, api_key)
    except HorngateError as error:
        yield Finding("address", False, str(error))
        return
    yield from examine_service(remote)


def examine_service(remote: Remote) -> Iterator[Finding]:
    try:
        version = remote.service.get("/version")
    except HorngateError as error:
        mend = "" if isinstance(error, NotReachable) else "Is that address really Horngate's?"
        yield Finding("address", False, str(error), mend)
        return
    yield Finding("address", True, remote.url)
    yield version_finding(version["version"])
    yield from part_findings(remote)
    yield login_finding(remote)


def python_finding() -> Finding:
    found = ".".join(map(str, sys.version_info[:3]))
    return Finding(
        "python", (3, 11) <= sys.version_info[:2] < (3, 14), found, "Horngate needs Python 3.11, 3.12 or 3.13."
    )


def local_finding() -> Finding:
    note = read_note(find_home())
    where = f"runs on {find_home()} (pid {note['pid']}, {note['url']})" if note else f"does not run on {find_home()}"
    return Finding("local mode", True, where)


def disk_finding() -> Finding:
    home = find_home()
    place = next(folder for folder in (home, *home.parents) if folder.exists())
    free = shutil.disk_usage(place).free
    mend = f"Make room on the disk of {home}, or move it: horngate up --home DIR. HOME/cache may be deleted."
    return Finding("disk", free > LEAST_FREE_BYTES, f"{free / 1e9:.1f} GB free for {home}", mend)


def version_finding(theirs: str) -> Finding:
    ours = metadata.version("horngate")
    is_same = ours.split(".")[:2] == theirs.split(".")[:2]
    return Finding("versions", is_same, f"client {ours}, service {theirs}", f"pip install 'horngate=={theirs}'")


def part_findings(remote: Remote) -> Iterator[Finding]:
    """Every part that /readyz names; it answers 503 when one is away, with the same body."""
    answer = remote.service.http.get("/readyz")
    for name, part in answer.json()["parts"].items():
        yield Finding(name, part["ok"], part["detail"], MENDS.get(name, ""))


def login_finding(remote: Remote) -> Finding:
    try:
        return Finding("sign-in", True, f"as {remote.me()['user']['name']}")
    except Problem as problem:
        return Finding("sign-in", False, problem.headline, "Sign in: horngate login URL, or set HORNGATE_API_KEY.")
