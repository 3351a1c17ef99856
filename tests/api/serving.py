"""A real API for tests: uvicorn on a free port, over SQLite, a folder of blobs and a real Valkey."""

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from api.__main__ import make_server
from models_lib.data.profile import profile_dataset
from store import claims, components, datasets, people, runs, workers
from store.blobs import Blobs
from store.claims import Claim
from store.database import Database
from store.migrate import upgrade
from store.rows import Dataset
from store.settings import Settings, socket_path
from store.stream import Announcer
from tests.stack import clean_environment, until

ROOT = Path(__file__).parents[2]
HOUSES = "size,rooms,town,price\n" + "\n".join(f"{40 + n},{n % 5},{'ab'[n % 2]},{1000.5 + n}" for n in range(40)) + "\n"


@dataclass(frozen=True)
class Service:
    """A running API, and the parts behind it that a worker would use."""

    settings: Settings
    key: str
    database: Database
    blobs: Blobs
    announcer: Announcer

    def client(self, *, key: str | None = None, **options: object) -> httpx.Client:
        """A client that shows the administrator's key, or another one, or with an empty one none."""
        shown = self.key if key is None else key
        headers = {"Authorization": f"Bearer {shown}"} if shown else {}
        return httpx.Client(base_url=self.settings.public_url, headers=headers, timeout=30, **options)  # type: ignore[arg-type]

    @contextmanager
    def browser(self, token: str) -> Iterator[httpx.Client]:
        """A browser that has signed in with a one-time token or a key, and sends its session's token as ours do."""
        with self.client(key="") as browser:
            browser.post("/v1/session", json={"token": token}).raise_for_status()
            browser.headers["X-CSRF-Token"] = browser.get("/v1/me").json()["csrf_token"]
            yield browser

    def add_dataset(self, name: str, text: str = HOUSES) -> Dataset:
        """A data set as an upload leaves it."""
        path = self.settings.home / "upload.csv"
        path.write_text(text)
        profile = profile_dataset(path, "upload.csv")
        with self.database.transaction() as session:
            dataset, _ = datasets.add_dataset(
                session,
                project_id=people.find_project(session).id,
                owner_id=people.find_user(session).id,
                name=name,
                format=profile.format,
                rows=profile.rows,
                bytes=path.stat().st_size,
                sha256=f"{abs(hash((name, text))):064x}",
                profile=profile.model_dump(mode="json"),
            )
        return dataset

    def add_component(self, name: str, objects: list[dict[str, Any]]) -> None:
        """A component as if the predictor had described it."""
        with self.database.transaction() as session:
            components.add_component(
                session,
                project_id=people.find_project(session).id,
                owner_id=people.find_user(session).id,
                name=name,
                bytes=1,
                sha256="0" * 64,
                manifest={"objects": objects},
            )

    def add_run(self, name: str = "a run", **more: object) -> str:
        """A queued run, past the spec's judgement."""
        with self.database.transaction() as session:
            given = {
                "project_id": people.find_project(session).id,
                "owner_id": people.find_user(session).id,
                "spec": {},
                "datasets": {},
                **more,
            }
            return runs.add_run(session, name=name, **given).id  # type: ignore[arg-type]

    def add_running(self, name: str = "a run", **more: object) -> Claim:
        """A run that a worker holds, in a queue of its own."""
        queue = f"of {name}"
        self.add_run(name, queue=queue, **more)
        with self.database.transaction() as session:
            worker = workers.register_worker(session, name="w", host="h", pid=1, queues=[queue], slots=1)
            claim = claims.claim_next_run(session, worker_id=worker.id, queues=[queue], lease_seconds=600)
        assert claim is not None
        return claim


@contextmanager
def running_valkey(settings: Settings) -> Iterator[None]:
    """The embedded Valkey on its private socket."""
    environment = clean_environment(settings.home) | {"HORNGATE_HOME": str(settings.home)}
    process = subprocess.Popen(
        [sys.executable, "-m", "store.valkey"], env=environment, cwd=ROOT, stdout=subprocess.DEVNULL
    )
    try:
        until(socket_path(settings, "valkey.sock").exists)
        yield
    finally:
        process.terminate()
        process.wait(10)


@contextmanager
def running_api(settings: Settings) -> Iterator[Service]:
    """The API in a thread of its own."""
    upgrade(settings)
    server = make_server(settings)
    thread = threading.Thread(target=server.run)
    thread.start()
    service = Service(
        settings,
        (settings.home / "admin.key").read_text().strip(),
        Database(settings),
        Blobs(settings),
        Announcer(settings),
    )
    try:
        until(lambda: server.started)
        yield service
    finally:
        server.should_exit = True
        thread.join(15)
        service.database.close()
        service.announcer.close()


@contextmanager
def running_part(service: Service, module: str, part: str) -> Iterator[None]:
    """A real internal service beside the API, until it is ready: `worker.predictor`, `boards`."""
    environment = clean_environment(service.settings.home) | {"HORNGATE_HOME": str(service.settings.home)}
    process = subprocess.Popen([sys.executable, "-m", module], env=environment, cwd=ROOT)
    with service.client() as http:
        try:
            until(lambda: http.get("/readyz").json()["parts"][part]["ok"], 120)
            yield
        finally:
            process.terminate()
            process.wait(15)


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def settings_for(home: Path, **more: object) -> Settings:
    """Local mode on a folder and a free port, whatever the environment says."""
    return Settings(home=home, mode="local", port=free_port(), **more)  # type: ignore[arg-type]
