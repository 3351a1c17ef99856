"""The processes that are struck: a broker, an api, a predictor and two workers, started again whenever they fall."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import psutil

from horngate.up.ports import choose_port
from store.blobs import Blobs
from store.database import Database
from store.lifecycle import WorkerState
from store.migrate import upgrade
from store.queue import Waker
from store.settings import Settings
from store.workers import list_workers

ROOT = Path(__file__).resolve().parents[1]
LEASE_SECONDS = 6.0
RECONCILE_SECONDS = 1.0
WORKERS = ("worker-a", "worker-b")
MODULES = {"broker": "store.valkey", "api": "api", "predictor": "worker.predictor", **dict.fromkeys(WORKERS, "worker")}
READY_SECONDS = 900.0


class Town:
    """Everything lies under one home; `services` by name."""

    def __init__(self, home: Path, database_url: str | None, *, has_small_disk: bool = False) -> None:
        port = choose_port("127.0.0.1", 0)
        self.given = {
            "home": str(home),
            "port": str(port),
            "lease_seconds": str(LEASE_SECONDS),
            "reconcile_seconds": str(RECONCILE_SECONDS),
            "worker_slots": "1",
            **({"database_url": database_url} if database_url else {}),
        }
        self.has_small_disk = has_small_disk
        self.settings = Settings(**self.given)  # type: ignore[arg-type]  # words are read as the environment's are
        self.services: dict[str, subprocess.Popen[bytes]] = {}
        self.away_until: dict[str, float] = {}
        upgrade(self.settings)
        self.database, self.blobs, self.waker = Database(self.settings), Blobs(self.settings), Waker(self.settings)

    @property
    def http(self) -> httpx.Client:
        key = (self.settings.home / "admin.key").read_text().strip()
        headers = {"Authorization": f"Bearer {key}"}
        return httpx.Client(base_url=self.settings.public_url, headers=headers, timeout=30, trust_env=False)

    def start(self, name: str) -> None:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("HORNGATE_")}
        environment |= {f"HORNGATE_{key.upper()}": value for key, value in self.given.items()}
        module = [MODULES[name]] if name == "broker" else ["chaos.clocked", str(self._clock_of(name)), MODULES[name]]
        with (self.settings.home / f"{name}.log").open("ab") as log:
            self.services[name] = subprocess.Popen(
                [sys.executable, "-m", *module], cwd=ROOT, env=environment, stdout=log, stderr=log
            )

    def set_clock(self, name: str, wrong_by: float) -> None:
        """Have a service's wall clock be wrong by so many seconds, at once."""
        self._clock_of(name).write_text(str(wrong_by))

    def _clock_of(self, name: str) -> Path:
        return self.settings.home / f"{name}.clock"

    def mend(self) -> None:
        """Start what has fallen and shall not be away any longer."""
        for name in MODULES:
            service = self.services.get(name)
            if (service is None or service.poll() is not None) and self.away_until.get(name, 0) <= time.monotonic():
                self.start(name)

    def strike(self, name: str, number: signal.Signals, *, away: float = 0.0) -> None:
        """Send a signal; who dies of it stays away for so many seconds."""
        self.away_until[name] = time.monotonic() + away
        self.services[name].send_signal(number)
        if number == signal.SIGKILL:
            self.services[name].wait()

    def living_workers(self) -> list[str]:
        """Those that train, or could."""
        with self.database.reading() as session:
            pids = {worker.pid for worker in list_workers(session, state=WorkerState.ALIVE).items}
        return [name for name in WORKERS if name in self.services and self.services[name].pid in pids]

    def trainers(self, name: str | None = None) -> list[psutil.Process]:
        """Of one worker, or of all."""
        found: list[psutil.Process] = []
        for worker in [name] if name else WORKERS:
            with suppress(psutil.Error, KeyError):
                for mother in psutil.Process(self.services[worker].pid).children():
                    found += mother.children()
        return found

    def family(self, name: str) -> list[psutil.Process]:
        with suppress(psutil.Error):
            head = psutil.Process(self.services[name].pid)
            return [head, *head.children(recursive=True)]
        return []

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while len(self.living_workers()) < len(WORKERS) or not self.answers():
            if time.monotonic() > deadline:
                raise TimeoutError("the workers did not come up")
            self.mend()
            time.sleep(0.5)

    def answers(self) -> bool:
        try:
            with self.http as http:
                parts = http.get("/readyz").json()["parts"]
                return all(parts[name]["ok"] for name in ("database", "broker", "predictor"))
        except (httpx.TransportError, ValueError):
            return False

    def stop(self) -> list[psutil.Process]:
        """Ask everybody to end; who is still there after that."""
        families = [process for name in self.services for process in self.family(name)]
        for name in (*WORKERS, "predictor", "api", "broker"):
            if name in self.services:
                self.services[name].terminate()
        for service in self.services.values():
            with suppress(subprocess.TimeoutExpired):
                service.wait(15)
        left = [process for process in families if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]
        for process in left:
            with suppress(psutil.Error):
                process.kill()
        self.database.close()
        return left


def run_of(trainer: psutil.Process) -> tuple[str, int] | None:
    """Whose attempt it trains; its folder says so."""
    try:
        folder = Path(trainer.cwd())
        return folder.parent.name, int(folder.name)
    except (psutil.Error, ValueError, OSError):
        return None


@contextmanager
def open_town(home: Path, database_url: str | None = None, *, has_small_disk: bool = False) -> Iterator[Town]:
    town = Town(home, database_url, has_small_disk=has_small_disk)
    try:
        town.wait_until_ready()
        yield town
    finally:
        town.stop()
