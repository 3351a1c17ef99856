"""Whether the sandbox works here: found out by a child that tries to get out, and then relied upon."""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog

from store.errors import SettingsRefused
from store.settings import Settings
from worker.mother.owner import MotherKeeper
from worker.sandbox.landlock import landlock_abi
from worker.sandbox.machine import MissingMeans, system_calls

log = structlog.get_logger()

PROBE_SECONDS = 20.0
REPORT_BYTES = 65_536
REMEDY = (
    "Run the worker and the predictor on Linux 5.13 or newer, x86-64 or arm64, with Landlock among `lsm=`,"
    " under HORNGATE_SANDBOX=auto, and start them again."
)


@dataclass(frozen=True)
class Sandbox:
    """What the probe found. Without a working one no components are run."""

    works: bool
    detail: str

    def to_json(self) -> dict[str, object]:
        """As the workers row lists it, among the devices."""
        return {"kind": "sandbox", "name": "sandbox" if self.works else "no sandbox", **vars(self)}


def require_sandbox(settings: Settings, mother: MotherKeeper) -> Sandbox:
    """What the probe finds, said once in the log; raises SettingsRefused where the operator wants nothing without."""
    found = probe_sandbox(mother, settings.home)
    if not found.works and settings.sandbox == "required":
        raise SettingsRefused(f"HORNGATE_SANDBOX=required, and the sandbox does not work here. {found.detail}")
    if found.works:
        log.info("sandbox_works", detail=found.detail)
    else:
        log.warning("sandbox_does_not_work", detail=found.detail, consequence="no components are run here")
    return found


def probe_sandbox(mother: MotherKeeper, home: Path) -> Sandbox:
    """Try the sandbox of this mother's children; where it works, they end rather than run without one of its layers.

    Raises MotherUnavailable.
    """
    if mother.sandbox == "off":
        return Sandbox(False, "It is switched off: HORNGATE_SANDBOX=off.")
    try:
        system_calls()
        abi = landlock_abi()
    except MissingMeans as error:
        return Sandbox(False, str(error))
    with _temporary_folder(home) as folder:
        found = _probe(mother, folder)
    if found is None:
        return Sandbox(False, "The child that tried it ended before it could say anything.")
    if found:
        return Sandbox(False, f"From inside it was possible to {', '.join(found)}.".replace("to unable: ", "not to "))
    mother.sandbox = "strict"
    return Sandbox(True, f"Landlock (ABI {abi}) and seccomp.")


@contextmanager
def _temporary_folder(home: Path) -> Iterator[Path]:
    root = home / "cache"
    root.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="probe-", dir=root))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _probe(mother: MotherKeeper, folder: Path) -> list[str] | None:
    """What succeeded; None when the child did not say."""
    canary = folder / "foreign" / "canary"
    for name in ("foreign", "own", "own/out"):
        (folder / name).mkdir()
    canary.write_text("foreign")
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as report:
        options = {"canary": str(canary), "owner": os.getpid()}
        try:
            child = mother.spawn("probe", folder / "own", (writing, writing, writing), options=options)
        finally:
            os.close(writing)
        child.wait(PROBE_SECONDS)
        child.close()
        said = report.read(REPORT_BYTES)
    try:
        found: list[str] = json.loads(said)
    except ValueError:
        return None
    return found
