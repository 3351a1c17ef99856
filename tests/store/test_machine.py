"""Everybody who may touch a run does so in any order, and every row, attempt and event is what a pure model says."""

from collections.abc import Callable
from functools import partial

from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from store import asking, runs
from store.claims import Claim, claim_next_run, renew_lease
from store.database import Database
from store.endings import fail_run, finish_run, release_run
from store.errors import RunIsEnding, RunIsFinal, StaleAttempt
from store.fairness import Limits
from store.lifecycle import EndedBy, Phase, Status
from store.reconciling import reconcile
from store.recording import record_checkpoint, record_epoch, record_phase, record_progress
from store.results import list_attempts
from store.rows import MetricPoint, Project, Run, User
from store.times import now
from tests.store.model import USER_LIMIT, ModelRun, next_of
from tests.store.replaying import replay, state_of

OWNERS = ("ada", "bob")
WORKERS = ("wrk_a", "wrk_b")
MOST_RUNS = 3
ASK = {
    "stop": asking.ask_stop,
    "cancel": asking.ask_cancel,
    "pause": asking.ask_pause,
    "resume": asking.ask_resume,
}
some_run = st.integers(0, MOST_RUNS - 1)
some_claim = st.integers(0, 30)


class Shop(RuleBasedStateMachine):
    """Two people, two workers, a few runs; claims of the past are kept, and tried again and again."""

    def __init__(self, database: Database) -> None:
        super().__init__()
        self.database = database
        self.database._info["limits"] = Limits(per_user=USER_LIMIT)
        self.models: list[ModelRun] = []
        self.ids: list[str] = []
        self.claims: list[Claim] = []
        self.started: dict[str, object] = {}
        with database.transaction() as session:
            session.execute(delete(Run))
            session.execute(delete(User).where(User.id.in_(OWNERS)))
            session.execute(delete(Project).where(Project.id == "prj"))
            session.add(Project(id="prj", name="p"))
            session.add_all(User(id=owner, name=owner, is_admin=False) for owner in OWNERS)

    @initialize()
    def begin(self) -> None:
        for owner in OWNERS:
            self.submit(owner, 0, None)

    @precondition(lambda self: len(self.models) < MOST_RUNS)
    @rule(owner=st.sampled_from(OWNERS), priority=st.integers(0, 1), retry=st.sampled_from([None, None, 1, 3]))
    def submit(self, owner: str, priority: int, retry: int | None) -> None:
        spec: dict[str, object] = {} if retry is None else {"retry": {"max_attempts": retry}}
        with self.database.transaction() as session:
            run = runs.add_run(
                session, spec=spec, name="r", project_id="prj", owner_id=owner, priority=priority, datasets={}
            )
        self.ids.append(run.id)
        self.models.append(ModelRun(owner, priority, most_attempts=retry or 5))

    @rule(worker=st.sampled_from(WORKERS))
    def claim(self, worker: str) -> None:
        expected = next_of(self.models, worker)
        with self.database.transaction() as session:
            claim = claim_next_run(session, worker_id=worker, queues=["default"], lease_seconds=600)
        assert (claim is None) == (expected is None)
        if claim is not None and expected is not None:
            assert self.models[self.ids.index(claim.run_id)] is expected
            expected.start(worker)
            assert claim.attempt == expected.attempt
            self.claims.append(claim)

    @rule(at=some_claim)
    def renew(self, at: int) -> None:
        for claim, model in self._some(at):
            with self.database.transaction() as session:
                wish = renew_lease(session, claim, 600)
            assert (wish is not None) == self._holds(claim, model)
            assert wish is None or wish.wanted == model.wanted

    @rule(at=some_claim)
    def train(self, at: int) -> None:
        for claim, model in self._some(at):
            epoch = model.train() if self._holds(claim, model) else 99
            self._write(
                claim,
                model,
                lambda session, claim, epoch=epoch: record_epoch(session, claim, epoch, {"loss": 1.0}, 0.1),
                lambda: None,
            )

    @rule(at=some_claim, what=st.sampled_from(["phase", "progress", "checkpoint"]))
    def report(self, at: int, what: str) -> None:
        saved = {"epoch": 1, "metrics": {}, "bytes": 1, "manifest": {}}
        write: dict[str, Callable[[Session, Claim], object]] = {
            "phase": lambda session, claim: record_phase(session, claim, Phase.TRAINING),
            "progress": lambda session, claim: record_progress(session, claim, {"eta_seconds": 5.0}),
            "checkpoint": lambda session, claim: record_checkpoint(session, claim, name="last", prefix="p", **saved),  # type: ignore[arg-type]  # of many types
        }
        for claim, model in self._some(at):
            self._write(claim, model, write[what], partial(model.hear, what))

    @rule(at=some_claim)
    def finish(self, at: int) -> None:
        for claim, model in self._some(at):
            self._write(
                claim,
                model,
                lambda session, claim: finish_run(session, claim, status=Status.SUCCEEDED, ended_by=EndedBy.COMPLETED),
                lambda model=model: model.end("succeeded", "completed"),
            )

    @rule(at=some_claim, kind=st.sampled_from(["oom", "stalled", "disk", "user_code"]))
    def fail(self, at: int, kind: str) -> None:
        failure = {"kind": kind, "message": "It went wrong.", "frame": None, "advice": ""}
        for claim, model in self._some(at):
            self._write(
                claim,
                model,
                lambda session, claim: fail_run(session, claim, failure=failure, ended_by=EndedBy.FAILURE),
                lambda model=model: model.fail(kind),
            )

    @rule(at=some_claim, reason=st.sampled_from(["worker_ending", "killed"]))
    def give_back(self, at: int, reason: str) -> None:
        for claim, model in self._some(at):
            self._write(
                claim,
                model,
                lambda session, claim: release_run(session, claim, reason),
                partial(model.give_back, reason),
            )

    @rule(at=some_run)
    def wake(self, at: int) -> None:
        if at < len(self.ids):
            with self.database.transaction() as session:
                runs.mark_woken(session, [self.ids[at]])
            self.models[at].is_woken |= self.models[at].status == "queued" and self.models[at].is_due

    @rule(at=some_run, wish=st.sampled_from(sorted(ASK)))
    def ask(self, at: int, wish: str) -> None:
        if at >= len(self.ids):
            return
        expected = self.models[at].ask(wish)
        found = None
        try:
            with self.database.transaction() as session:
                ASK[wish](session, self.ids[at])
        except (RunIsFinal, RunIsEnding) as error:
            found = type(error).__name__
        assert found == expected

    @rule(worker=st.sampled_from(WORKERS))
    def freeze(self, worker: str) -> None:
        """Nobody notices before a reconciler comes; but nothing is written any more."""
        with self.database.transaction() as session:
            held = update(Run).where(Run.status == Status.RUNNING, Run.worker_id == worker)
            session.execute(held.values(lease_until=Run.created_at))
        for model in self.models:
            model.has_expired |= model.worker == worker

    @rule()
    def recover(self) -> None:
        with self.database.transaction() as session:
            found = reconcile(session)
        lost = [at for at, model in enumerate(self.models) if model.worker is not None and model.has_expired]
        assert set(found.changed) == {self.ids[at] for at in lost}
        for at in lost:
            self.models[at].lose()
        waiting = {self.ids[at] for at, model in enumerate(self.models) if model.waits_for_a_call}
        assert {each.run_id for each in found.wake} == waiting

    @rule()
    def wait_for_pauses(self) -> None:
        with self.database.transaction() as session:
            session.execute(update(Run).where(Run.status == Status.QUEUED).values(available_at=now()))
        for model in self.models:
            model.is_due |= model.status == "queued"

    @rule(
        worker=st.sampled_from(WORKERS),
        how=st.sampled_from(["lost", "oom", "stalled", "disk", "killed"]),
        times=st.integers(1, 6),
    )
    def come_to_grief(self, worker: str, how: str, times: int) -> None:
        """The way that leads deep: chance alone would seldom lose one run five times."""
        for _ in range(times):
            self.wait_for_pauses()
            self.claim(worker)
            if how == "lost":
                self.freeze(worker)
                self.recover()
                self.claim(worker)
            elif how == "killed":
                self.give_back(0, how)
            else:
                self.fail(0, how)

    @invariant()
    def every_row_is_as_the_model_says(self) -> None:
        with self.database.reading() as session:
            for run_id, model in zip(self.ids, self.models, strict=True):
                run = runs.get_run(session, run_id)
                assert (run.status, run.wanted, run.ended_by) == (model.status, model.wanted, model.ended_by)
                assert (run.attempt, run.worker_id, run.losses) == (model.attempt, model.worker, model.losses)
                assert (run.failure or {}).get("kind") == model.failure
                assert (run.ended_at is not None) == model.is_final
                assert (run.lease_until is None) == (model.worker is None)
                assert (run.started_at is not None) == (model.attempt > 0)
                if run.started_at is not None:
                    assert run.started_at == self.started.setdefault(run_id, run.started_at)
                assert (run.phase is not None) == model.is_in_phase
                assert all(phase["ended_at"] for phase in run.phases[: -1 if model.is_in_phase else None])
                assert (run.progress or {}).get("eta_seconds") == model.eta
                attempts = list_attempts(session, run_id)
                assert [a.number for a in attempts] == list(range(1, model.attempt + 1))
                assert [a.reason for a in attempts if a.ended_at is not None] == model.reasons
                points = session.query(MetricPoint).filter_by(run_id=run_id).order_by(MetricPoint.step)
                assert [(p.step, p.attempt) for p in points] == list(enumerate(model.curve, start=1))
                assert replay(session, run) == state_of(run)

    def _some(self, at: int) -> list[tuple[Claim, ModelRun]]:
        """One of the claims that there ever were, the newest most often."""
        if not self.claims:
            return []
        claim = self.claims[max(0, len(self.claims) - 1 - at // 3)]
        return [(claim, self.models[self.ids.index(claim.run_id)])]

    def _holds(self, claim: Claim, model: ModelRun) -> bool:
        return model.status == "running" and model.attempt == claim.attempt and not model.has_expired

    def _write(
        self, claim: Claim, model: ModelRun, write: Callable[[Session, Claim], object], then: Callable[[], object]
    ) -> None:
        holds = self._holds(claim, model)
        try:
            with self.database.transaction() as session:
                write(session, claim)
        except StaleAttempt:
            assert not holds
        else:
            assert holds
            then()


def test_whatever_happens_rows_attempts_curves_and_events_are_what_the_contract_says(database: Database) -> None:
    run_state_machine_as_test(
        lambda: Shop(database),
        settings=hypothesis_settings(
            max_examples=15,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
