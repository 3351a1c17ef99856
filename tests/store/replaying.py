"""The state of a run that its event log gives, and the state that its row has."""

from sqlalchemy.orm import Session

from store.events import read_events
from store.rows import Run


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
