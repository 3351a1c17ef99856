"""Whether the blobs hold what the database promises: `python -m store.audit [--quick] [--json]`."""

import argparse
import hashlib
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from store import components, datasets
from store.blobs import Blobs
from store.database import Database
from store.errors import BlobMissing, StoreError
from store.results import artifact_key
from store.rows import Artifact, Checkpoint, Component, Dataset, Event
from store.settings import read_settings

CHUNK_BYTES = 4 * 2**20


@dataclass(frozen=True)
class Promised:
    """A blob that rows speak of; a log's chunk has no hash."""

    key: str
    owner: str
    sha256: str | None = None


@dataclass(frozen=True)
class Fault:
    """A blob that is not as promised."""

    key: str
    owner: str
    found: str
    mend: str


@dataclass
class Audit:
    """What was looked at, and what is wrong."""

    blobs: int = 0
    bytes: int = 0
    faults: list[Fault] = field(default_factory=list)


def promised(session: Session) -> Iterator[Promised]:
    """Every blob that a row names: data sets, components, checkpoints, artifacts, logs."""
    for dataset in session.scalars(select(Dataset).where(Dataset.link.is_(None))):
        yield Promised(datasets.blob_key(dataset.sha256), f"data set {dataset.name}@{dataset.version}", dataset.sha256)
    for component in session.scalars(select(Component)):
        key = components.blob_key(component.sha256)
        yield Promised(key, f"component {component.name}@{component.version}", component.sha256)
    for checkpoint in session.scalars(select(Checkpoint)):
        for name, said in checkpoint.manifest.items():
            sha256 = said.get("sha256") if isinstance(said, dict) else None
            owner = f"checkpoint {checkpoint.name} of {checkpoint.run_id}"
            yield Promised(f"{checkpoint.prefix}/{name}", owner, sha256)
    for artifact in session.scalars(select(Artifact)):
        yield Promised(artifact_key(artifact), f"artifact {artifact.path} of {artifact.run_id}", artifact.sha256)
    for event in session.scalars(select(Event).where(Event.kind == "log")):
        chunk = event.data.get("chunk")
        if isinstance(chunk, int):
            yield Promised(f"runs/{event.run_id}/logs/{event.attempt}/{chunk:08d}.jsonl", f"log of {event.run_id}")


def audit(database: Database, blobs: Blobs, *, quick: bool = False) -> Audit:
    """Look at every blob once; `quick` asks only whether it is there. What was replaced meanwhile is no fault."""
    found = Audit()
    seen: set[Promised] = set()
    for one in _read(database):
        if one not in seen:
            seen.add(one)
            _look_at(blobs, one, found, quick=quick)
    if found.faults:
        still = {one.key for one in _read(database)}
        found.faults = [fault for fault in found.faults if fault.key in still]
    return found


def _read(database: Database) -> list[Promised]:
    with database.reading() as session:
        return list(promised(session))


def _look_at(blobs: Blobs, one: Promised, found: Audit, *, quick: bool) -> None:
    mend = f"Restore {one.key} from a backup, or delete the {one.owner.split(' of ')[-1]}."
    try:
        size = blobs.size(one.key)
        sha256 = one.sha256 if quick or one.sha256 is None else hash_blob(blobs, one.key)
    except BlobMissing:
        found.faults.append(Fault(one.key, one.owner, "It is missing.", mend))
        return
    found.blobs += 1
    found.bytes += size
    if sha256 != one.sha256:
        found.faults.append(Fault(one.key, one.owner, f"It is damaged: its SHA-256 is {sha256}.", mend))


def hash_blob(blobs: Blobs, key: str) -> str:
    """The SHA-256 of what lies there; raises BlobMissing."""
    digest = hashlib.sha256()
    with blobs.open(key) as file:
        while block := file.read(CHUNK_BYTES):
            digest.update(block)
    return digest.hexdigest()


def main(arguments: Sequence[str] | None = None) -> int:
    """Tell what was found: 0 where all is whole, 1 where something is not, 2 where nothing could be looked at."""
    parser = argparse.ArgumentParser(prog="python -m store.audit", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="ask only whether each blob is there")
    parser.add_argument("--json", action="store_true", help="for programs")
    given = parser.parse_args(arguments)
    try:
        settings = read_settings()
        found = audit(Database(settings), Blobs(settings), quick=given.quick)
    except StoreError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    tell(found, sys.stdout.write, as_json=given.json)
    return 1 if found.faults else 0


def tell(found: Audit, write: Callable[[str], Any], *, as_json: bool) -> None:
    """One line for the whole, and one for each fault."""
    if as_json:
        write(json.dumps(asdict(found)) + "\n")
        return
    write(f"{found.blobs} blobs with {found.bytes / 1e6:.1f} MB are there; {len(found.faults)} faults.\n")
    for fault in found.faults:
        write(f"{fault.key} ({fault.owner}): {fault.found} {fault.mend}\n")


if __name__ == "__main__":
    sys.exit(main())
