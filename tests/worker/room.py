"""The worker's room for tests: a home with a real database and a real broker, and the services started on it."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

import httpx
import psutil
from sqlalchemy import make_url

from models_lib.data.profile import profile_dataset
from models_lib.spec.reading import read_document
from models_lib.spec.resolve import resolve_spec
from store.asking import ask_cancel, ask_pause, ask_resume, ask_stop
from store.blobs import Blobs
from store.database import Database
from store.datasets import add_dataset, blob_key, find_dataset
from store.errors import RunIsFinal
from store.events import read_events
from store.lifecycle import UNFINISHED, WorkerState
from store.people import find_project, find_user
from store.private import service_secret
from store.queue import Waker
from store.rows import Event, Run
from store.runs import RunFilter, add_run, get_run, list_runs, mark_woken
from store.settings import Settings
from store.workers import list_workers

ROOT = Path(__file__).resolve().parents[2]
LEASE_SECONDS = 6.0
READY_SECONDS = 120.0
Found = TypeVar("Found")

SPEC = """
name: sums
dataset: numbers
inputs: {x: {columns: [a, b], preprocess: null}}
targets: {total: {column: total}}
split: {validation: 0.2}
model: {kind: sequential, layers: ['Dense(8, activation="relu")', {name: total, layer: Dense(1)}]}
compile: {optimizer: Adam(0.01), loss: mse}
fit: {epochs: 3, batch_size: 16}
"""
ENDLESS = {"epochs": 100_000}


def until(look: Callable[[], Found], *, seconds: float = 60.0) -> Found:
    """What `look` finds as soon as it finds something."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.02)
    return found


def is_lock_to_be_had(file: str | None, seconds: float = 1.0) -> bool:
    """Whether others let go of SQLite's lock within this time; it is not kept."""
    assert file is not None
    with closing(sqlite3.connect(file, timeout=seconds)) as connection, suppress(sqlite3.OperationalError):
        connection.execute("BEGIN IMMEDIATE")
        return True
    return False


