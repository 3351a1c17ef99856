"""What the attempt that holds a run writes about it. Every function raises StaleAttempt when it does not (any more)."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import BigInteger, Double, String, bindparam, delete, func, literal, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from store.claims import Claim
from store.endings import close_phase
from store.events import append_events
from store.fencing import lock_as, write_as
from store.ids import new_id
from store.levels import draw_levels
from store.lifecycle import Phase
from store.parameters import list_parameters, list_sizes
from store.rows import Artifact, Checkpoint, MetricPoint, Run
from store.table import Json
from store.times import now

PINNED = frozenset({"fused", "xla"})
EXPORT_FAILED = "export_failed"
MODEL_NOT_SAVED = "model_not_saved"
MOST_WARNINGS = 100
KEYS = ("run_id", "name", "step")
"""Of a point."""


def record_phase(session: Session, claim: Claim, phase: Phase) -> None:
    """The run enters a phase; the one before ends."""
    run = lock_as(session, claim)
    moment = session.execute(select(now())).scalar_one()
    begun: Json = {
        "phase": Phase(phase).value,
        "attempt": claim.attempt,
        "started_at": moment.isoformat().replace("+00:00", "Z"),
        "ended_at": None,
    }
    run.phase, run.phases = Phase(phase), [*close_phase(run.phases, moment), begun]
    run.last_seq += 1
    session.flush()
    notes = [("phase", {"phase": run.phase.value})]
    append_events(session, run_id=run.id, attempt=claim.attempt, last_seq=run.last_seq, notes=notes)


def record_progress(session: Session, claim: Claim, progress: Json) -> None:
    """`progress`: epoch, epochs, step, steps, eta_seconds and the metrics so far."""
    write_as(session, claim, ("progress", progress), progress={k: v for k, v in progress.items() if k != "metrics"})


def record_epoch(session: Session, claim: Claim, epoch: int, metrics: Mapping[str, float], seconds: float) -> None:
    """An epoch (counted from 1) is done: the run's last scores, a point on each curve, an event."""
    scores: Json = {"epoch": epoch, "metrics": dict(metrics)}
    write_as(session, claim, ("metrics", {**scores, "seconds": seconds}), last=scores)
    _write_points(session, claim, [(name, epoch, value) for name, value in metrics.items()])


def record_points(session: Session, claim: Claim, points: Sequence[tuple[str, int, float]]) -> None:
    """Points (name, step, value) of curves that come without events, like `system/cpu_percent`."""
    write_as(session, claim)
    _write_points(session, claim, points)


def record_log(session: Session, claim: Claim, *, chunk: int, first_line: int, lines: int, level: str = "info") -> None:
    """A chunk file of the run's log has been stored; `level` is the worst in it."""
    write_as(session, claim, ("log", {"chunk": chunk, "first_line": first_line, "lines": lines, "level": level}))


def record_scores(
    session: Session,
    claim: Claim,
    *,
    best: Json | None = None,
    last: Json | None = None,
    restored: Json | None = None,
    test: Json | None = None,
) -> None:
    """Set those scores that are given."""
    given = {"best": best, "last": last, "restored": restored, "test": test}
    write_as(session, claim, **{name: scores for name, scores in given.items() if scores is not None})


def record_summary(session: Session, claim: Claim, summary: Json) -> None:
    """The layers, shapes and parameters of the model that was built."""
    known = session.scalar(select(Run.parameters).where(Run.id == claim.run_id)) or list_parameters(claim.spec)
    write_as(session, claim, summary=summary, parameters={**known, **list_sizes(summary)})


def record_engine(session: Session, claim: Claim, engine: Json) -> None:
    """Which engine trains, and why; where XLA was allowed, the choice stands in the spec from now on."""
    spec = lock_as(session, claim).spec
    fit = spec.get("fit")
    if not isinstance(fit, dict) or fit.get("exact", True) or engine["name"] not in PINNED:
        return write_as(session, claim, engine=engine)
    return write_as(session, claim, engine=engine, spec={**spec, "fit": {**fit, "engine": engine["name"]}})


def record_steering(session: Session, claim: Claim, steered: Json) -> None:
    """Changes were made under way: `epoch`, `step`, and the `changes` by name."""
    write_as(session, claim, ("steering", steered))


def record_health(session: Session, claim: Claim, health: Json) -> None:
    """Something about the training that the user should know."""
    write_as(session, claim, ("health", health))


