"""A copy of a local home while runs are going, and a home made of it: `python -m store.backup make|restore PATH`.

The blobs are linked aside before and after the database is copied, until each blob that the copy names is among them:
files are never changed in place, so that a link stays what it was when a run replaces the file.
"""

import argparse
import os
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path

from sqlalchemy.engine import make_url

from store.archive import Manifest, read_archive, write_archive
from store.audit import Promised, promised
from store.database import Database
from store.errors import BackupRefused, StoreError
from store.schema import found_revision, refuse_newer
from store.settings import Settings, read_settings

DATABASE = "horngate.db"
KEYS = ("admin.key", "service.key", "up.env")
NOT_KEPT = (".drafts", "quarantine")
MOST_TRIES = 50


def make_backup(settings: Settings, target: Path) -> Manifest:
    """Write the backup to `target`, a new folder or a `.tar`, `.tar.gz`; what it lacks or found damaged is in it.

    Raises BackupRefused, DatabaseAway, OSError.
    """
    blobs = _local_blobs(settings)
    if target.exists():
        raise BackupRefused(f"{target} is there already: a backup never replaces another. Name a new one.")
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=blobs.parent) as folder:  # where links can be made
        staging = Path(folder)
        missing = _stage(_database_file(settings), blobs, staging)
        for name in KEYS:
            with suppress(FileNotFoundError):
                shutil.copy2(settings.home / name, staging / name)
        hashes = {f"blobs/{one.key}": one.sha256 for one in _named_by(staging) if one.sha256}
        return write_archive(staging, target, promised=hashes, missing=missing, revision=_revision_of(staging))


def restore_backup(settings: Settings, source: Path) -> Manifest:
    """Make the settings' home of the backup. Every byte is compared before anything is there; raises BackupRefused."""
    home = settings.home
    taken = [name for name in (DATABASE, "blobs") if (home / name).exists()]
    if taken:
        raise BackupRefused(f"{home} has a {taken[0]} already. Restore into a new home: --home DIR.")
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".restore-", dir=home) as folder:
        staging = Path(folder)
        manifest = read_archive(source, staging)
        refuse_newer(_revision_of(staging))
        (staging / "blobs").mkdir(exist_ok=True)
        for entry in sorted(staging.iterdir(), key=lambda entry: entry.name == DATABASE):  # which makes it a home
            entry.rename(home / entry.name)
    return manifest


def _stage(database: Path, blobs: Path, staging: Path) -> list[str]:
    """Blobs and a copy of the database that belong together; returns what is missing in the house itself."""
    missing: list[str] | None = None
    _link_new(blobs, staging / "blobs")
    for _ in range(MOST_TRIES):
        _copy_database(database, staging / DATABASE)
        _link_new(blobs, staging / "blobs")
        before, missing = missing, [one.key for one in _named_by(staging) if not (staging / "blobs" / one.key).exists()]
        if not missing or missing == before:  # twice the same: nobody is about to replace it, it is gone
            return missing
    return missing or []


def _link_new(blobs: Path, at: Path) -> None:
    """Hard links to the files that are not there yet; what is deleted meanwhile is left out."""
    at.mkdir(exist_ok=True)
    for folder, inner, names in os.walk(blobs):
        inner[:] = [name for name in inner if Path(folder) != blobs or name not in NOT_KEPT]
        here = at / Path(folder).relative_to(blobs)
        here.mkdir(exist_ok=True)
        for name in names:
            with suppress(FileExistsError, FileNotFoundError):
                os.link(Path(folder) / name, here / name)


def _copy_database(source: Path, target: Path) -> None:
    """SQLite's own way to copy a database that others write to."""
    target.unlink(missing_ok=True)
    with closing(sqlite3.connect(source, timeout=30)) as live, closing(sqlite3.connect(target)) as copy:
        live.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, whole


def _named_by(staging: Path) -> list[Promised]:
    database = _staged(staging)
    try:
        with database.reading() as session:
            return list(promised(session))
    finally:
        database.close()


def _revision_of(staging: Path) -> str | None:
    database = _staged(staging)
    try:
        return found_revision(database)
    finally:
        database.close()
        for suffix in ("-wal", "-shm"):
            (staging / f"{DATABASE}{suffix}").unlink(missing_ok=True)


def _staged(staging: Path) -> Database:
    return Database(Settings(home=staging, mode="local", database_url=f"sqlite:///{staging / DATABASE}"))


def _local_blobs(settings: Settings) -> Path:
    scheme, _, root = settings.blobs_url.partition("://")
    if scheme != "file" or not settings.database_url.startswith("sqlite"):
        raise BackupRefused(
            "This copies local mode: a SQLite file and a folder. For PostgreSQL and S3 take pg_dump first, then the "
            "bucket: docs/guides/operating.md has the order."
        )
    if not _database_file(settings).is_file():
        raise BackupRefused(f"There is nothing to back up: {_database_file(settings)} does not exist.")
    return Path(root)


def _database_file(settings: Settings) -> Path:
    return Path(make_url(settings.database_url).database or "")


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says: 0 where all is whole, 1 where something was missing or damaged, 2 else."""
    parser = argparse.ArgumentParser(prog="python -m store.backup", description=__doc__)
    parser.add_argument("verb", choices=("make", "restore"))
    parser.add_argument("path", type=Path)
    given = parser.parse_args(arguments)
    try:
        act = make_backup if given.verb == "make" else restore_backup
        manifest = act(read_settings(), given.path.expanduser().absolute())
    except (StoreError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write(f"{len(manifest.files)} files, {manifest.bytes / 1e6:.1f} MB, tables at {manifest.revision}.\n")
    for key in (*manifest.missing, *manifest.damaged):
        sys.stderr.write(f"{key} was missing or damaged already: `horngate doctor --blobs` says whose it is.\n")
    return 1 if manifest.missing or manifest.damaged else 0


if __name__ == "__main__":
    sys.exit(main())
