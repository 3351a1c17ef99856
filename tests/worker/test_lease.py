"""A lease: the training ends before anybody else may have its run, whatever keeps the supervisor from renewing it."""

import signal
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import text, update

from store.asking import ask_pause
from store.claims import Claim, claim_next_run
from store.database import Database
from store.lifecycle import Wanted
from store.migrate import upgrade
from store.people import find_project, find_user
from store.rows import Run
from store.runs import add_run, get_run
from store.settings import Settings
from store.times import now_plus
from tests.worker.room import until
from worker.mother.kernel import seconds_since_boot
from worker.supervisor.lease import Lease

SECONDS = 2.0


@dataclass
class Trainee:
    """A trainer as far as a lease knows one: it may be killed, and its mother is told how long it may live."""

    killed_at: list[float] = field(default_factory=list)
    may_live_until: list[float] = field(default_factory=list)

    def signal_group(self, number: int) -> None:
        assert number == signal.SIGKILL
        self.killed_at.append(seconds_since_boot())

    def hold_until(self, moment: float) -> None:
        self.may_live_until.append(moment)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    settings = Settings(home=tmp_path)
    upgrade(settings)
    database = Database(settings)
    yield database
    database.close()


def claim(database: Database, seconds: float = SECONDS) -> Claim:
    with database.transaction() as session:
        project, owner = find_project(session), find_user(session)
        add_run(session, spec={}, name="r", project_id=project.id, owner_id=owner.id, datasets={})
        found = claim_next_run(session, worker_id="wrk_a", queues=["default"], lease_seconds=seconds)
    assert found is not None
    return found


def test_a_lease_is_renewed_as_long_as_it_is_entered_and_tells_what_is_wanted(database: Database) -> None:
    long = 6 * SECONDS
    held, trainee = claim(database, long), Trainee()
    with Lease(database, held, seconds=long, claimed_at=seconds_since_boot()) as lease:
        lease.protect(trainee)  # type: ignore[arg-type]
        until(lambda: len(trainee.may_live_until) > 1)
        with database.transaction() as session:
            ask_pause(session, held.run_id)
        until(lambda: lease.wanted is Wanted.PAUSE)
        assert not lease.is_lost

    assert trainee.killed_at == []
    assert trainee.may_live_until == sorted(trainee.may_live_until)
    with database.reading() as session:
        assert get_run(session, held.run_id).attempt == 1


def test_who_cannot_renew_kills_its_training_before_the_run_may_be_somebody_elses(database: Database) -> None:
    """The database does not answer from the beginning on: nobody is told, and the clock is enough."""
    held, trainee = claim(database), Trainee()
    claimed_at = seconds_since_boot()
    with database.transaction() as session:
        session.execute(text("ALTER TABLE runs RENAME TO gone"))
    with Lease(database, held, seconds=SECONDS, claimed_at=claimed_at) as lease:
        lease.protect(trainee)  # type: ignore[arg-type]
        until(lambda: trainee.killed_at)

    assert lease.is_lost
    assert trainee.killed_at[0] - claimed_at > 0.5 * SECONDS
    assert trainee.may_live_until[0] - claimed_at < SECONDS


def test_a_training_whose_run_has_been_taken_away_is_killed_at_once(database: Database) -> None:
    held, trainee = claim(database), Trainee()
    with Lease(database, held, seconds=600.0, claimed_at=seconds_since_boot()) as lease:
        lease.protect(trainee)  # type: ignore[arg-type]
        with database.transaction() as session:
            session.execute(update(Run).values(attempt=2, worker_id="wrk_b", lease_until=now_plus(600)))
        until(lambda: trainee.killed_at)

    assert lease.is_lost


def test_a_training_that_starts_after_its_lease_was_lost_is_killed_as_it_starts(database: Database) -> None:
    held, trainee = claim(database), Trainee()
    lease = Lease(database, held, seconds=SECONDS, claimed_at=seconds_since_boot() - SECONDS)

    lease.protect(trainee)  # type: ignore[arg-type]

    assert len(trainee.killed_at) == 1
    assert not [thread for thread in threading.enumerate() if held.run_id in thread.name]
