"""The api as a process: small, without Keras or table readers, and quick to end."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from store import people, runs
from store.blobs import Blobs
from store.database import Database
from store.migrate import upgrade
from store.settings import Settings
from tests.api.serving import settings_for
from tests.stack import clean_environment, until

ROOT = Path(__file__).parents[2]
SPEC = """
model: {kind: sequential, layers: ['Dense(8, activation="relu")', Dense(1)]}
inputs: {x: {columns: [a, b]}}
compile: {optimizer: adam, loss: mse}
"""


@contextmanager
def running_process(settings: Settings) -> Iterator["subprocess.Popen[bytes]"]:
    """`python -m api` on a migrated database."""
    upgrade(settings)
    environment = clean_environment(settings.home) | {
        "HORNGATE_HOME": str(settings.home),
        "HORNGATE_PORT": str(settings.port),
    }
    process = subprocess.Popen([sys.executable, "-m", "api"], cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
    try:
        until(lambda: process.poll() is not None or answers(settings))
        yield process
    finally:
        process.kill()
        process.wait()


def answers(settings: Settings) -> bool:
    try:
        return httpx.get(f"{settings.public_url}/healthz").status_code == 200
    except httpx.TransportError:
        return False


def client_of(settings: Settings) -> httpx.Client:
    key = (settings.home / "admin.key").read_text().strip()
    return httpx.Client(base_url=settings.public_url, headers={"Authorization": f"Bearer {key}"}, timeout=30)


def test_it_stays_small_and_never_maps_tensorflow_or_a_table_reader(tmp_path: Path) -> None:
    """After all it may be asked for: schema, catalog, validation, lists, an upload that is refused."""
    settings = settings_for(tmp_path)
    with running_process(settings) as process, client_of(settings) as client:
        for path in ("/readyz", "/v1/schema/run", "/v1/catalog", "/v1/templates", "/v1/openapi.json", "/metrics", "/"):
            client.get(path)
        for _ in range(50):
            client.get("/v1/runs")
            client.post("/v1/specs:validate", json={"text": SPEC, "model_only": True}).raise_for_status()
        client.post("/v1/datasets", files={"file": ("a.csv", b"a,b\n1,2\n" * 4_000_000)})
        status = Path(f"/proc/{process.pid}/status").read_text()
        maps = Path(f"/proc/{process.pid}/maps").read_text()

    [kilobytes] = [int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")]
    assert kilobytes < 150 * 1024
    assert not [word for word in ("tensorflow", "numpy", "pyarrow", "duckdb", "keras") if word in maps]


def test_what_an_api_left_that_was_killed_while_it_took_a_file_is_swept_at_the_next_start(tmp_path: Path) -> None:
    settings = settings_for(tmp_path)
    half = settings.home / "cache" / "uploads" / "tmpabc" / "upload"
    half.parent.mkdir(parents=True)
    half.write_bytes(b"a,b")
    blobs = Blobs(settings)
    blobs.put_bytes("quarantine/1234", b"a,b")
    blobs.put_bytes("datasets/kept", b"a,b")

    with running_process(settings):
        pass

    assert not half.exists()
    assert (blobs.list("quarantine"), blobs.exists("datasets/kept")) == ([], True)


def test_it_ends_within_seconds_though_somebody_follows_a_run(tmp_path: Path) -> None:
    settings = settings_for(tmp_path)
    with running_process(settings) as process, client_of(settings) as client:
        made = client.post("/v1/keys", json={"name": "still here"})
        assert made.status_code == 201
        run_id = add_run(settings)
        with client.stream("GET", f"/v1/runs/{run_id}/events", headers={"Accept": "text/event-stream"}) as answer:
            next(answer.iter_lines())
            start = time.monotonic()
            os.kill(process.pid, signal.SIGTERM)
            process.wait(15)

    assert time.monotonic() - start < 5


def add_run(settings: Settings) -> str:
    database = Database(settings)
    with database.transaction() as session:
        project, owner = people.find_project(session), people.find_user(session)
        run = runs.add_run(session, name="r", project_id=project.id, owner_id=owner.id, spec={}, datasets={})
    database.close()
    return run.id


def test_a_database_that_was_not_migrated_is_told_in_one_line(tmp_path: Path) -> None:
    environment = clean_environment(tmp_path) | {"HORNGATE_HOME": str(tmp_path)}

    ended = subprocess.run([sys.executable, "-m", "api"], cwd=ROOT, env=environment, capture_output=True, text=True)

    assert ended.returncode == 1
    assert "python -m store.migrate upgrade" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_wrong_settings_are_told_by_name(tmp_path: Path) -> None:
    environment = clean_environment(tmp_path) | {"HORNGATE_HOME": str(tmp_path), "HORNGATE_PORT": "none"}

    ended = subprocess.run([sys.executable, "-m", "api"], cwd=ROOT, env=environment, capture_output=True, text=True)

    assert ended.returncode == 2
    assert "HORNGATE_PORT" in ended.stderr
