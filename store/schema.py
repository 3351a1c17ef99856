"""Which revision of the tables this code was written for, and which one the database has. Needs no Alembic."""

from pathlib import Path

from sqlalchemy import inspect, text

from store.database import Database
from store.errors import SchemaMismatch

MIGRATIONS = Path(__file__).parent.parent / "migrations"


def known_revisions() -> list[str]:
    """The revisions in migrations/versions, whose names begin with their number, the newest last."""
    return sorted(path.stem.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def found_revision(database: Database) -> str | None:
    """The revision of the database, or None where it has no tables yet; raises DatabaseAway."""
    with database.reading() as session:
        if not inspect(session.connection()).has_table("alembic_version"):
            return None
        revision: str | None = session.scalar(text("SELECT version_num FROM alembic_version"))
        return revision


def refuse_newer(found: str | None) -> None:
    """Raise SchemaMismatch where the database was made by a newer version of the code."""
    known = known_revisions()
    if found is not None and found not in known:
        raise SchemaMismatch(
            f"The database is at revision {found}, of which this version of Horngate knows nothing (its newest: "
            f"{known[-1]}). A newer version has used it: run that one, or restore a backup from before."
        )


def require_current_schema(database: Database) -> None:
    """For every service at its start; raises SchemaMismatch with what to do, or DatabaseAway."""
    found, known = found_revision(database), known_revisions()
    refuse_newer(found)
    if found != known[-1]:
        raise SchemaMismatch(
            f"The database is at revision {found or 'none'}, this version of Horngate needs {known[-1]}: "
            "run `python -m store.migrate upgrade` first."
        )
