"""The connection to the database, and the two ways to use it: to read, and to change something in one transaction."""

import json
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from store.errors import DatabaseAway, DatabaseFull, SettingsRefused
from store.fairness import Limits
from store.settings import Settings
from store.sight import session_info

BUSY_SECONDS = 30
"""How long a writer waits for another writer of the same SQLite file."""
IDLE_SECONDS = 10
"""How long PostgreSQL leaves the locks of a transaction to a client that says nothing: frozen, or cut off."""
DISK_FULL = "53100"
"""What PostgreSQL calls a full disk."""


class Database:
    """One per process. Sessions are short, and a row that was read stays readable after its session has closed."""

    def __init__(self, settings: Settings) -> None:
        self.engine = make_engine(settings)
        self._writing = self.engine.execution_options(sqlite_begin="IMMEDIATE")
        self._reading = self.engine.execution_options(sqlite_readonly=True, postgresql_readonly=True)
        self._info: dict[str, object] = {"limits": Limits(settings.runs_per_user, settings.runs_per_project)}

    def seen_with(self, projects: Sequence[str] | None) -> "Database":
        """The same database for somebody who may see these projects alone; None: everything."""
        narrowed = copy(self)
        narrowed._info = {"limits": self._info["limits"], **session_info(projects)}
        return narrowed

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A session that commits at the end, or rolls back when an error leaves the block."""
        with named_errors(), self._session(self._writing) as session, session.begin():
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that sees one state of the database and changes nothing."""
        with named_errors(), self._session(self._reading) as session:
            yield session

    def _session(self, engine: Engine) -> Session:
        return Session(engine, expire_on_commit=False, info=self._info)

    def ping(self) -> None:
        """Ask the database for one row; raises DatabaseAway."""
        with self.reading() as session:
            session.execute(text("SELECT 1"))

    def close(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()


def make_engine(settings: Settings) -> Engine:
    """An engine for the settings' URL, with what SQLite or PostgreSQL needs."""
    url = _read_url(settings.database_url)
    arguments = {
        "json_serializer": dump_json,
        "pool_size": settings.database_pool_size,
        "max_overflow": settings.database_pool_overflow,
    }
    if url.get_backend_name() == "sqlite":
        return _make_sqlite_engine(url, arguments)
    # The encoding is asked for because a database made without a locale (SQL_ASCII) would answer in bytes.
    connecting = {"connect_timeout": 5, "client_encoding": "utf8"}
    engine = create_engine(url, pool_pre_ping=True, connect_args=connecting, **arguments)
    event.listen(engine, "connect", _prepare_postgresql)
    return engine


def _read_url(given: str) -> URL:
    try:
        url = make_url(given)
        backend = url.get_backend_name()
    except ArgumentError:
        backend = ""
    if backend not in ("sqlite", "postgresql"):
        raise SettingsRefused(
            "HORNGATE_DATABASE_URL is not the URL of a database that Horngate knows: "
            "sqlite:///FILE or postgresql+psycopg://USER:PASSWORD@HOST/NAME."
        )
    return url if backend == "sqlite" else url.set(drivername="postgresql+psycopg")


def _make_sqlite_engine(url: URL, arguments: dict[str, Any]) -> Engine:
    try:
        Path(url.database or "").parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise DatabaseAway(f"The folder of the database cannot be made: {error}") from error
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS}, **arguments)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    """The driver shall not begin transactions by itself: `_begin_sqlite` does (SQLAlchemy's recipe for all Pythons)."""
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")


def _prepare_postgresql(connection: Any, _record: object) -> None:
    """A plan is made for the values that are asked for: one for any values reads a million rows to find a rare one.

    And nobody waits longer for a row's lock than its holder may stand still with it.
    """
    connection.execute("SET plan_cache_mode = force_custom_plan")
    connection.execute(f"SET idle_in_transaction_session_timeout = '{IDLE_SECONDS}s'")
    connection.commit()


def _begin_sqlite(connection: Connection) -> None:
    """A writer takes the write lock at once, so that its first write can never find that what it read is stale."""
    options = connection.get_execution_options()
    connection.exec_driver_sql(f"PRAGMA query_only = {int(options.get('sqlite_readonly', False))}")
    connection.exec_driver_sql(f"BEGIN {options.get('sqlite_begin', 'DEFERRED')}")


@contextmanager
def named_errors() -> Iterator[None]:
    """What the driver says of a database that is away becomes DatabaseAway."""
    try:
        yield
    except OperationalError as error:
        if "disk is full" in str(error.orig) or getattr(error.orig, "sqlstate", None) == DISK_FULL:
            raise DatabaseFull(f"The database's disk is full: {error.orig}") from error
        raise DatabaseAway(f"The database does not answer: {error.orig}") from error
    except PoolTimeout as error:
        raise DatabaseAway("Every connection to the database is in use: raise HORNGATE_DATABASE_POOL_SIZE.") from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise DatabaseAway(f"The connection to the database was lost: {error.orig}") from error
        raise


def dump_json(value: object) -> str:
    """JSON in which a number that is not finite is null: neither JSON nor PostgreSQL knows NaN."""
    try:
        return json.dumps(value, allow_nan=False, separators=(",", ":"))
    except ValueError:
        return json.dumps(_without_nan(value), allow_nan=False, separators=(",", ":"))


def _without_nan(value: object) -> object:
    match value:
        case float() if not math.isfinite(value):
            return None
        case dict():
            return {key: _without_nan(item) for key, item in value.items()}
        case list() | tuple():
            return [_without_nan(item) for item in value]
    return value
