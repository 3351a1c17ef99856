"""A storm from its first run to its last: runs come in, faults strike, users ask, and in the end it is calm."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
from sqlalchemy import func, select

from chaos.dice import strike_once
from chaos.faults import Storm
from chaos.invariants import Findings, check_runs, fingerprint
from chaos.specs import COMPONENT, KINDS, SOURCE, TABLE, make_spec, make_table
from chaos.surroundings import let_poison_work
from chaos.town import WORKERS, Town
from chaos.watching import Watch
from store.lifecycle import UNFINISHED
from store.results import list_attempts
from store.rows import Run

WAITING = 4
POISON_SECONDS = 60.0
"""In a shorter storm there is no run that kills its workers: it takes minutes to find one out."""
CALM_SECONDS = 900.0
TROUBLE = (httpx.TransportError, KeyError)


@dataclass
class Weathered:
    """What a storm has shown."""

    findings: Findings
    faults: dict[str, int]
    deaths: int
    recoveries: list[float]
    latencies: list[float]
    unreachable: int
    runs: int
    attempts: int
    seconds: float = 0.0
    left: list[str] = field(default_factory=list)


def prepare(town: Town) -> None:
    """The table and the component that the runs name."""
    with town.http as http:
        files = {"file": (f"{TABLE}.csv", make_table())}
        http.post("/v1/datasets", files=files, data={"name": TABLE}).raise_for_status()
        http.post("/v1/components", json={"name": COMPONENT, "source": SOURCE}).raise_for_status()


def train_alone(town: Town, kinds: list[str]) -> dict[str, str]:
    """Each kind once, undisturbed: what it ends with."""
    with town.http as http:
        ids = {kind: submit(http, kind) for kind in kinds}
    wait_for_calm(town)
    with town.database.reading() as session:
        runs = {kind: session.get_one(Run, run_id) for kind, run_id in ids.items()}
        failed = {kind: run.failure for kind, run in runs.items() if run.status != "succeeded"}
        assert not failed, f"undisturbed runs failed: {failed}"
        return {kind: fingerprint(session, run) for kind, run in runs.items()}


def weather(town: Town, *, seconds: float, seed: int, kinds: list[str] | None = None) -> Weathered:
    """Let it storm for so long, wait until every run has ended, and check what must hold."""
    kinds = kinds or list(KINDS)
    prepare(town)
    references = train_alone(town, kinds)
    storm = Storm(town, random.Random(seed), may_poison=seconds >= POISON_SECONDS)
    users = Users(town, random.Random(seed + 1), kinds)
    watch = Watch(town)
    watch.start()
    users.start()
    began = time.monotonic()
    try:
        for _ in moments(seconds, storm.dice):
            storm.come_due()
            town.mend()
            let_poison_work(storm)
            strike_once(storm)
    finally:
        storm.come_due(all_of_them=True)
        town.mend()
        users.close()
    wait_for_calm(town, each_time=lambda: let_poison_work(storm))
    town.wait_until_ready()  # who was struck last has cleaned up by then
    watch.close()
    findings = check_runs(town, users.accepted, references, storm)
    findings.compared -= len(references)  # those were compared with themselves
    findings.expect(watch.overdue == 0, f"I7: a lease outlived its holder ({watch.overdue} looks)")
    faults = [*watch.server_faults, *users.faults]
    findings.expect(not faults, f"I8: the api failed: {faults[:3]}")
    findings.expect(watch.is_quick, "I8: the api was slower than its limit")
    weathered = gather(town, storm, watch, findings, seconds=time.monotonic() - began)
    check_nothing_is_left(town, weathered)
    return weathered


def moments(seconds: float, dice: random.Random) -> Iterator[None]:
    """One after another, until it is over."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        yield
        time.sleep(min(2.0, dice.expovariate(2.0)))


def submit(http: httpx.Client, kind: str) -> str:
    answer = http.post("/v1/runs", json={"spec": make_spec(kind), "preflight": False})
    assert answer.status_code in (201, 503, 507), answer.text  # 507: the disk was just filled, and it is said
    return str(answer.json()["id"])


class Users(threading.Thread):
    """They keep a few runs waiting, and now and then cancel, pause or resume one.

    What the api did not answer to may have come in all the same: it must end like any other.
    """

    def __init__(self, town: Town, dice: random.Random, kinds: list[str]) -> None:
        super().__init__(daemon=True)
        self.accepted: dict[str, str] = {}
        self.faults: list[str] = []
        self._town, self._dice, self._kinds = town, dice, kinds
        self._closing = threading.Event()

    def run(self) -> None:
        with self._town.http as http:
            while not self._closing.wait(self._dice.expovariate(3.0)):
                try:
                    self._submit_some(http)
                    self._ask_something(http)
                except TROUBLE:
                    continue
                except AssertionError as error:
                    self.faults.append(str(error)[:300])

    def close(self) -> None:
        self._closing.set()
        self.join(60)

    def _submit_some(self, http: httpx.Client) -> None:
        if len(http.get("/v1/queue").json()["data"]) < WAITING:
            kind = self._dice.choice(self._kinds)
            self.accepted[submit(http, kind)] = kind

    def _ask_something(self, http: httpx.Client) -> None:
        if self.accepted and self._dice.random() < 0.15:
            verb = self._dice.choice(["cancel", "pause", "resume", "pause", "resume"])
            http.post(f"/v1/runs/{self._dice.choice(list(self.accepted))}:{verb}")


def wait_for_calm(town: Town, each_time: Callable[[], None] = lambda: None) -> None:
    """Until no run is unfinished; those that were paused are resumed."""
    deadline = time.monotonic() + CALM_SECONDS
    while unfinished := count_unfinished(town):
        assert time.monotonic() < deadline, f"I1: {unfinished} runs have not ended within {CALM_SECONDS:.0f} s of calm"
        town.mend()
        each_time()
        resume_paused(town)
        time.sleep(0.5)


def resume_paused(town: Town) -> None:
    try:
        with town.http as http:
            for run in http.get("/v1/runs", params={"status": "paused"}).json()["data"]:
                http.post(f"/v1/runs/{run['id']}:resume")
    except TROUBLE:
        return


def count_unfinished(town: Town) -> int:
    with town.database.reading() as session:
        return session.execute(select(func.count()).where(Run.status.in_(UNFINISHED))).scalar_one()


def gather(town: Town, storm: Storm, watch: Watch, findings: Findings, *, seconds: float) -> Weathered:
    recoveries: list[float] = []
    with town.database.reading() as session:
        runs = session.execute(select(func.count()).select_from(Run)).scalar_one()
        attempts = {run_id: list_attempts(session, run_id) for run_id in session.scalars(select(Run.id))}
    for run_id, number, moment in storm.struck:
        later = [a.started_at for a in attempts.get(run_id, []) if a.number > number]
        recoveries += [(min(later) - moment).total_seconds()] if later else []
    return Weathered(
        findings,
        dict(sorted(storm.done.items())),
        len(storm.struck),
        sorted(recoveries),
        sorted(watch.latencies),
        watch.unreachable,
        runs,
        sum(map(len, attempts.values())),
        seconds,
    )


def check_nothing_is_left(town: Town, weathered: Weathered) -> None:
    """I6: no trainer, no folder of an attempt."""
    deadline = time.monotonic() + 15
    while any(town.trainers(name) for name in WORKERS) and time.monotonic() < deadline:
        time.sleep(0.2)
    weathered.findings.expect(not town.trainers(), "I6: a trainer is left")
    folders: list[Any] = list((town.settings.home / "runs").glob("*/*"))
    weathered.findings.expect(not folders, f"I6: folders are left: {folders}")
