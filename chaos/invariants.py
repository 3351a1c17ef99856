"""What must hold whatever happened: I1 to I9 of the contract, read from the database, the blobs and the disk."""

from collections import Counter
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from chaos.faults import Storm
from chaos.town import Town
from store.errors import BlobMissing
from store.events import read_events
from store.lifecycle import FailureKind, Status
from store.results import artifact_key, list_artifacts, list_attempts, list_checkpoints
from store.retrying import KILLED, LOST
from store.rows import Event, MetricPoint, Run
from worker.staging import hash_file

MOST_LOSSES = 5


@dataclass
class Findings:
    """What is broken, in words; and how runs ended."""

    broken: list[str] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)
    compared: int = 0

    def expect(self, holds: bool, what: str) -> None:
        if not holds:
            self.broken.append(what)


def check_runs(town: Town, accepted: dict[str, str], references: dict[str, str], storm: Storm) -> Findings:
    """`accepted`: kind by run id; `references`: what each kind ends with when it is left alone."""
    found = Findings()
    with town.database.reading() as session:
        runs = list(session.scalars(select(Run).order_by(Run.created_at)))
        found.expect(set(accepted) <= {run.id for run in runs}, "I1: a run that was accepted is not there")
        for run in runs:
            found.outcomes[f"{run.status} ({run.ended_by or '-'})"] += 1
            check_life(session, run, found)
            check_quarantine(session, run, storm.poison, found)
            check_files(town, session, run, found, storm.damaged)
            if run.status == Status.SUCCEEDED and run.ended_by in ("completed", "early_stopping"):
                check_curve(session, run, found)
                kind = accepted.get(run.id, run.name)
                found.compared += 1
                parts, alone = (said.split("|") for said in (fingerprint(session, run), references[kind]))
                others = [f"{here} for {there}" for here, there in zip_longest(parts, alone) if here != there]
                told = f"{run.id} ({kind}) ends with other bits than alone: {len(others)} of {len(alone)} parts"
                found.expect(not others, f"{told}, {others[:3]}")
    return found


def check_life(session: Session, run: Run, found: Findings) -> None:
    """I1, I2, I3, I9."""
    events = read_events(session, run.id, limit=100_000)
    attempts = list_attempts(session, run.id)
    found.expect(run.status.is_final, f"I1: {run.id} is {run.status}")
    found.expect([e.seq for e in events] == list(range(1, run.last_seq + 1)), f"I9: {run.id}'s events are not dense")
    found.expect([e.kind for e in events].count("end") == int(run.status.is_final), f"I2: {run.id}'s ends")
    numbers = [event.attempt for event in events]
    found.expect(numbers == sorted(numbers), f"I3: {run.id} has an event of an attempt that was over")
    replayed = replay(events)
    state = {name: getattr(run, name) for name in replayed}
    found.expect(replayed == state, f"I9: {run.id} replayed is {replayed}, and the row {state}")
    if run.status == Status.FAILED:
        reasons = Counter(attempt.reason for attempt in attempts)
        kind = str((run.failure or {}).get("kind"))
        disk = FailureKind.DISK.value
        most = {LOST.value: max(reasons[LOST], reasons[KILLED]), disk: reasons[disk]}
        is_due = most.get(kind, 0) >= MOST_LOSSES
        found.expect(is_due, f"I1: {run.id} failed of {run.failure}, attempts {dict(reasons)}")


def check_quarantine(session: Session, run: Run, poison: str | None, found: Findings) -> None:
    """A run that kills its worker each time is given up, and no other is by its doing."""
    if run.id == poison:
        losses = [each.reason for each in list_attempts(session, run.id)].count(LOST)
        is_found_out = (run.status, losses) == (Status.FAILED, MOST_LOSSES)
        found.expect(is_found_out, f"{run.id}, which kills its workers, is {run.status} after {losses} losses")


def replay(events: list[Event]) -> dict[str, Any]:
    """The state that the log gives, read from its beginning."""
    state: dict[str, Any] = {"status": None, "attempt": 0, "worker_id": None, "last": None, "ended_by": None}
    state |= {"failure": None, "last_seq": 0}
    for event in events:
        said: Any = event.data
        match event.kind:
            case "status":
                state["status"] = said["status"]
            case "attempt" if said["state"] == "started":
                state |= {"attempt": said["number"], "worker_id": said["worker"]}
            case "attempt":
                state["worker_id"] = None
            case "metrics":
                state["last"] = {"epoch": said["epoch"], "metrics": said["metrics"]}
            case "end":
                state |= {"ended_by": said["ended_by"], "failure": said["failure"]}
        state["last_seq"] = event.seq
    return state


def check_curve(session: Session, run: Run, found: Findings) -> None:
    """I4."""
    steps = [point.step for point in curve(session, run, "loss")]
    found.expect(steps == list(range(1, len(steps) + 1)), f"I4: the steps of {run.id} are {steps}")


def check_files(town: Town, session: Session, run: Run, found: Findings, damaged: set[str]) -> None:
    """I5; but for the checkpoints that the storm itself has damaged."""
    wanted = {artifact_key(each): each.sha256 for each in list_artifacts(session, run.id)}
    for checkpoint in list_checkpoints(session, run.id):
        if checkpoint.prefix not in damaged:
            manifest: Any = checkpoint.manifest
            wanted |= {f"{checkpoint.prefix}/{name}": said["sha256"] for name, said in manifest.items()}
    fetched = town.settings.home / "fetched"
    for key, sha256 in wanted.items():
        try:
            town.blobs.get_file(key, fetched)
        except BlobMissing:
            found.broken.append(f"I5: {key} is not there")
            continue
        found.expect(hash_file(fetched) == sha256, f"I5: {key} is not what its manifest says")
        fetched.unlink()


def fingerprint(session: Session, run: Run) -> str:
    """Weights, optimizer and callbacks of the last and the best checkpoint, and every loss of every epoch."""
    saved = {c.name: dict(c.manifest)["state.npz"] for c in list_checkpoints(session, run.id)}
    hashes = [f"{name}:{saved[name]['sha256']}" for name in sorted(saved)]  # type: ignore[index]  # a manifest's entry
    curves = [repr(point.value) for name in ("loss", "val_loss") for point in curve(session, run, name)]
    return "|".join([*hashes, *curves, str(run.ended_by)])


def curve(session: Session, run: Run, name: str) -> list[MetricPoint]:
    statement = select(MetricPoint).where(MetricPoint.run_id == run.id, MetricPoint.name == name)
    return list(session.scalars(statement.order_by(MetricPoint.step)))
