"""What is wrong with the service as a whole, found in the database: each finding says how to mend it."""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from store.blobs import Blobs
from store.conditions import has_status
from store.database import Database
from store.findings import Finding
from store.lifecycle import Status, WorkerState
from store.outside import look_at_broker, look_at_files
from store.rows import Event, Run, Worker
from store.schema import found_revision, known_revisions
from store.settings import Settings
from store.times import now
from store.version import VERSION
from store.waiting import clock
from store.workers import list_workers, pulse_of

LEAST_FREE_BYTES = 2_000_000_000
MOST_SKEW_SECONDS = 5.0
STILL_SECONDS = 600.0
PATIENCE_SECONDS = 60.0
MOST_NAMED = 5


def check_up(settings: Settings, database: Database, blobs: Blobs) -> list[Finding]:
    """Everything, one after the other; raises DatabaseAway."""
    outside = [look_at_broker(settings), look_at_files(settings, blobs)]
    findings = [look_at_tables(database), *outside, *look_at_disks(settings)]
    with database.reading() as session:
        workers = list_workers(session, state=WorkerState.ALIVE, limit=500).items
        findings += [
            look_at_clock(session, "clock of the api", time.time()),
            *look_at_workers(workers),
            look_at_leases(session),
            look_at_still_runs(session),
            look_at_unserved(session, workers),
        ]
    return findings


def look_at_tables(database: Database) -> Finding:
    """Whether the tables are those that this code was written for."""
    found, known = found_revision(database), known_revisions()
    if found == known[-1]:
        return Finding("tables", True, f"at revision {found}")
    if found in known or found is None:
        mend = "Bring them up to date: python -m store.migrate upgrade, then start the services again."
        return Finding("tables", False, f"at revision {found or 'none'}, older than this code ({known[-1]})", mend)
    mend = "A newer version has changed them: start that version's api, predictor, boards and workers."
    return Finding("tables", False, f"at revision {found}, newer than this code ({known[-1]})", mend)


def look_at_disks(settings: Settings) -> Iterator[Finding]:
    """The home's, and the files' where they lie in a folder."""
    yield look_at_disk("disk of the api", settings.home)
    scheme, _, root = settings.blobs_url.partition("://")
    if scheme == "file":
        yield look_at_disk("disk of the files", Path(root))


def look_at_disk(what: str, folder: Path) -> Finding:
    """How much room is left."""
    place = next(place for place in (folder, *folder.parents) if place.exists())
    return judge_room(what, shutil.disk_usage(place).free, str(folder))


def judge_room(what: str, free: float, where: str) -> Finding:
    """Uploads, checkpoints and exports need some."""
    mend = (
        f"Make room on the disk of {where}: delete runs and data sets that nobody needs; HOME/cache may go at any time."
    )
    return Finding(what, free > LEAST_FREE_BYTES, f"{free / 1e9:.1f} GB free ({where})", mend)


def look_at_clock(session: Session, what: str, theirs: float) -> Finding:
    """How far a clock is from the database's."""
    return judge_skew(what, theirs - clock(session).timestamp())


def judge_skew(what: str, skew: float) -> Finding:
    """Leases are in database time; logs, tokens and signatures for S3 are not."""
    mend = "Let that machine follow a time server (systemd-timesyncd, chrony): S3 refuses requests, and logs mislead."
    return Finding(what, abs(skew) <= MOST_SKEW_SECONDS, f"{skew:+.1f} s from the database's", mend)


def look_at_workers(workers: list[Worker]) -> Iterator[Finding]:
    """Their versions, clocks and disks, as they said themselves."""
    for worker in workers:
        pulse = pulse_of(worker)
        if not pulse:
            continue
        version = f"{pulse.get('version')} with tables of {pulse.get('revision')}"
        is_same = (pulse.get("version"), pulse.get("revision")) == (VERSION, known_revisions()[-1])
        mend = "Start a worker of the api's version, then end this one (SIGTERM): it hands its runs back."
        yield Finding(f"version of {worker.name}", is_same, version, mend)
        yield judge_skew(f"clock of {worker.name}", _number(pulse, "clock") - worker.seen_at.timestamp())
        yield judge_room(f"disk of {worker.name}", _number(pulse, "free_bytes"), f"the home of {worker.name}")


def _number(pulse: dict[str, object], name: str) -> float:
    found = pulse.get(name)
    return float(found) if isinstance(found, int | float) else 0.0


def look_at_leases(session: Session) -> Finding:
    """Leases that ran out are taken back by any worker's reconciler within seconds."""
    statement = select(Run.id).where(has_status(Status.RUNNING), Run.lease_until <= now()).order_by(Run.id)
    runs = list(session.scalars(statement))
    mend = "A living worker takes them back within seconds: start one, or look into the log of those that live."
    return Finding("leases", not runs, f"{_named(runs)} held by a worker that is gone" if runs else "all renewed", mend)


def look_at_still_runs(session: Session) -> Finding:
    """Runs that hold a place without saying anything."""
    newest = select(Event.run_id, func.max(Event.at).label("at")).group_by(Event.run_id).subquery()
    statement = select(Run.id, newest.c.at).join(newest, newest.c.run_id == Run.id).where(has_status(Status.RUNNING))
    moment = clock(session)
    still = sorted(run for run, at in session.execute(statement) if (moment - at).total_seconds() > STILL_SECONDS)
    found = f"{_named(still)} without a word for {STILL_SECONDS / 60:.0f} minutes" if still else "all move on"
    mend = "Look at it: horngate runs logs ID. A long epoch prints nothing; else horngate runs cancel ID."
    return Finding("running runs", not still, found, mend)


def look_at_unserved(session: Session, workers: list[Worker]) -> Finding:
    """Runs that wait in a queue that no living worker serves."""
    served = {queue for worker in workers for queue in worker.queues}
    waiting = select(Run.id, Run.queue, Run.available_at).where(has_status(Status.QUEUED)).order_by(Run.id)
    moment = clock(session)
    unserved = [
        (run, queue)
        for run, queue, since in session.execute(waiting)
        if queue not in served and (moment - since).total_seconds() > PATIENCE_SECONDS
    ]
    queues = ", ".join(sorted({queue for _, queue in unserved}))
    found = (
        f"{_named([run for run, _ in unserved])} in {queues}, which no living worker serves" if unserved else "served"
    )
    mend = f"Start a worker with HORNGATE_WORKER_QUEUES={queues} (or clone them into a queue that is served)."
    return Finding("queues", not unserved, found, mend)


def _named(runs: list[str]) -> str:
    more = len(runs) - MOST_NAMED
    return ", ".join(runs[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
