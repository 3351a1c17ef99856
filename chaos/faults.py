"""What befalls the town. Each fault strikes once, says whom, and leaves the mending to others."""

import random
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime

import psutil
import psycopg
import redis
from sqlalchemy import text
from sqlalchemy.engine import make_url

from chaos.town import LEASE_SECONDS, Town, run_of
from store.errors import StoreError
from store.lifecycle import Status
from store.queue import redis_url
from store.reconciling import reconcile
from store.results import find_checkpoint
from store.rows import Run
from store.runs import RunFilter, list_runs

HEAVY_GAP = 12.0


@dataclass
class Storm:
    """The town, the dice, and what was done so far."""

    town: Town
    dice: random.Random
    done: dict[str, int] = field(default_factory=dict)
    struck: list[tuple[str, int, datetime]] = field(default_factory=list)
    """Run, attempt and moment of every death of a trainer that was meant."""
    damaged: set[str] = field(default_factory=set)
    later: list[tuple[float, Callable[[], object]]] = field(default_factory=list)
    heavy_at: float = 0.0
    may_poison: bool = True
    poison: str | None = None
    """The run that kills its workers, once there is one."""

    def note(self, name: str) -> None:
        self.done[name] = self.done.get(name, 0) + 1

    def note_victims(self, trainers: list[psutil.Process]) -> None:
        moment = datetime.now(UTC)
        self.struck += [(*found, moment) for trainer in trainers if (found := run_of(trainer)) is not None]

    def a_living_worker(self) -> str | None:
        """One that may be struck while another is there; they need time to come back."""
        living = self.town.living_workers()
        if len(living) < 2 or time.monotonic() - self.heavy_at < HEAVY_GAP or self.later:
            return None
        self.heavy_at = time.monotonic()
        return self.dice.choice(living)

    def running(self) -> list[Run]:
        with self.town.database.reading() as session:
            return list_runs(session, RunFilter(statuses=[Status.RUNNING])).items

    def come_due(self, *, all_of_them: bool = False) -> None:
        due = [(at, act) for at, act in self.later if all_of_them or at <= time.monotonic()]
        self.later = [each for each in self.later if each not in due]
        for _, act in due:
            act()


def kill_trainer(storm: Storm) -> bool:
    """Mostly one that has come further than its last attempt, so that runs come to their end at all."""
    trainers = storm.town.trainers()
    storm.dice.shuffle(trainers)
    for trainer in trainers:
        found = run_of(trainer)
        if found is None:
            continue
        with storm.town.database.reading() as session:
            last = find_checkpoint(session, found[0])
        if (last is not None and last.attempt == found[1]) or storm.dice.random() < 0.1:
            storm.note_victims([trainer])
            return kill(trainer)
    return False


def kill(process: psutil.Process) -> bool:
    try:
        process.kill()
    except psutil.Error:
        return False
    return True


def kill_mother(storm: Storm) -> bool:
    name = storm.a_living_worker()
    family = storm.town.family(name) if name else []
    if len(family) < 2:
        return False
    storm.note_victims(storm.town.trainers(name))
    return kill(family[1])


def kill_worker(storm: Storm) -> bool:
    name = storm.a_living_worker()
    if name is None:
        return False
    storm.note_victims(storm.town.trainers(name))
    storm.town.strike(name, signal.SIGKILL)
    return True


def restart_worker(storm: Storm) -> bool:
    """As an operator does, with SIGTERM: it gives back what it has."""
    name = storm.a_living_worker()
    if name is None:
        return False
    storm.town.strike(name, signal.SIGTERM)
    return True


def freeze_worker(storm: Storm) -> bool:
    """The whole group for two terms of its lease, then thawed."""
    name = storm.a_living_worker()
    if name is None:
        return False
    frozen = storm.town.family(name)
    storm.note_victims(storm.town.trainers(name))
    for process in frozen:
        process.suspend()
    storm.later.append((time.monotonic() + 2 * LEASE_SECONDS, lambda: [thaw(process) for process in frozen]))
    return True


def thaw(process: psutil.Process) -> None:
    try:
        process.resume()
    except psutil.Error:
        return


def kill_broker(storm: Storm) -> bool:
    storm.town.strike("broker", signal.SIGKILL, away=storm.dice.choice([0.0, 1.0, 6.0]))
    return True


def empty_broker(storm: Storm) -> bool:
    try:
        with redis.Redis.from_url(redis_url(storm.town.settings.broker_url)) as broker:
            broker.flushall()
    except redis.RedisError:
        return False
    return True


def kill_api(storm: Storm) -> bool:
    storm.town.strike("api", signal.SIGKILL, away=storm.dice.choice([0.0, 1.0]))
    return True


def repeat_message(storm: Storm) -> bool:
    """The same message a hundred times."""
    running = storm.running()
    return bool(running) and all(storm.town.waker.wake_worker(running[0].id, running[0].queue) for _ in range(100))


def reconcile_at_once(storm: Storm) -> bool:
    def go_round(_: int) -> None:
        with storm.town.database.transaction() as session:
            reconcile(session)

    try:
        with ThreadPoolExecutor(5) as pool:
            list(pool.map(go_round, range(5)))
    except StoreError:
        return False
    return True


def disturb_database(storm: Storm) -> bool:
    """PostgreSQL: every connection is cut. SQLite: somebody holds the one write lock for seconds."""
    url = make_url(storm.town.settings.database_url)
    if url.get_backend_name() == "postgresql":
        with psycopg.connect(url.set(drivername="postgresql").render_as_string(hide_password=False)) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
                "AND datname = current_database()"
            )
        return True
    threading.Thread(target=hold_write_lock, args=(storm.town, storm.dice.choice([0.5, 2.0, 4.0]))).start()
    return True


def hold_write_lock(town: Town, seconds: float) -> None:
    with town.database.transaction() as session:
        session.execute(text("SELECT 1"))
        time.sleep(seconds)


def damage_checkpoint(storm: Storm) -> bool:
    """Flip a byte of the newest, or cut it off, and have it needed at once."""
    for trainer in storm.town.trainers():
        found = run_of(trainer)
        if found is None:
            continue
        with storm.town.database.reading() as session:
            last = find_checkpoint(session, found[0])
        if last is None or last.attempt != found[1]:
            continue
        key = f"{last.prefix}/state.npz"
        try:
            data = storm.town.blobs.read_bytes(key)
        except StoreError:
            continue
        at = storm.dice.randrange(len(data))
        torn = data[:at] if storm.dice.random() < 0.5 else data[:at] + bytes([data[at] ^ 0x10]) + data[at + 1 :]
        storm.town.blobs.put_bytes(key, torn)
        storm.damaged.add(last.prefix)
        storm.note_victims([trainer])
        return kill(trainer)
    return False
