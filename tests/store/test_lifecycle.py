"""A run's life, as a state machine that Hypothesis walks: the event log, replayed, always gives the row's state."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from store import asking, runs
from store.claims import Claim, claim_next_run
from store.database import Database
from store.endings import end_run, finish_run, release_run
from store.errors import RunIsEnding, RunIsFinal, StaleAttempt
from store.events import read_events
from store.lifecycle import FINAL, UNFINISHED, EndedBy, Status, Wanted, may_follow
from store.reconciling import reconcile
from store.recording import record_epoch
from store.results import list_attempts
from store.rows import Project, User
from store.settings import Settings
from store.table import Table
from tests.store.conftest import Shop


def test_a_final_status_is_followed_by_nothing() -> None:
    assert set(FINAL) == {Status.SUCCEEDED, Status.FAILED, Status.CANCELLED}
    assert set(FINAL) | set(UNFINISHED) == set(Status)
    assert not any(may_follow(final, status) for final in FINAL for status in Status)
    assert all(status.is_final for status in FINAL)


class LifeOfARun(RuleBasedStateMachine):
    """Everybody who may touch a run does so, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.home = tempfile.TemporaryDirectory()
        self.database = Database(Settings(home=Path(self.home.name)))
        Table.metadata.create_all(self.database.engine)
        with self.database.transaction() as session:
            session.add_all([Project(id="prj", name="p"), User(id="usr", name="u", is_admin=True)])
            session.flush()
            given = {"spec": {}, "name": "r", "project_id": "prj", "owner_id": "usr", "datasets": {}}
            self.run_id = runs.add_run(session, **given).id
        self.claims: list[Claim] = []

    def teardown(self) -> None:
        self.database.close()
        self.home.cleanup()

    @property
    def run(self) -> runs.Run:
        with self.database.reading() as session:
            return runs.get_run(session, self.run_id)

    @rule()
    def claim(self) -> None:
        was = self.run.status
        with self.database.transaction() as session:
            claim = claim_next_run(session, worker_id="w", queues=["default"], lease_seconds=60)
        assert (claim is not None) == (was is Status.QUEUED)
        if claim is not None:
            self.claims.append(claim)

    @precondition(lambda self: self.claims)
    @rule()
    def report(self) -> None:
        self._write_as_each(lambda session, claim: record_epoch(session, claim, claim.attempt, {"loss": 1.0}, 0.1))

    @precondition(lambda self: self.claims)
    @rule()
    def release(self) -> None:
        self._write_as_each(lambda session, claim: release_run(session, claim, "worker_stopped"))

    @precondition(lambda self: self.claims)
    @rule()
    def finish(self) -> None:
        self._write_as_each(
            lambda session, claim: finish_run(session, claim, status=Status.SUCCEEDED, ended_by=EndedBy.COMPLETED)
        )

    @rule()
    def stop(self) -> None:
        self._ask(asking.ask_stop)

    @rule()
    def cancel(self) -> None:
        self._ask(asking.ask_cancel)

    @rule()
    def pause(self) -> None:
        self._ask(asking.ask_pause)

    @rule()
    def resume(self) -> None:
        self._ask(asking.ask_resume)

    @rule()
    def lose(self) -> None:
        with self.database.transaction() as session:
            run = runs.get_run(session, self.run_id)
            if run.status is Status.RUNNING:
                run.lease_until = run.created_at

    @rule()
    def recover(self) -> None:
        with self.database.transaction() as session:
            reconcile(session)

    @invariant()
    def the_log_replayed_is_the_row(self) -> None:
        run = self.run
        with self.database.reading() as session:
            events = read_events(session, self.run_id, limit=10_000)
            attempts = list_attempts(session, self.run_id)
        assert [event.seq for event in events] == list(range(1, run.last_seq + 1))
        assert [e.data["status"] for e in events if e.kind == "status"][-1] == run.status
        ends = [event for event in events if event.kind == "end"]
        assert len(ends) == int(run.status.is_final)
        assert not ends or ends[0] is events[-1]
        started = [e.data["number"] for e in events if e.kind == "attempt" and e.data["state"] == "started"]
        assert started == [attempt.number for attempt in attempts] == list(range(1, run.attempt + 1))
        assert [a.ended_at is None for a in attempts].count(True) == int(run.status is Status.RUNNING)
        assert (run.worker_id is None) == (run.status is not Status.RUNNING)
        assert (run.ended_at is not None) == run.status.is_final

    def _write_as_each(self, write: object) -> None:
        """Every attempt there ever was tries; none but the current one may."""
        for claim in self.claims:
            run = self.run
            may = run.status is Status.RUNNING and run.attempt == claim.attempt and run.lease_until > run.created_at
            try:
                with self.database.transaction() as session:
                    write(session, claim)  # type: ignore[operator]  # one of those above
            except StaleAttempt:
                assert not may
            else:
                assert may

    def _ask(self, ask: object) -> None:
        was_final, was_wanted = self.run.status.is_final, self.run.wanted
        try:
            with self.database.transaction() as session:
                run = ask(session, self.run_id)  # type: ignore[operator]  # one of store.asking
        except RunIsFinal:
            assert was_final
        except RunIsEnding:
            assert was_wanted in (Wanted.STOP, Wanted.CANCEL)
        else:
            assert not was_final
            asked = {asking.ask_pause: Wanted.PAUSE, asking.ask_resume: Wanted.RUN}
            assert run.status.is_final or run.wanted in (asked.get(ask, Wanted.STOP), Wanted.CANCEL)
            assert run.status is not Status.PAUSED or run.wanted is Wanted.PAUSE


TestLifeOfARun = LifeOfARun.TestCase
TestLifeOfARun.settings = hypothesis_settings(max_examples=15, stateful_step_count=20, deadline=None)


def test_a_change_that_the_lifecycle_does_not_know_is_an_error(shop: Shop) -> None:
    run = shop.add_run()

    with pytest.raises(ValueError, match="queued cannot become succeeded"):
        shop.write(end_run, run, status=Status.SUCCEEDED, ended_by=EndedBy.COMPLETED)