@dataclass
class Room:
    """A home, and who works on it."""

    home: Path
    services: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    @cached_property
    def settings(self) -> Settings:
        return Settings(home=self.home, lease_seconds=LEASE_SECONDS, reconcile_seconds=1, worker_slots=1)

    @cached_property
    def database(self) -> Database:
        return Database(self.settings)

    @cached_property
    def blobs(self) -> Blobs:
        return Blobs(self.settings)

    @cached_property
    def waker(self) -> Waker:
        return Waker(self.settings)

    @property
    def environment(self) -> dict[str, str]:
        fields = {"home": self.home, "lease_seconds": LEASE_SECONDS, "reconcile_seconds": 1, "worker_slots": 1}
        return {**os.environ, **{f"HORNGATE_{name.upper()}": str(value) for name, value in fields.items()}}

    def start(self, module: str, **settings: str) -> "subprocess.Popen[bytes]":
        log = (self.home / f"{module}-{len(self.services)}.log").open("wb")
        command = [sys.executable, "-m", module]
        with log:
            service = subprocess.Popen(command, cwd=ROOT, env=self.environment | settings, stdout=log, stderr=log)
        self.services.append(service)
        return service

    def start_worker(self, **settings: str) -> "subprocess.Popen[bytes]":
        """A worker that is ready to train."""
        service = self.start("worker", **settings)
        until(lambda: self._is_ready(service), seconds=READY_SECONDS)
        return service

    def freeze(self, service: "subprocess.Popen[bytes]") -> None:
        """Stop it, but not while it writes: SQLite's lock would be held from everybody for as long as it stands."""

        def stands_without_the_lock() -> bool:
            service.send_signal(signal.SIGSTOP)
            if is_lock_to_be_had(make_url(str(self.settings.database_url)).database):
                return True
            service.send_signal(signal.SIGCONT)
            return False

        until(stands_without_the_lock)

    def _is_ready(self, service: "subprocess.Popen[bytes]") -> bool:
        assert service.poll() is None
        with self.database.reading() as session:
            return service.pid in {worker.pid for worker in list_workers(session, state=WorkerState.ALIVE).items}

    def migrate(self) -> None:
        command = [sys.executable, "-m", "store.migrate", "upgrade"]
        subprocess.run(command, cwd=ROOT, env=self.environment, check=True, capture_output=True)

    def add_numbers(self) -> None:
        """A small table whose third column is the sum of the others."""
        for name, count in (("numbers", 200), ("many", 30_000)):
            rows = "\n".join(f"{i % 7},{i % 5},{i % 7 + i % 5}" for i in range(count))
            self.add_table(name, f"a,b,total\n{rows}\n")

    def add_table(self, name: str, text: str) -> None:
        file = self.home / f"{name}.csv"
        file.write_text(text)
        digest = sha256(file.read_bytes()).hexdigest()
        profile = profile_dataset(file, file.name)
        self.blobs.put_file(blob_key(digest), file)
        with self.database.transaction() as session:
            add_dataset(
                session,
                project_id=find_project(session).id,
                owner_id=find_user(session).id,
                name=name,
                format=profile.format,
                rows=profile.rows,
                bytes=file.stat().st_size,
                sha256=digest,
                profile=profile.model_dump(mode="json"),
            )

    def resolve(self, **changes: Any) -> dict[str, Any]:
        """The spec of sums, resolved, with some of its sections changed."""
        document = read_document(SPEC)
        assert isinstance(document, dict)
        for name, change in changes.items():
            document[name] = document.get(name, {}) | change if isinstance(change, Mapping) else change
        name = document["dataset"]
        profile = profile_dataset(self.home / f"{name}.csv", f"{name}.csv")
        return resolve_spec(document, {name: profile}).spec.model_dump(mode="json")

    def submit(self, *, wake: bool = True, **changes: Any) -> str:
        """Queue a run as the api does; its id."""
        spec = self.resolve(**changes)
        with self.database.transaction() as session:
            project = find_project(session)
            pinned = {"train": find_dataset(session, project.id, spec["dataset"]).id}
            owner = find_user(session).id
            run = add_run(
                session,
                spec=spec,
                name=spec["name"],
                project_id=project.id,
                owner_id=owner,
                queue=spec["queue"],
                datasets=pinned,
            )
        if wake and self.waker.wake_worker(run.id, run.queue):
            with self.database.transaction() as session:
                mark_woken(session, [run.id])
        return run.id

    def look(self, run_id: str) -> Run:
        with self.database.reading() as session:
            return get_run(session, run_id)

    def wait(self, run_id: str, *, seconds: float = 60.0) -> Run:
        """The run, when it has ended."""
        until(lambda: self.look(run_id).status.is_final, seconds=seconds)
        return self.look(run_id)

    def wait_for_epoch(self, run_id: str, epoch: int) -> Run:
        until(lambda: ((self.look(run_id).last or {}).get("epoch") or 0) >= epoch)
        return self.look(run_id)

    def stop(self, run_id: str) -> None:
        with self.database.transaction() as session:
            ask_stop(session, run_id)

    def pause(self, run_id: str) -> None:
        with self.database.transaction() as session:
            ask_pause(session, run_id)

    def resume(self, run_id: str) -> None:
        with self.database.transaction() as session:
            ask_resume(session, run_id)

    def cancel(self, run_id: str) -> None:
        with self.database.transaction() as session:
            ask_cancel(session, run_id)

    def cancel_all(self) -> None:
        """Leave the workers free."""
        with self.database.reading() as session:
            unfinished = list_runs(session, RunFilter(statuses=UNFINISHED)).items
        for run in unfinished:
            with suppress(RunIsFinal):
                self.cancel(run.id)

    def events(self, run_id: str, kind: str) -> list[Event]:
        with self.database.reading() as session:
            return [event for event in read_events(session, run_id, limit=10_000) if event.kind == kind]

    def log_of(self, run_id: str) -> str:
        chunks = self.blobs.list(f"runs/{run_id}/logs")
        return "".join(self.blobs.read_bytes(key).decode() for key, _ in chunks)

    def predictor_client(self) -> httpx.Client:
        socket = self.settings.predictor_url.removeprefix("unix:")
        secret = {"X-Horngate-Service": service_secret(self.settings)}
        transport = httpx.HTTPTransport(uds=socket)
        return httpx.Client(transport=transport, base_url="http://predictor", headers=secret, timeout=60)


def descendants(service: "subprocess.Popen[bytes]") -> list[psutil.Process]:
    """Mother first, then her children."""
    return psutil.Process(service.pid).children(recursive=True)


def all_gone(processes: list[psutil.Process]) -> bool:
    return not any(process.is_running() and process.status() != psutil.STATUS_ZOMBIE for process in processes)


@contextmanager
def open_room(home: Path) -> Iterator[Room]:
    """A migrated database and a running broker; whatever is started on it is stopped at the end."""
    room = Room(home)
    room.start("store.valkey")
    try:
        room.migrate()
        room.add_numbers()
        yield room
    finally:
        for service in reversed(room.services):
            service.send_signal(signal.SIGTERM)
        for service in reversed(room.services):
            service.wait(timeout=15)
