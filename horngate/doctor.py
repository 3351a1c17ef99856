"""What `horngate doctor` looks at: this machine, the address, the key, and every part of the service."""

import json
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib import metadata
from pathlib import Path
from urllib.parse import quote

from horngate.client.connecting import Remote, connect
from horngate.errors import HorngateError, NotAllowed, NotReachable, NotRunning, Problem
from horngate.up.checkout import find_checkout
from horngate.up.home import find_home, read_note
from horngate.up.keeping import audit

LEAST_FREE_BYTES = 2_000_000_000
MOST_SKEW_SECONDS = 5.0


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    what: str
    ok: bool
    found: str
    mend: str = ""


def examine(url: str | None, api_key: str | None) -> Iterator[Finding]:
    """Look at one thing after the other; what depends on something broken is left out."""
    yield python_finding()
    yield local_finding()
    yield disk_finding()
    yield from tables_finding()
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
    sign_in = login_finding(remote)
    yield sign_in
    if sign_in.ok:
        yield from checkup_findings(remote)


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


def tables_finding() -> Iterator[Finding]:
    """Whether a local home's tables fit this checkout, also while nothing runs."""
    file = find_home() / "horngate.db"
    try:
        revisions = (find_checkout() / "migrations" / "versions").glob("[0-9]*.py")
    except NotRunning:  # the client alone
        return
    if not file.is_file():
        return
    known = sorted(path.stem.partition("_")[0] for path in revisions)
    try:
        with closing(sqlite3.connect(f"file:{quote(str(file))}?mode=ro", uri=True, timeout=5)) as database:
            [[found]] = database.execute("SELECT version_num FROM alembic_version").fetchall()
    except (sqlite3.Error, ValueError) as error:
        mend = f"Restore a backup into a new home: horngate restore FILE --home DIR. {file} is left as it is."
        yield Finding("local tables", False, f"{file} cannot be read: {error}", mend)
        return
    mend = "A newer Horngate has used this home: run that version (or restore a backup from before)."
    yield Finding("local tables", found in known, f"at revision {found}, this code has {known[-1]}", mend)


def version_finding(theirs: str) -> Finding:
    ours = metadata.version("horngate")
    is_same = ours.split(".")[:2] == theirs.split(".")[:2]
    return Finding("versions", is_same, f"client {ours}, service {theirs}", f"pip install 'horngate=={theirs}'")


def part_findings(remote: Remote) -> Iterator[Finding]:
    """Every part that /readyz names; it answers 503 when one is away, with the same body."""
    answer = remote.service.http.get("/readyz")
    yield from clock_finding(answer.headers.get("Date"))
    for name, part in answer.json()["parts"].items():
        yield Finding(name, part["ok"], part["detail"], part.get("mend") or "")


def clock_finding(date: str | None) -> Iterator[Finding]:
    """How far this machine's clock is from the service's, which tells whole seconds."""
    if date is not None:
        skew = datetime.now(UTC).timestamp() - parsedate_to_datetime(date).timestamp() - 0.5
        mend = "Let this machine follow a time server (systemd-timesyncd, chrony): times in lists and logs mislead."
        yield Finding("clock", abs(skew) < MOST_SKEW_SECONDS, f"{skew:+.1f} s from the service's", mend)


def checkup_findings(remote: Remote) -> Iterator[Finding]:
    """What an administrator is told of the whole service; what is well takes one line together."""
    try:
        findings = remote.service.get("/v1/checkup")["findings"]
    except NotAllowed:
        return
    wrong = [Finding(**one) for one in findings if not one["ok"]]
    yield Finding("checkup", not wrong, f"{len(findings)} things looked at, {len(wrong)} wrong", "Each stands below.")
    yield from wrong


def blobs_findings(home: Path) -> Iterator[Finding]:
    """Every stored file of a local home against the hash in its database."""
    _, said = audit(home)
    found = json.loads(said)
    count, faults = found["blobs"], found["faults"]
    about = f"{count} files with {found['bytes'] / 1e6:.1f} MB are there, {len(faults)} missing or damaged"
    yield Finding("files", not faults, about, "Each stands below.")
    for fault in faults:
        yield Finding("file", False, f"{fault['key']} ({fault['owner']}): {fault['found']}", fault["mend"])


def login_finding(remote: Remote) -> Finding:
    try:
        return Finding("sign-in", True, f"as {remote.me()['user']['name']}")
    except Problem as problem:
        mend = "Sign in: horngate login URL, or set HORNGATE_API_KEY." if problem.status == 401 else ""
        return Finding("sign-in", False, problem.headline, mend)
