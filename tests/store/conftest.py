"""The storage contract runs over both engines: a test that takes `database` or `settings` runs twice."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest
from sqlalchemy.engine import make_url

from store import people, runs
from store.claims import Claim, claim_next_run
from store.database import Database
from store.datasets import add_dataset
from store.migrate import upgrade
from store.rows import Dataset, Run
from store.settings import Settings
from tests.postgres import fresh_database, running_postgres

T = TypeVar("T")
ENGINES = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """One server for the whole session."""
    with running_postgres() as url:
        yield url


@pytest.fixture(scope="session")
def migrated_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a migrated SQLite database, to be copied."""
    home = tmp_path_factory.mktemp("migrated")
    upgrade(Settings(home=home))
    return home


@pytest.fixture(scope="session")
def migrated_postgres(postgres: str, migrated_home: Path) -> Iterator[str]:
    """The name of a migrated PostgreSQL database, to be copied."""
    with fresh_database(postgres) as url:
        upgrade(Settings(home=migrated_home, database_url=url))
        yield str(make_url(url).database)


@pytest.fixture(params=ENGINES)
def empty_settings(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    """Settings that name a database without tables."""
    if request.param == "sqlite":
        yield Settings(home=tmp_path / "home")
        return
    with fresh_database(request.getfixturevalue("postgres")) as url:
        yield Settings(home=tmp_path / "home", database_url=url)


@pytest.fixture(params=ENGINES)
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    """Settings that name a migrated database of the test's own."""
    shutil.copytree(request.getfixturevalue("migrated_home"), tmp_path / "home")
    if request.param == "sqlite":
        yield Settings(home=tmp_path / "home")
        return
    template = request.getfixturevalue("migrated_postgres")
    with fresh_database(request.getfixturevalue("postgres"), template) as url:
        yield Settings(home=tmp_path / "home", database_url=url)


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    """A migrated database of the test's own."""
    database = Database(settings)
    yield database
    database.close()


@dataclass
class Shop:
    """Short ways to say what a test begins with."""

    database: Database
    project_id: str
    owner_id: str

    def add_dataset(self, name: str = "housing", sha256: str = "a" * 64) -> Dataset:
        with self.database.transaction() as session:
            dataset, _ = add_dataset(
                session,
                project_id=self.project_id,
                owner_id=self.owner_id,
                name=name,
                format="csv",
                rows=3,
                bytes=12,
                sha256=sha256,
                profile={"columns": []},
            )
        return dataset

    def add_run(self, name: str = "a run", **more: object) -> Run:
        given = {"spec": {"name": name}, "datasets": {}, **more}
        with self.database.transaction() as session:
            return runs.add_run(session, name=name, project_id=self.project_id, owner_id=self.owner_id, **given)  # type: ignore[arg-type]

    def claim(self, worker_id: str = "wrk_a", seconds: float = 60) -> Claim:
        claim = self.try_claim(worker_id, seconds)
        assert claim is not None
        return claim

    def try_claim(self, worker_id: str = "wrk_a", seconds: float = 60, queue: str = "default") -> Claim | None:
        with self.database.transaction() as session:
            return claim_next_run(session, worker_id=worker_id, queues=[queue], lease_seconds=seconds)

    def write(self, write: Callable[..., T], *args: object, **more: object) -> T:
        with self.database.transaction() as session:
            return write(session, *args, **more)

    def read(self, read: Callable[..., T], *args: object, **more: object) -> T:
        with self.database.reading() as session:
            return read(session, *args, **more)


@pytest.fixture
def shop(database: Database) -> Shop:
    """The migrated database with its default project and administrator."""
    with database.reading() as session:
        return Shop(database, people.find_project(session).id, people.find_user(session).id)
