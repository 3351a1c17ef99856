"""How a run leaves `running` or `queued`: the changes of status that close an attempt or the run itself."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from store.claims import Claim
from store.events import append_events
from store.fencing import lock_as
from store.lifecycle import EndedBy, FailureKind, Status, Wanted, may_follow
from store.retrying import KILLED, LOST, killed_in_vain, lost_too_often, pause_before_next
from store.rows import Attempt, Run
from store.table import Json
from store.times import now


def finish_run(
    session: Session, claim: Claim, *, status: Status, ended_by: EndedBy, failure: Json | None = None
) -> Run:
    """Write how the attempt ended its run: the run's one `end` event; raises StaleAttempt."""
    return end_run(session, lock_as(session, claim), status=status, ended_by=ended_by, failure=failure)


def fail_run(session: Session, claim: Claim, *, failure: Json, ended_by: EndedBy) -> Run:
    """The attempt has failed: the run with it, or it is tried again where its cause may pass; raises StaleAttempt."""
    run = lock_as(session, claim)
    cause = FailureKind(str(failure["kind"]))
    pause = pause_before_next(session, run, cause) if run.wanted == Wanted.RUN else None
    if pause is None:
        return end_run(session, run, status=Status.FAILED, ended_by=ended_by, failure=failure)
    said: Json = {"code": "attempt_failed", "message": failure["message"], "kind": cause.value, "seconds": pause}
    return requeue_run(session, run, reason=cause, after_seconds=pause, also=[("health", said)])


def release_run(session: Session, claim: Claim, reason: str) -> Run:
    """Let go of the run as its user wants it: back to its queue, or paused, or cancelled; raises StaleAttempt."""
    return let_go(session, lock_as(session, claim), reason=reason)


def let_go(session: Session, run: Run, *, reason: str) -> Run:
    """What becomes of a locked run that nobody trains any more, and that is not done."""
    run.losses += reason == LOST
    if run.wanted == Wanted.CANCEL:
        return end_run(session, run, status=Status.CANCELLED, ended_by=EndedBy.CANCEL, reason=reason)
    if reason == KILLED and (failure := killed_in_vain(session, run)) is not None:
        return end_run(session, run, status=Status.FAILED, ended_by=EndedBy.FAILURE, failure=failure, reason=KILLED)
    pause = pause_before_next(session, run, LOST) if reason == LOST else 0.0
    if pause is None:
        failure = lost_too_often(session, run)
        return end_run(session, run, status=Status.FAILED, ended_by=EndedBy.FAILURE, failure=failure, reason=LOST)
    if run.wanted == Wanted.PAUSE:
        return pause_run(session, run, reason=reason)
    return requeue_run(session, run, reason=reason, after_seconds=pause)


def end_run(
    session: Session,
    run: Run,
    *,
    status: Status,
    ended_by: EndedBy,
    failure: Json | None = None,
    reason: str | None = None,
) -> Run:
    """Bring a locked run to a final status. `reason` says why its attempt ended, where that is not `ended_by`."""
    moment = _move(session, run, status)
    notes = _close_attempt(session, run, reason or ended_by, moment)
    if run.status == Status.CANCELLED and failure is None:
        failure = run.failure  # noted by whoever had it cancelled
    run.ended_by, run.failure, run.ended_at = EndedBy(ended_by), failure, moment
    if run.progress is not None:
        run.progress = {**run.progress, "eta_seconds": None}
    ending: Json = {"status": run.status.value, "ended_by": run.ended_by.value}
    notes += [("status", ending), ("end", {**ending, "failure": failure})]
    _flush_with(session, run, notes)
    return run


def pause_run(session: Session, run: Run, *, reason: str) -> Run:
    """Lay a locked run aside until its user wants it again."""
    moment = _move(session, run, Status.PAUSED)
    if run.progress is not None:
        run.progress = {**run.progress, "eta_seconds": None}
    _flush_with(session, run, [*_close_attempt(session, run, reason, moment), ("status", {"status": run.status.value})])
    return run


def requeue_run(
    session: Session, run: Run, *, reason: str, after_seconds: float = 0.0, also: Sequence[tuple[str, Json]] = ()
) -> Run:
    """Put a locked run (back) into its queue; its next attempt goes on from the last checkpoint."""
    moment = _move(session, run, Status.QUEUED)
    notes = _close_attempt(session, run, reason, moment)
    run.available_at, run.woken_at = moment + timedelta(seconds=after_seconds), None
    _flush_with(session, run, [*notes, *also, ("status", {"status": run.status.value})])
    return run


def _move(session: Session, run: Run, status: Status) -> datetime:
    if not may_follow(run.status, Status(status)):
        raise ValueError(f"A run that is {run.status} cannot become {status}.")
    run.status = Status(status)
    return session.execute(select(now())).scalar_one()


def _close_attempt(session: Session, run: Run, reason: str, moment: datetime) -> list[tuple[str, Json]]:
    """End the attempt that holds the run, if one does."""
    if run.worker_id is None:
        return []
    session.execute(
        update(Attempt)
        .where(Attempt.run_id == run.id, Attempt.number == run.attempt)
        .values(ended_at=moment, reason=str(reason))
    )
    ended: Json = {"number": run.attempt, "worker": run.worker_id, "state": "ended", "reason": str(reason)}
    run.phases, run.phase = close_phase(run.phases, moment), None
    run.worker_id, run.lease_until = None, None
    return [("attempt", ended)]


def close_phase(phases: list[Json], moment: datetime) -> list[Json]:
    """The phases with the open one, which is the last, ended."""
    if not phases or phases[-1]["ended_at"] is not None:
        return phases
    return [*phases[:-1], {**phases[-1], "ended_at": moment.isoformat().replace("+00:00", "Z")}]


def _flush_with(session: Session, run: Run, notes: list[tuple[str, Json]]) -> None:
    run.last_seq += len(notes)
    session.flush()
    append_events(session, run_id=run.id, attempt=run.attempt, last_seq=run.last_seq, notes=notes)
