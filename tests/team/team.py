"""A team's Horngate for tests: PostgreSQL, S3, Valkey over TCP, and every process on a machine of its own."""

import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx
import psycopg
import redis
from sqlalchemy.engine import make_url

from horngate.client.connecting import Remote, connect
from horngate.client.runs import Run
from store.blobs import Blobs
from store.settings import Settings
from store.valkey import find_server
from tests.api.serving import free_port
from tests.forwarding import forwarded
from tests.postgres import fresh_database, running_postgres
from tests.s3 import BUCKET, running_s3
from tests.stack import ROOT, clean_environment, until

LEASE_SECONDS = 6.0
READY_SECONDS = 420.0
SPEC: dict[str, Any] = {
    "name": "sums",
    "dataset": "numbers",
    "inputs": {"x": {"columns": ["a", "b"], "preprocess": None}},
    "targets": {"total": {"column": "total"}},
    "split": {"validation": 0.2},
    "model": {"kind": "sequential", "layers": ["Dense(8)", {"name": "total", "layer": "Dense(1)"}]},
    "compile": {"optimizer": "Adam(0.01)", "loss": "mse"},
    "fit": {"epochs": 3, "batch_size": 16},
}
ENDLESS = {"epochs": 100_000, "batch_size": 16}

Service = subprocess.Popen[bytes]


