"""Everybody who may touch a run does so in any order, and every row, attempt and event is what a pure model says."""

from collections.abc import Callable

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
from store.events import read_events
from store.fairness import Limits
from store.lifecycle import EndedBy, Status
from store.reconciling import reconcile
from store.recording import record_epoch
from store.results import list_attempts
from store.rows import MetricPoint, Project, Run, User
from store.times import now
from tests.store.model import USER_LIMIT, ModelRun, next_of

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

    @rule(at=some_claim)
    def give_back(self, at: int) -> None:
        for claim, model in self._some(at):
            self._write(
                claim, model, lambda session, claim: release_run(session, claim, "worker_ending"), model.give_back
            )

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

    @rule()
    def wait_for_pauses(self) -> None:
        with self.database.transaction() as session:
            session.execute(update(Run).where(Run.status == Status.QUEUED).values(available_at=now()))
        for model in self.models:
            model.is_due |= model.status == "queued"

    @rule(
        worker=st.sampled_from(WORKERS),
        how=st.sampled_from(["lost", "oom", "stalled", "disk"]),
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


def state_of(run: Run) -> dict[str, object]:
    """What the events must be able to tell."""
    return {
        "status": run.status,
        "attempt": run.attempt,
        "worker": run.worker_id,
        "last": run.last,
        "ended_by": run.ended_by,
        "failure": run.failure,
        "seq": run.last_seq,
    }


def replay(session: Session, run: Run) -> dict[str, object]:
    """The state that the event log gives, read from its beginning; dense, and with nothing after the one end."""
    state: dict[str, object] = dict.fromkeys(state_of(run)) | {"attempt": 0}
    events = read_events(session, run.id, limit=10_000)
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    for event in events:
        assert state["ended_by"] is None
        said = event.data
        match event.kind:
            case "status":
                state["status"] = said["status"]
            case "attempt" if said["state"] == "started":
                state |= {"attempt": said["number"], "worker": said["worker"]}
            case "attempt":
                state["worker"] = None
            case "metrics":
                state["last"] = {"epoch": said["epoch"], "metrics": said["metrics"]}
            case "end":
                state |= {"ended_by": said["ended_by"], "failure": said["failure"]}
        state["seq"] = event.seq
    return state


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
