"""From a trainer's report to the entry that writes it into the database."""

import math
from functools import partial
from typing import Any

from store.lifecycle import Phase
from store.recording import (
    record_engine,
    record_epoch,
    record_failed_export,
    record_health,
    record_phase,
    record_points,
    record_scores,
    record_steering,
    record_summary,
    record_warning,
)
from worker.supervisor.journal import Entry


def to_entry(report: dict[str, Any]) -> Entry | None:
    """None for a report that is not one for the database, or unknown."""
    match report:
        case {"kind": "phase", "phase": phase}:
            return partial(record_phase, phase=Phase(phase))
        case {"kind": "summary", "summary": summary}:
            return partial(record_summary, summary=summary)
        case {"kind": "engine", **engine}:
            return partial(record_engine, engine=engine)
        case {"kind": "epoch", "epoch": epoch, "metrics": metrics, "seconds": seconds}:
            return partial(record_epoch, epoch=epoch, metrics=numbers(metrics), seconds=seconds)
        case {"kind": "scores", **scores}:
            return partial(record_scores, **scores)
        case {"kind": "steering", **steered}:
            return partial(record_steering, steered=steered)
        case {"kind": "health", **health}:
            return partial(record_health, health=health)
        case {"kind": "warning", **warning}:
            return partial(record_warning, warning=warning)
        case {"kind": "failed_export", **failed}:
            return partial(record_failed_export, failed=failed)
    return None


def numbers(metrics: dict[str, float | None]) -> dict[str, float]:
    """A metric that is no number comes as None, and goes on as NaN."""
    return {name: math.nan if value is None else value for name, value in metrics.items()}


def points_entry(step: int, values: dict[str, float]) -> Entry:
    return partial(record_points, points=[(name, step, value) for name, value in values.items()])