@dataclass
class Team:
    """The service as its users see it, and the machines it runs on."""

    folder: Path
    stores: dict[str, str]
    s3: ExitStack
    ports: dict[str, int] = field(
        default_factory=lambda: {name: free_port() for name in ("api", "predictor", "boards")}
    )
    key: str = field(default_factory=lambda: f"hg_{secrets.token_urlsafe(32)}")
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    services: list[Service] = field(default_factory=list)
    workers: dict[str, Service] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.ports['api']}"

    @cached_property
    def remote(self) -> Remote:
        return connect(self.url, self.key)

    @cached_property
    def http(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {self.key}"}, timeout=60)

    @cached_property
    def blobs(self) -> Blobs:
        """What lies in S3."""
        names = ("blobs_url", "s3_endpoint", "s3_key", "s3_secret")
        return Blobs(Settings(home=self.folder, **{name: self.stores[name] for name in names}))  # type: ignore[arg-type]

    def environment(self, machine: str) -> dict[str, str]:
        """As the compose file has it, on the machine of this name."""
        given = {
            **self.stores,
            "mode": "team",
            "home": str(self.folder / machine),
            "port": str(self.ports["api"]),
            "predictor_url": f"http://127.0.0.1:{self.ports['predictor']}",
            "boards_url": f"http://127.0.0.1:{self.ports['boards']}",
            "service_secret": self.secret,
            "admin_key": self.key,
            "worker_slots": "1",
            "worker_cpu_devices": "2",
            "lease_seconds": str(LEASE_SECONDS),
            "reconcile_seconds": "1",
        }
        return clean_environment(self.folder) | {f"HORNGATE_{name.upper()}": value for name, value in given.items()}

    def start(self, module: str, machine: str) -> Service:
        with (self.folder / f"{machine}-{len(self.services)}.log").open("wb") as log:
            service = subprocess.Popen(
                [sys.executable, "-m", module], cwd=ROOT, env=self.environment(machine), stdout=log, stderr=log
            )
        self.services.append(service)
        return service

    def start_worker(self, machine: str) -> None:
        self.workers[machine] = self.start("worker", machine)

    def migrate(self) -> None:
        command = [sys.executable, "-m", "store.migrate", "upgrade"]
        subprocess.run(command, cwd=ROOT, env=self.environment("migrate"), check=True, capture_output=True)

    def live_workers(self) -> dict[int, str]:
        """Their processes' numbers and their ids."""
        found = self.http.get("/v1/workers").raise_for_status().json()["data"]
        return {worker["pid"]: worker["id"] for worker in found if worker["state"] == "alive"}

    def wait_for_workers(self) -> None:
        pids = {worker.pid for worker in self.workers.values()}
        until(lambda: self.live_workers().keys() >= pids, READY_SECONDS)

    def is_worker_healthy(self) -> bool:
        """What the compose file asks inside a worker's container."""
        command = [sys.executable, "-m", "worker.alive"]
        return subprocess.run(command, cwd=ROOT, env=self.environment("first"), check=False).returncode == 0

    def wait_until_ready(self) -> None:
        """Until every part is there, the ones that a start does not need, too."""

        def is_ready() -> bool:
            assert all(worker.poll() is None for worker in self.workers.values()), self.last_words()
            try:
                parts = self.http.get("/readyz").json()["parts"]
            except httpx.TransportError:
                return False
            return all(part["ok"] for part in parts.values())

        until(is_ready, READY_SECONDS)
        self.wait_for_workers()

    def last_words(self) -> str:
        logs = sorted(self.folder.glob("*.log"))
        return "\n".join(f"{log.name}: {log.read_text(errors='replace')[-1500:]}" for log in logs)

    def submit(self, **changes: Any) -> Run:
        return self.remote.runs.create(SPEC | changes)

    def machine_of(self, run: Run) -> str:
        """Where the run is trained."""
        [pid] = [worker["pid"] for worker in self.http.get("/v1/workers").json()["data"] if worker["running"]]
        return next(machine for machine, worker in self.workers.items() if worker.pid == pid)

    def attempts(self, run: Run) -> list[tuple[int, str, str | None]]:
        """Number, state and reason of what its attempts did, in the order in which they did."""
        events = self.events(run, "attempt")
        return [(event["attempt"], event["state"], event.get("reason")) for event in events]

    def events(self, run: Run, kind: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while page := self.http.get(f"{run.path}/events", params={"after": found[-1]["seq"] if found else 0}).json():
            if not page["data"]:
                break
            found += page["data"]
        return [event for event in found if event["kind"] == kind]

    def cancel_all(self) -> None:
        """Leave the workers free."""
        unfinished = [run for status in ("queued", "running") for run in self.remote.runs.list(status=status)]
        for run in unfinished:
            run.cancel()
        for run in unfinished:
            until(lambda run=run: run.refresh().is_final, 60)

    def stop(self) -> list[int]:
        """SIGTERM to every process; how they ended."""
        alive = [service for service in self.services if service.poll() is None]
        for service in alive:
            service.send_signal(signal.SIGTERM)
        try:
            return [service.wait(timeout=15) for service in alive]
        finally:
            for service in alive:
                service.kill()


@contextmanager
def open_team(folder: Path) -> Iterator[Team]:
    """Everything started and ready; stopped at the end."""
    with ExitStack() as stack, ExitStack() as s3:
        database = stack.enter_context(fresh_database(stack.enter_context(running_postgres())))
        stores = {
            "database_url": database,
            "worker_database_url": stack.enter_context(published(database)),
            "broker_url": stack.enter_context(running_tcp_valkey()),
            "blobs_url": f"s3://{BUCKET}/a team/files",
            "s3_endpoint": s3.enter_context(running_s3()),
            "s3_key": "any",
            "s3_secret": "any",
        }
        team = Team(folder, stores, s3)
        try:
            team.migrate()
            for module, machine in (("api", "api"), ("worker.predictor", "predictor"), ("boards", "boards")):
                team.start(module, machine)
            for machine in ("first", "second"):
                team.start_worker(machine)
            team.wait_until_ready()
            yield team
        finally:
            team.stop()


@contextmanager
def running_tcp_valkey() -> Iterator[str]:
    """Valkey on a port, as in a team; gives its URL."""
    port = free_port()
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    server = subprocess.Popen([find_server(), *options], stdout=subprocess.DEVNULL)
    try:
        url = f"redis://127.0.0.1:{port}/0"
        with redis.Redis.from_url(url) as client:
            until(lambda: answers(client))
        yield url
    finally:
        server.terminate()
        server.wait(10)


def answers(client: "redis.Redis") -> bool:
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False


@contextmanager
def database_away(team: Team) -> Iterator[None]:
    """PostgreSQL throws out every client of the team's database, and lets none in."""
    url = make_url(team.stores["database_url"])
    with psycopg.connect(url.set(drivername="postgresql", database="postgres").render_as_string(False)) as connection:
        connection.autocommit = True
        connection.execute(f"ALTER DATABASE {url.database} ALLOW_CONNECTIONS false")
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [url.database])
        try:
            yield
        finally:
            connection.execute(f"ALTER DATABASE {url.database} ALLOW_CONNECTIONS true")


@contextmanager
def published(database_url: str) -> Iterator[str]:
    """The database's address as a machine elsewhere knows it: a port in place of a private socket."""
    url = make_url(database_url)
    socket = Path(str(url.query["host"])) / f".s.PGSQL.{url.port or 5432}"
    with forwarded(socket) as port:
        yield url.set(host="127.0.0.1", port=port, query={}).render_as_string(hide_password=False)


def write_numbers(file: Path, *, rows: int = 200) -> Path:
    """A small table whose third column is the sum of the others."""
    lines = "\n".join(f"{i % 7},{i % 5},{i % 7 + i % 5}" for i in range(rows))
    file.write_text(f"a,b,total\n{lines}\n")
    return file
