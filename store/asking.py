"""What a user asks of a run that has not ended: at once where nobody trains it, else noted for who does."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from store.endings import end_run, pause_run, requeue_run
from store.errors import NotFound, RunIsEnding, RunIsFinal
from store.lifecycle import EndedBy, Status, Wanted
from store.rows import Run
from store.table import Json


def ask_stop(session: Session, run_id: str) -> Run:
    """End the run early and keep its work; one that never started is cancelled at once. Raises NotFound, RunIsFinal.

    One that is paused goes back to its queue, to be evaluated and exported as it is.
    """
    run = _lock(session, run_id)
    if run.status != Status.RUNNING and run.attempt == 0:
        return end_run(session, run, status=Status.CANCELLED, ended_by=EndedBy.STOP)
    if run.wanted != Wanted.CANCEL:
        run.wanted = Wanted.STOP
    if run.status == Status.PAUSED:
        return requeue_run(session, run, reason=EndedBy.STOP)
    session.flush()
    return run


def ask_cancel(session: Session, run_id: str) -> Run:
    """End the run at once; one that is not running ends here. Raises NotFound, RunIsFinal."""
    run = _lock(session, run_id)
    run.wanted = Wanted.CANCEL
    if run.status != Status.RUNNING:
        return end_run(session, run, status=Status.CANCELLED, ended_by=EndedBy.CANCEL)
    session.flush()
    return run


def ask_pause(session: Session, run_id: str) -> Run:
    """Have the run leave its worker, with all its work kept; asking twice changes nothing.

    Raises NotFound, RunIsFinal, RunIsEnding.
    """
    run = lock_unfinished(session, run_id)
    run.wanted = Wanted.PAUSE
    if run.status == Status.QUEUED:
        return pause_run(session, run, reason=Wanted.PAUSE)
    session.flush()
    return run


def ask_resume(session: Session, run_id: str) -> Run:
    """Queue a paused run again, or take back a pause that has not come about.

    Raises NotFound, RunIsFinal, RunIsEnding.
    """
    run = lock_unfinished(session, run_id)
    run.wanted = Wanted.RUN
    if run.status == Status.PAUSED:
        return requeue_run(session, run, reason="resume")
    session.flush()
    return run


def warn_run(session: Session, run_id: str, warnings: Sequence[Json]) -> Run:
    """Add warnings that came after the run was queued. Raises NotFound, RunIsFinal."""
    run = _lock(session, run_id)
    run.warnings = [*run.warnings, *(warning for warning in warnings if warning not in run.warnings)]
    session.flush()
    return run


def refuse_run(session: Session, run_id: str, failure: Json) -> Run:
    """Cancel a run of which it is known by now that it will fail; the work of one that is asked to stop is left alone.

    Raises NotFound, RunIsFinal, RunIsEnding.
    """
    run = lock_unfinished(session, run_id)
    run.wanted, run.failure = Wanted.CANCEL, failure
    if run.status != Status.RUNNING:
        return end_run(session, run, status=Status.CANCELLED, ended_by=EndedBy.CANCEL)
    session.flush()
    return run


def lock_unfinished(session: Session, run_id: str) -> Run:
    """The row of a run that nobody wants to end, locked; raises NotFound, RunIsFinal, RunIsEnding."""
    run = _lock(session, run_id)
    if run.wanted in (Wanted.STOP, Wanted.CANCEL):
        raise RunIsEnding(run.id, run.wanted)
    return run


def _lock(session: Session, run_id: str) -> Run:
    run = session.get(Run, run_id, populate_existing=True, with_for_update=True)
    if run is None:
        raise NotFound("run", run_id)
    if run.status.is_final:
        raise RunIsFinal(run_id, run.status)
    return run
