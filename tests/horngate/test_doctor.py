"""`horngate doctor` finds what is planted, also while nothing runs, and says how to mend it."""

import hashlib
import json
import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import text

from store.blobs import Blobs
from store.database import Database
from store.migrate import upgrade
from store.settings import Settings
from tests.stack import clean_environment, type_command


def look(home: Path, *words: str) -> dict[str, dict[str, Any]]:
    answer = type_command(
        *("doctor", "--json", *words), environment=clean_environment(home) | {"HORNGATE_HOME": str(home)}, cwd=home
    )
    return {one["what"]: one for one in json.loads(answer.stdout)}


def make_house(home: Path) -> Settings:
    settings = Settings(home=home)
    upgrade(settings)
    return settings


def test_a_home_that_a_newer_version_has_used_is_named(tmp_path: Path) -> None:
    make_house(tmp_path)
    assert look(tmp_path)["local tables"]["ok"]
    with sqlite3.connect(tmp_path / "horngate.db") as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")

    found = look(tmp_path)

    assert not found["local tables"]["ok"]
    assert "9999" in found["local tables"]["found"]
    assert "run that version" in found["local tables"]["mend"]
    assert "horngate up" in found["address"]["found"]


def test_a_database_that_is_none_any_more_is_named(tmp_path: Path) -> None:
    (tmp_path / "horngate.db").write_bytes(b"torn" * 1000)

    found = look(tmp_path)["local tables"]

    assert not found["ok"]
    assert "horngate restore" in found["mend"]


def test_stored_files_that_are_missing_or_damaged_are_named_with_their_owners(tmp_path: Path) -> None:
    settings = make_house(tmp_path)
    blobs, database = Blobs(settings), Database(settings)
    with database.transaction() as session:
        project = session.scalar(text("SELECT id FROM projects"))
        user = session.scalar(text("SELECT id FROM users"))
        for name in ("whole", "bent", "lost"):
            sha256 = hashlib.sha256(name.encode()).hexdigest()
            session.execute(
                text(
                    "INSERT INTO datasets (id, project_id, owner_id, name, version, format, rows, bytes, sha256,"
                    " profile, created_at) VALUES (:id, :p, :u, :id, 1, 'csv', 1, 1, :h, '{}', '2026-01-01 00:00:00')"
                ),
                {"id": name, "p": project, "u": user, "h": sha256},
            )
            blobs.put_bytes(f"datasets/{sha256}", name.encode())
    for name, change in (("bent", b"BENT"), ("lost", None)):
        key = f"datasets/{hashlib.sha256(name.encode()).hexdigest()}"
        blobs.delete(key) if change is None else blobs.put_bytes(key, change)

    answer = type_command(
        *("doctor", "--blobs"), environment=clean_environment(tmp_path) | {"HORNGATE_HOME": str(tmp_path)}, cwd=tmp_path
    )

    assert answer.returncode == 1
    assert "2 missing or damaged" in answer.stdout
    assert "data set bent@1): It is damaged" in answer.stdout
    assert "data set lost@1): It is missing." in answer.stdout
    assert "whole@1" not in answer.stdout