def record_checkpoint(
    session: Session,
    claim: Claim,
    *,
    name: str,
    epoch: int,
    metrics: Mapping[str, float],
    bytes: int,
    manifest: Json,
    prefix: str,
    step: int = 0,
    merit: float | None = None,
) -> str | None:
    """A checkpoint has been stored under `prefix`. Returns the prefix that it replaces: delete it after the commit."""
    said: Json = {"name": name, "epoch": epoch, "step": step, "metrics": dict(metrics), "bytes": bytes}
    write_as(session, claim, ("checkpoint", said))
    same = (Checkpoint.run_id == claim.run_id, Checkpoint.name == name)
    replaced = session.scalar(delete(Checkpoint).where(*same).returning(Checkpoint.prefix))
    session.add(
        Checkpoint(
            id=new_id("ck"),
            run_id=claim.run_id,
            attempt=claim.attempt,
            manifest=manifest,
            prefix=prefix,
            merit=merit,
            **said,
        )
    )
    session.flush()
    return replaced if replaced != prefix else None


def record_artifact(
    session: Session,
    claim: Claim,
    *,
    path: str,
    bytes: int,
    sha256: str,
    media_type: str,
    export: Json | None = None,
) -> None:
    """A file has been stored as `runs/<run>/artifacts/<attempt>/<path>`; it replaces an earlier attempt's.

    `export`: what was found when it was loaded and compared; only its event says it.
    """
    said: Json = {"path": path, "bytes": bytes, "sha256": sha256}
    write_as(session, claim, ("artifact", said if export is None else said | {"export": export}))
    session.execute(delete(Artifact).where(Artifact.run_id == claim.run_id, Artifact.path == path))
    session.add(Artifact(id=new_id("art"), run_id=claim.run_id, attempt=claim.attempt, media_type=media_type, **said))
    session.flush()


def record_failed_export(session: Session, claim: Claim, failed: Json) -> None:
    """An export was not made: an event, and a warning that stays with the run. `failed`: format, pointer, reason, …

    Without its own model a run cannot predict, which has a code of its own.
    """
    code = MODEL_NOT_SAVED if failed["format"] == "keras" else EXPORT_FAILED
    message = f"The export {failed['format']} of {failed['inputs']} was not made: {failed['reason']}"
    if code == MODEL_NOT_SAVED:
        message = (
            f"The trained model could not be saved, so that it neither predicts nor explains: {failed['reason']} Its "
            "weights are in its checkpoints and in core.weights.h5: mend what Keras says, and begin a run with it."
        )
    warning: Json = {"pointer": failed["pointer"], "code": code, "message": message}
    run = lock_as(session, claim)
    warnings = [*run.warnings, warning]
    write_as(session, claim, ("health", {"code": code, "message": message, **failed}), warnings=warnings)


def record_warning(session: Session, claim: Claim, warning: Json) -> None:
    """Something to know about the run's result: an event, and a warning that stays. `warning`: pointer, code, message.

    An attempt that begins again says the same again, which is noted once; of a flood of them the first are kept.
    """
    run = lock_as(session, claim)
    kept = [*run.warnings, warning] if warning not in run.warnings and len(run.warnings) < MOST_WARNINGS else None
    said: Json = {"code": warning["code"], "message": warning["message"]}
    write_as(session, claim, ("health", said), **({} if kept is None else {"warnings": kept}))


def _write_points(session: Session, claim: Claim, points: Sequence[tuple[str, int, float]]) -> None:
    """A step that an earlier attempt wrote, and this one trained again, is overwritten."""
    if not points:
        return
    newest = {(name, step): float(value) if math.isfinite(value) else None for name, step, value in points}
    write = _write_many if session.get_bind().dialect.name == "postgresql" else _write_each
    write(session, claim, newest)
    draw_levels(session, claim.run_id, newest)


def _write_each(session: Session, claim: Claim, points: Mapping[tuple[str, int], float | None]) -> None:
    row = {"run_id": claim.run_id, "attempt": claim.attempt}
    rows = [{**row, "name": name, "step": step, "value": value} for (name, step), value in points.items()]
    session.execute(_EACH, rows)


def _write_many(session: Session, claim: Claim, points: Mapping[tuple[str, int], float | None]) -> None:
    """As three arrays in one statement, which is ten times as quick as row by row."""
    names = bindparam(None, [name for name, _ in points], type_=ARRAY(String))
    steps = bindparam(None, [step for _, step in points], type_=ARRAY(BigInteger))
    values = bindparam(None, list(points.values()), type_=ARRAY(Double))
    new = func.unnest(names, steps, values).table_valued("name", "step", "value").render_derived()
    fixed = (literal(claim.run_id), literal(claim.attempt), now())
    statement = postgresql.insert(MetricPoint).from_select(
        ["run_id", "attempt", "at", *new.c.keys()], select(*fixed, *new.c)
    )
    session.execute(statement.on_conflict_do_update(index_elements=KEYS, set_=_newer(statement.excluded)))


def _newer(new: Any) -> dict[str, Any]:
    return {"value": new.value, "attempt": new.attempt, "at": new.at}


_INSERT = sqlite.insert(MetricPoint.metadata.tables[MetricPoint.__tablename__])
_EACH = _INSERT.on_conflict_do_update(index_elements=KEYS, set_=_newer(_INSERT.excluded))
"""Written once: writing it took as long as SQLite needs for ten points."""
